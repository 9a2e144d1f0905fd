"""Sources on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlparse

from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.source.entry import Entry, is_table
from airlock.stages.snapshot.stage.source.glob import WILDCARD, outside


class FolderPlaces:
    """Folders below which a source may lie.

    Args:
        places: absolute folders; those on S3 are passed over.
        root: the project root, to which an address may be relative.
    """

    def __init__(self, places: Sequence[str], *, root: Path) -> None:
        self.places = places
        self._folders = [_path(place) for place in places if not place.startswith("s3://")]
        self._allowed = [folder.resolve() for folder in self._folders]
        self._root = root

    def entries(self, address: str) -> list[Entry]:
        with _permitted(address):
            return self._entries(address)

    def fetch(self, entry: Entry) -> Path:
        path = Path(entry.at)
        with _permitted(entry.name), path.open("rb"):
            return path

    def _entries(self, address: str) -> list[Entry]:
        named = _path(address)
        # An absolute path wins over what it is joined to.
        candidates = [folder / named for folder in (*self._folders, self._root)]
        inside = [path for path in candidates if self._holds(_fixed(path))]
        if not inside:
            raise outside(address, self.places)
        files = next(filter(None, map(_tables, inside)), [])
        # A link inside of a place may still point out of it.
        if any(not self._holds(file) for file in files):
            raise outside(address, self.places)
        return [self._entry(file) for file in files]

    def _holds(self, path: Path) -> bool:
        return any(path.resolve().is_relative_to(folder) for folder in self._allowed)

    def _entry(self, file: Path) -> Entry:
        above = [folder for folder in self._folders if file.is_relative_to(folder)]
        stat = file.stat()
        return Entry(
            name=file.relative_to(above[0] if above else self._root).as_posix(),
            at=str(file),
            bytes=stat.st_size,
            version=f"{stat.st_ino}:{stat.st_mtime_ns}",
        )


@contextmanager
def _permitted(name: str) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise DataError(
            f"No permission to read {name}.", do="Give the user that Airflow runs as access to it."
        ) from None


def _path(address: str) -> Path:
    if address.startswith("file://"):
        return Path(unquote(urlparse(address).path))
    return Path(address)


def _fixed(path: Path) -> Path:
    """The part of a path before its first wildcard."""
    parts = path.parts
    wild = next((at for at, part in enumerate(parts) if WILDCARD.search(part)), len(parts))
    return Path(*parts[:wild])


def _tables(path: Path) -> list[Path]:
    fixed = _fixed(path)
    if fixed == path:
        return sorted(_below(path))
    found = fixed.glob(str(path.relative_to(fixed)))
    return sorted({file for match in found for file in _below(match)})


def _below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (file for file in path.rglob("*") if is_table(file.name) and file.is_file())
