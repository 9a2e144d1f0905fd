"""A folder on disk as a store: for one machine, or a file system that all workers share."""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from airlock.core.errors import ObjectMissing, StoreError, StoreUnavailable
from airlock.store.base import Stat, Store, checked, checked_prefix, full_disk

# Files that are still being written; `list` does not show them, nor what a killed process
# left behind.
_PARTIAL = ".partial-"


class FolderStore(Store):
    """Objects are files below one folder; what is written is on disk before anyone sees it."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.uri = self.root.as_uri()

    def get(self, key: str) -> bytes:
        with _translated(self._path(key)) as path:
            return path.read_bytes()

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
                    yield Stat(key=key, bytes=stat.st_size, modified=when)

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
            _made(path.parent)
            partial = path.parent / f"{_PARTIAL}{uuid.uuid4()}"
            try:
                with partial.open("xb") as file:
                    fill(file)
                    file.flush()
                    os.fsync(file.fileno())
                publish(partial, path)
                _fsync_folder(path.parent)
            finally:
                partial.unlink(missing_ok=True)


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise StoreError(
            f"{folder} cannot be made: a file is in its way.",
            do="Move that file, or name another folder in airlock_store.",
        ) from None


def _link(partial: Path, path: Path) -> None:
    # link(2) fails if the name exists, on every POSIX file system; rename would replace it.
    os.link(partial, path)


def _write_all(file: BinaryIO, data: bytes) -> None:
    file.write(data)


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
