"""Tells people of something once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from airlock.store import Store


def tell_once(store: Store, key: str, *, now: datetime, tell: Callable[[], bool]) -> bool:
    """Tell of what has that key, unless it is noted that somebody was told.

    Args:
        key: of the note.
        now: UTC.
        tell: says whether somebody was told; if not, it is tried again next time. A process that
            is killed between telling and noting it tells twice.

    Returns:
        Whether somebody was told now.
    """
    if store.exists(key) or not tell():
        return False
    store.create(key, now.isoformat().encode())
    return True
