"""Counts nights back within the calendar: the first one has none before it."""

from __future__ import annotations

from datetime import date


def nights_back(night: str, days: int) -> str:
    """The night so many days before, or the first there is.

    Args:
        night: ISO date.
        days: 0 or more.
    """
    return date.fromordinal(max(date.fromisoformat(night).toordinal() - days, 1)).isoformat()
