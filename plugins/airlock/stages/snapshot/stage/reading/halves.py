"""Finds the first of many cells that cannot be read."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa


def first_refused(count: int, read: Callable[[int, int], object]) -> int:
    """Where the first cell stands that `read(start, end)` raises for, by halves.

    Args:
        count: of all cells; at least one of them raises.
        read: raises `pa.ArrowException`, `ValueError` or `OverflowError`.
    """
    low, high = 0, count
    while high - low > 1:
        middle = (low + high) // 2
        try:
            read(low, middle)
            low = middle
        except (pa.ArrowException, ValueError, OverflowError):
            high = middle
    return low
