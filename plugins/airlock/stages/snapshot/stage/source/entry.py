"""One file of a source, and what a place that holds sources can do."""

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
"""What a file holds, by the end of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file as a listing shows it; equal entries are one unchanged file.

    Args:
        name: relative to its place, for people.
        at: the path or key.
        bytes: size.
        version: changes whenever the file does.
    """

    name: str
    at: str
    bytes: int
    version: str


class Places(Protocol):
    """Finds and fetches files below the configured places."""

    places: Sequence[str]

    def entries(self, address: str) -> list[Entry]:
        """The files at an address, in the order of their names; `SpecError` outside of places."""

    def fetch(self, entry: Entry) -> Path:
        """A local file with an entry's bytes, to be read only."""


def format_of(name: str) -> Format | None:
    """What a file holds by its name; None if it is no table."""
    suffixes = PurePosixPath(name).suffixes
    return FORMATS.get("".join(suffixes[-2:])) or FORMATS.get("".join(suffixes[-1:]))


def is_table(name: str) -> bool:
    """Whether a file in a folder is meant; writers leave notes such as _SUCCESS and .crc there."""
    return format_of(name) is not None and not name.startswith(("_", "."))
