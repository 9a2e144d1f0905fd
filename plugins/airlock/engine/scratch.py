"""A local folder for one attempt, gone when the attempt is, also when it was killed.

A folder may hold raw rows. A killed process cannot remove its own, so whoever comes next on the
same machine does; a lock that dies with its process tells the two apart.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_LOCK = ".lock"
# Between making a folder and locking it, a folder looks abandoned.
_GRACE_SECONDS = 60


@contextlib.contextmanager
def scratch(stage: str) -> Iterator[Path]:
    """A fresh folder that nobody else can read, for as long as the block runs."""
    _sweep(Path(tempfile.gettempdir()))
    with (
        tempfile.TemporaryDirectory(prefix=f"airlock-{stage}-") as folder,
        (Path(folder) / _LOCK).open("w") as lock,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(folder)


def _sweep(temporary: Path) -> None:
    """Remove what killed attempts of this user left behind."""
    for lock in temporary.glob(f"airlock-*/{_LOCK}"):
        # Somebody else's, or removed meanwhile, or still locked by a process that is alive.
        with contextlib.suppress(OSError):
            made = lock.parent.lstat()
            young = time.time() - lock.stat().st_mtime < _GRACE_SECONDS
            if made.st_uid == os.getuid() and not young and not lock.parent.is_symlink():
                with lock.open("r") as handle:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(lock.parent)
