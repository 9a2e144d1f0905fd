"""Turns a full disk into an error in plain words."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from airlock.core.errors import StoreUnavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextlib.contextmanager
def full_disk(where: Path) -> Iterator[None]:
    """Say that a disk is full in words, whoever was writing.

    Raises:
        StoreUnavailable: there is no room at `where`.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise StoreUnavailable(f"The disk is full at {where}.", do="Free some space.") from None
