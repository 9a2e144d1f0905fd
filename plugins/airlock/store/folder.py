"""A folder on disk as a store: for one machine, or a file system that all workers share."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from airlock.core.disk import full_disk
from airlock.core.errors import ObjectMissing, StoreError, StoreUnavailable
from airlock.core.scratch import usual_umask
from airlock.store.base import Stat, Store, checked, checked_prefix

# Files that are still being written; `list` does not show them, nor what a killed process
# left behind.
_PARTIAL = ".partial-"
# Entries, slots, receipts and pages are read whole; tables and weights never are. Bytes.
_WHOLE = 256 << 20
# What link(2) says where a file system cannot, see its manual page and FUSE's.
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS})


class FolderStore(Store):
    """Objects are files below one folder; what is written is on disk before anyone sees it.

    Args:
        root: the folder.
        private: whether only this user may read what is written, whatever the umask says.
    """

    def __init__(self, root: Path, *, private: bool = False) -> None:
        self.root = root.absolute()
        self.private = private
        self.uri = self.root.as_uri()

    def get(self, key: str) -> bytes:
        with _translated(self._path(key)) as path:
            return _read_whole(path)

    def put(self, key: str, data: bytes) -> None:
        self._write(key, lambda file: _write_all(file, data), os.replace)

    def create(self, key: str, data: bytes) -> bool:
        try:
            self._write(key, lambda file: _write_all(file, data), _link)
        except FileExistsError:
            return self.get(key) == data
        return True

    def upload(self, path: Path, key: str) -> None:
        with path.open("rb") as source:
            self._write(key, lambda file: shutil.copyfileobj(source, file, 1 << 20), os.replace)

    def local(self, key: str, scratch: Path, *, etag: str = "") -> Path:
        with _translated(self._path(key)) as path:
            path.stat()
            return path

    def list(self, prefix: str) -> Iterator[Stat]:
        base = self.root / checked_prefix(prefix)
        start = base if prefix.endswith("/") or not prefix else base.parent
        with _translated(start):
            found = sorted(
                (path.relative_to(self.root).as_posix(), path)
                for path in start.rglob("*")
                if path.is_file() and not path.name.startswith(_PARTIAL)
            )
        for key, path in found:
            # A file may be deleted between the walk and the look.
            with contextlib.suppress(FileNotFoundError):
                if key.startswith(prefix):
                    stat = path.stat()
                    when = datetime.fromtimestamp(stat.st_mtime, UTC)
                    etag = f"{stat.st_ino:x}-{stat.st_ctime_ns:x}"
                    yield Stat(key=key, bytes=stat.st_size, modified=when, etag=etag)

    def folders(self, prefix: str) -> Iterator[str]:
        base = self.root / checked_prefix(prefix)
        with _translated(base):
            if base.is_dir():
                # An emptied folder is one of files, not of objects: nothing lies below it.
                yield from sorted(
                    one.name for one in base.iterdir() if one.is_dir() and any(one.iterdir())
                )

    def strange(self) -> Iterator[str]:
        with _translated(self.root):
            for path in sorted(self.root.rglob("*")):
                plain = not path.is_symlink() and (path.is_file() or path.is_dir())
                if not plain or path.name.startswith(_PARTIAL):
                    yield path.relative_to(self.root).as_posix()

    def delete(self, key: str) -> None:
        with _translated(self._path(key)) as path:
            path.unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        return self.root / checked(key)

    def _write(
        self,
        key: str,
        fill: Callable[[BinaryIO], None],
        publish: Callable[[Path, Path], None],
    ) -> None:
        with _translated(self._path(key)) as path:
            # A task's own umask is for its scratch: others may have to read a store.
            umask = 0o077 if self.private else usual_umask()
            _make_folder(path.parent, 0o777 & ~umask)
            partial = path.parent / f"{_PARTIAL}{uuid.uuid4()}"
            try:
                with partial.open("xb") as file:
                    os.fchmod(file.fileno(), 0o666 & ~umask)
                    fill(file)
                    file.flush()
                    os.fsync(file.fileno())
                publish(partial, path)
                _fsync_folder(path.parent)
            finally:
                partial.unlink(missing_ok=True)


def _make_folder(folder: Path, mode: int) -> None:
    """Make it and those above with exactly this mode; what is there stays as it is."""
    if folder.is_dir():
        return
    _make_folder(folder.parent, mode)
    try:
        with contextlib.suppress(FileExistsError):  # somebody else was faster
            folder.mkdir(mode)
            folder.chmod(mode)
        if not folder.is_dir():
            raise NotADirectoryError
    except (FileExistsError, NotADirectoryError):
        raise StoreError(
            f"{folder} cannot be made: a file is in its way.",
            do="Move that file, or name another folder in airlock_store.",
        ) from None


def _link(partial: Path, path: Path) -> None:
    # link(2) fails if the name exists, on every POSIX file system; rename would replace it.
    try:
        os.link(partial, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        raise StoreError(
            f"The file system of {path.parent} has no hard links ({os.strerror(error.errno)}), by "
            "which the first of two writers wins.",
            do="Put the store on a file system that has them (ext4, XFS, NFS; not FAT, exFAT or "
            "most FUSE mounts), or on S3.",
        ) from None


def _write_all(file: BinaryIO, data: bytes) -> None:
    file.write(data)


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read_whole(path: Path) -> bytes:
    """Read an object that is read whole: a pipe would wait for ever, a sparse file fill the memory.

    Raises:
        StoreError: it is larger than anything that is.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(errno.ENOENT, "no file", str(path))
        if found.st_size > _WHOLE:
            raise StoreError(
                f"{path} is larger than what is read whole ({found.st_size:,} bytes).",
                do="Airlock wrote nothing like it: find out who did.",
            )
        return file.read()


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[Path]:
    try:
        with full_disk(path):
            yield path
    except FileExistsError:
        raise
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise ObjectMissing(
            f"Nothing is stored at {path}.",
            do="It was erased, or the store is not the one that wrote it: see airlock_store.",
        ) from None
    except PermissionError:
        raise StoreError(
            f"No permission to read or write {path}.",
            do="Give the Airflow user access to that folder, or name another in airlock_store.",
        ) from None
    except OSError as error:
        raise StoreUnavailable(
            f"{os.strerror(error.errno or 0)} at {path}.",
            do="Check the disk or the network file system.",
        ) from None
