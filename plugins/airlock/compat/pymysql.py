"""What Airlock takes from the inside of PyMySQL (read in 1.2.4)."""

from __future__ import annotations

from typing import Any


def leave_unread(connection: Any) -> None:
    """Have nobody read the rest of a result once its connection is closed: it would fail loudly."""
    result = getattr(connection, "_result", None)
    if result is not None:
        result.unbuffered_active = False
