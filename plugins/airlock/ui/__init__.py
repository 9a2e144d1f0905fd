"""The Airlock tab: plain JavaScript modules, served by `airlock.api` to whoever is signed in."""

from __future__ import annotations
