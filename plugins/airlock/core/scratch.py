"""Temporary folders of tasks and commands, removed at the end or after a kill.

A folder may hold raw rows: nobody else can read it, nor any file in it, whatever the umask was. A
killed process cannot remove its own, so whoever comes next on the same machine does; a lock that
dies with its process tells the two apart.
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
_PREFIX = "airlock-"
# Between making a folder and locking it, a folder looks abandoned.
_GRACE_SECONDS = 60
_usual: list[int] = []


@contextlib.contextmanager
def private_folder(word: str) -> Iterator[Path]:
    """A fresh folder that nobody else can read, for as long as the block runs.

    What libraries put into a temporary folder goes below it as well, and is swept with it. That
    holds for the whole process: a thread of a server takes `closed_folder`.

    Args:
        word: the stage or the command, for whoever looks at the disk.
    """
    with private_files(), closed_folder(word) as folder, temporary_files_in(folder / "tmp"):
        yield folder


@contextlib.contextmanager
def closed_folder(word: str) -> Iterator[Path]:
    """A fresh folder that nobody else can enter, without a word to the rest of the process.

    Args:
        word: as of `private_folder`.
    """
    _sweep(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{word}-"))
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            _remove_content(folder)
            # A confined task may not take it out of a folder with keys below: the next one sweeps.
            with contextlib.suppress(OSError):
                (folder / _LOCK).unlink(missing_ok=True)
                folder.rmdir()


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """Make all files of the block 0600 and all folders 0700, also those that C libraries write."""
    before = os.umask(0o077)
    _usual.append(before)
    try:
        yield
    finally:
        _usual.pop()
        os.umask(before)


def usual_umask() -> int:
    """The umask that whoever started this process chose."""
    if _usual:
        return _usual[0]
    # The only way to read it.
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


@contextlib.contextmanager
def temporary_files_in(folder: Path) -> Iterator[None]:
    """Have libraries put their temporary files into a folder, which is made."""
    folder.mkdir()
    known, variable = tempfile.tempdir, os.environ.get("TMPDIR")  # noqa: TID251 -- libraries look there
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)  # noqa: TID251 -- as above
    try:
        yield
    finally:
        tempfile.tempdir = known
        if variable is None:
            os.environ.pop("TMPDIR", None)  # noqa: TID251 -- as above
        else:
            os.environ["TMPDIR"] = variable  # noqa: TID251 -- as above


def _remove_content(folder: Path) -> None:
    """Remove everything but the lock: what cannot be removed now must be found by a sweep."""
    with contextlib.suppress(OSError):
        for entry in folder.iterdir():
            if entry.name == _LOCK:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                entry.unlink(missing_ok=True)


def _sweep(temporary: Path) -> None:
    """Remove what killed tasks and commands of this user left behind."""
    for folder in temporary.glob(f"{_PREFIX}*"):
        # Somebody else's, or removed meanwhile, or still locked by a process that is alive.
        with contextlib.suppress(OSError):
            made = folder.lstat()
            if folder.is_symlink() or not folder.is_dir() or made.st_uid != os.getuid():
                continue
            lock = folder / _LOCK
            if not lock.exists():
                # Killed between making the folder and its lock. What is not empty is not ours.
                if not _is_young(made):
                    folder.rmdir()
                continue
            if not _is_young(lock.lstat()):
                with lock.open("r") as handle:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)


def _is_young(made: os.stat_result) -> bool:
    return time.time() - made.st_mtime < _GRACE_SECONDS
