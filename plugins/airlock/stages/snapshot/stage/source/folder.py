"""Sources on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlparse

from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.source.entry import SourceFile
from airlock.stages.snapshot.stage.source.pattern import Parts, chosen, fixed, outside, reaches


class FolderPlaces:
    """Folders below which a source may lie.

    Args:
        places: absolute folders; those on S3 are passed over.
        root: the project root, to which an address may be relative.
    """

    def __init__(self, places: Sequence[str], *, root: Path) -> None:
        self.places = places
        self._folders = [
            _path(place) for place in places if "://" not in place or place.startswith("file://")
        ]
        self._allowed = [folder.resolve() for folder in self._folders]
        self._root = root

    def entries(self, address: str) -> list[SourceFile]:
        with _permitted(address):
            return self._entries(address)

    def fetch(self, entry: SourceFile) -> Path:
        path = Path(entry.at)
        with _permitted(entry.shown), path.open("rb"):
            return path

    def permits(self, address: str) -> bool:
        """Whether an address lies below a place; nobody looks whether anything is there."""
        return bool(self._inside(address)[0])

    def _inside(self, address: str) -> tuple[list[Path], list[str]]:
        """The roots below which an address lies within a place, and its components."""
        named = _path(address)
        # An absolute path wins over what it is joined to.
        roots = [Path("/")] if named.is_absolute() else [*self._folders, self._root]
        wanted = [part for part in named.parts if part != "/"]
        return [root for root in roots if self._holds(root.joinpath(*fixed(wanted)))], wanted

    def _entries(self, address: str) -> list[SourceFile]:
        inside, wanted = self._inside(address)
        if not inside:
            raise outside(address, self.places)
        files = next(filter(None, (self._found(root, wanted) for root in inside)), [])
        # A link inside of a place may still point out of it.
        if any(not self._holds(file) for file in files):
            raise outside(address, self.places)
        return [self._entry(file) for file in files]

    def _found(self, root: Path, wanted: Parts) -> list[Path]:
        begin = root.joinpath(*fixed(wanted))
        keys = (file.relative_to(root).as_posix() for file in self._below(begin, root, wanted))
        return [root / key for key in chosen(keys, wanted)]

    def _below(
        self, path: Path, root: Path, wanted: Parts, above: frozenset[Path] = frozenset()
    ) -> Iterator[Path]:
        """Files that may be meant; links to folders are followed within the places, once."""
        if not path.is_dir():
            if path.is_symlink() or path.exists():
                yield path
            return
        real = path.resolve()
        if not reaches(path.relative_to(root).parts, wanted) or real in above:
            return
        if not self._holds(path):
            # Named, so that it is refused: rows that lie there are not passed over silently.
            yield path
            return
        for one in sorted(path.iterdir()):
            yield from self._below(one, root, wanted, above | {real})

    def _holds(self, path: Path) -> bool:
        return any(path.resolve().is_relative_to(folder) for folder in self._allowed)

    def _entry(self, file: Path) -> SourceFile:
        above = [folder for folder in self._folders if file.is_relative_to(folder)]
        name = file.relative_to(above[0] if above else self._root).as_posix()
        if not file.is_file():
            return SourceFile(name=name, at=str(file), bytes=0, version="")
        stat = file.stat()
        return SourceFile(
            name=name,
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
