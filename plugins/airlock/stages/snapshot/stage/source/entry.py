"""One file of a source, and the interface of a place that holds sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

Format = Literal["csv", "parquet"]

FORMATS: dict[str, Format] = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".csv.gz": "csv",
    ".tsv.gz": "csv",
}
"""What a file holds, by the end of its name, in small letters or capitals."""

_SHOWN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file as a listing shows it; equal entries are one unchanged file.

    Args:
        name: relative to its place.
        at: the path or key.
        bytes: size.
        version: changes whenever the file does; "" for what is no file, such as a broken link.
    """

    name: str
    at: str
    bytes: int
    version: str

    @property
    def is_table(self) -> bool:
        """Whether it can be read, by its name."""
        return bool(self.version) and format_of(self.name) is not None

    @property
    def shown(self) -> str:
        """Its name for people: no control characters, and not without end."""
        text = "".join(mark if mark.isprintable() else ascii(mark).strip("'") for mark in self.name)
        return text if len(text) <= _SHOWN else f"…{text[-_SHOWN:]}"


class Places(Protocol):
    """Finds and fetches files below the configured places."""

    places: Sequence[str]

    def entries(self, address: str) -> list[SourceFile]:
        """The visible files at an address, in the order of their names.

        Raises:
            SpecError: it lies outside of the places.
        """

    def fetch(self, entry: SourceFile) -> Path:
        """A local file with an entry's bytes, to be read only."""


def format_of(name: str) -> Format | None:
    """What a file holds by its name; None if it is no table."""
    suffixes = PurePosixPath(name.lower()).suffixes
    return FORMATS.get("".join(suffixes[-2:])) or FORMATS.get("".join(suffixes[-1:]))
