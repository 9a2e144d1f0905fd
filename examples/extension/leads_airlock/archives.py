"""A source: tables inside of zip archives below the places that the settings allow."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING

from airlock.core.errors import DataError, SpecError
from airlock.stages.snapshot.stage.source.entry import SourceFile

if TYPE_CHECKING:
    from airlock.stages.snapshot.stage.source.listing import Access

_MOST = 8 << 30  # bytes of one table


def zip_places(access: Access) -> ZipPlaces:
    """What Airlock asks for where a source begins with zip://."""
    return ZipPlaces(access.places, scratch=access.scratch)


class ZipPlaces:
    """Folders below which an archive may lie.

    Args:
        places: of whatever scheme; only folders count here.
        scratch: where members are unpacked to.
    """

    def __init__(self, places: Sequence[str], *, scratch: Path) -> None:
        self.places = places
        self._folders = [Path(place).resolve() for place in places if "://" not in place]
        self._scratch = scratch

    def entries(self, address: str) -> list[SourceFile]:
        """The tables of an archive, in the order of their names.

        Raises:
            SpecError: it lies outside of the places.
        """
        archive = self._archive(address.removeprefix("zip://"))
        if not archive.is_file():
            return []
        changed = archive.stat().st_mtime_ns
        with _opened(archive) as opened:
            return [
                SourceFile(
                    name=member.filename,
                    at=str(archive),
                    bytes=member.file_size,
                    version=f"{member.CRC:08x}:{changed}",
                )
                for member in sorted(opened.infolist(), key=lambda one: one.filename)
                if not member.is_dir() and not _hidden(member.filename)
            ]

    def fetch(self, entry: SourceFile) -> Path:
        """Unpack one table.

        Raises:
            DataError: it is too large, or damaged.
        """
        if entry.bytes > _MOST:
            raise DataError(f"{entry.shown} is larger than {_MOST:,} bytes.", do="Split it.")
        # Named by us: what an archive calls its members is no path here.
        self._scratch.mkdir(parents=True, exist_ok=True)
        end = "".join(Path(entry.name.lower()).suffixes[-2:])
        local = self._scratch / f"{len(list(self._scratch.iterdir()))}{end}"
        with (
            _opened(Path(entry.at)) as opened,
            opened.open(entry.name) as packed,
            local.open("wb") as into,
        ):
            copyfileobj(packed, into)
        return local

    def _archive(self, path: str) -> Path:
        """Below the first place that has it, or where it would lie."""
        named = [(folder / path).resolve() for folder in self._folders]
        inside = [
            archive
            for archive, folder in zip(named, self._folders, strict=True)
            if archive.is_relative_to(folder)
        ]
        if not inside:
            raise SpecError(
                f"{path} lies outside of the places for sources.",
                do="Name an archive below one of [airlock] sources.",
            )
        return next((one for one in inside if one.exists()), inside[0])


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(archive) as opened:
            yield opened
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise DataError(
            f"{archive.name} cannot be read as a zip archive ({type(error).__name__}).",
            do="Have it written again.",
        ) from None
