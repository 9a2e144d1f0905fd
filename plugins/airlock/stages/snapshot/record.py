"""What snapshot leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One Parquet file of a table; `path` is relative to the result's data folder."""

    path: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One file that was read, as it was delivered.

    Args:
        name: relative to the place that it lies in.
        bytes: size, packed if it is.
        sha256: over its bytes.
    """

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot(Record):
    """A frozen table.

    Args:
        source: the address that was read, with its night filled in; the last night's, if several.
        night: partition date, ISO; None for a source without nights.
        rows: in all parts.
        columns: name and contract type, in order.
        sha256: over schema and values in row order, whatever the file split.
        parts: the files, in row order.
        nights: all that were read, oldest first; empty for a source without nights.
        files: all that were read, in the order of their rows.
    """

    stage: ClassVar[str] = "snapshot"

    source: str
    night: str | None
    rows: int
    columns: tuple[tuple[str, str], ...]
    sha256: str
    parts: tuple[Part, ...]
    nights: tuple[str, ...] = ()
    files: tuple[Delivery, ...] = ()

    def facts(self) -> tuple[str, ...]:
        """Where from, how much, and its name."""
        window = f" and {len(self.nights) - 1} night(s) before" if len(self.nights) > 1 else ""
        return (
            f"Read {self.source}{window}.",
            f"{self.rows:,} rows, {len(self.columns)} columns, {len(self.parts)} part(s).",
            f"Content {self.sha256[:16]}.",
        )
