"""Checks the rows, sets bad ones aside, and makes histograms of the good ones."""

from __future__ import annotations

import logging

# Before any module in here imports Great Expectations: it would log 214 lines of its own set-up.
logging.getLogger("great_expectations").setLevel(logging.WARNING)
