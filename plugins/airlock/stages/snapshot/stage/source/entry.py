"""One file of a source, and the interface of a place that holds sources."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

Format = Literal["csv", "parquet", "jsonl", "arrow"]

_PACKED = (".gz", ".zst")

FORMATS: dict[str, Format] = {
    ".parquet": "parquet",
    **{f"{kind}{packed}": "csv" for kind in (".csv", ".tsv") for packed in ("", *_PACKED, ".zip")},
    **{f"{kind}{packed}": "jsonl" for kind in (".jsonl", ".ndjson") for packed in ("", *_PACKED)},
    ".feather": "arrow",
    ".arrow": "arrow",
}
"""What a file holds, by the end of its name, in small letters or capitals."""

_SHOWN = 120
# A number of more digits than a day and an hour have is an account, or a phone.
_DIGITS = re.compile("[0-9]{11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file as a listing shows it; equal entries are one unchanged file.

    Args:
        name: relative to its place.
        at: the path or key.
        bytes: size.
        version: changes whenever the file does; "" for what is no file, such as a broken link.
        address: under which it was found: what of its name somebody wrote who knew it.
    """

    name: str
    at: str
    bytes: int
    version: str
    address: str = ""

    @property
    def is_table(self) -> bool:
        """Whether it can be read, by its name."""
        return bool(self.version) and format_of(self.name) is not None

    @property
    def shown(self) -> str:
        """Its name for records, logs and messages: a name on disk may be a person's.

        Parts are shown that stand in the address, or hold no word but those of exports; the place
        of others takes a digest, by which whoever has the files finds the one that is meant.
        """
        known = frozenset(self.address.split("/"))
        parts = self.name.split("/")
        text = "/".join(part if part in known else _without_words(part) for part in parts)
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


# Words that exports are called by, with numbers, days and the hexadecimal ids of writers.
_PLAIN = re.compile(
    r"(?:(?:part|data|file|export|chunk|batch|rows?|tables?|date|night|day|month|year|hour|p|c|v"
    r"|notes|readme|manifest|[a-z]|snappy|gzip|gz|bz2|zst|zip|csv|tsv|txt|json|jsonl|ndjson|xml"
    r"|xlsx|parq|parquet|feather|arrow|[0-9]+|[0-9T]+Z?|[0-9a-f]{8,64})(?:[-_.=]|$)){1,12}",
    re.ASCII,
)
_KEY = re.compile(r"(date|night|day|month|year|hour)=", re.ASCII)


def _without_words(part: str) -> str:
    if _PLAIN.fullmatch(part) and not _DIGITS.search(_KEY.sub("", part)):
        return part
    digest = hashlib.sha256(part.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    ends = [end for end in FORMATS if part.lower().endswith(end)]
    return f"[{digest}]{max(ends, key=len, default='')}"


def format_of(name: str) -> Format | None:
    """What a file holds by its name; None if it is no table."""
    suffixes = PurePosixPath(name.lower()).suffixes
    return FORMATS.get("".join(suffixes[-2:])) or FORMATS.get("".join(suffixes[-1:]))
