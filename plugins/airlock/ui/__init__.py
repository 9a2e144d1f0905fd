"""The Airlock tab: plain JavaScript modules, served by `airlock.api` to signed-in users."""

from __future__ import annotations
