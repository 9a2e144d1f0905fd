"""What snapshot leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from airlock.engine.record import Record

_LATER = frozenset({"table", "of_nights"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One Parquet file of a table; `path` is relative to the result's data folder."""

    path: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One file that was read, as it was delivered; a name may be a person's, and is not kept.

    Args:
        bytes: size, packed if it is.
        sha256: over its bytes.
        name_sha256: over its name, relative to the place that it lies in.
        rows: that it held; None in records of before.
        name: in records of before; else "".
    """

    bytes: int
    sha256: str
    name_sha256: str = ""
    rows: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One visible file of the source that was not read, as the contract allows.

    Args:
        name_sha256: over its name, relative to the place that it lies in.
        bytes: size.
    """

    name_sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTable:
    """A table that is no file, as it was read; nothing of how to sign in.

    Args:
        kind: of source, such as "sql".
        server: what read it, with its version, such as "PostgreSQL 15.4".
        version: of the table, where each of its states has a name; else "".
        moment: in words, of which moment the rows are.
        types: each column of the contract, by the source's own type.
        query_sha256: over the file of the query; "" without one.
    """

    kind: str
    server: str
    version: str = ""
    moment: str = ""
    types: tuple[tuple[str, str], ...] = ()
    query_sha256: str = ""


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
        others: files that are no table by their names, in order.
        table: what was read, if it was no file.
        of_nights: rows of each of `nights`, where somebody asked; else empty.
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
    others: tuple[LeftOut, ...] = ()
    table: ReadTable | None = None
    of_nights: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The record as JSON-ready values; one of files keeps the name that it always had."""
        said = Record.to_json(self)
        return {name: one for name, one in said.items() if one or name not in _LATER}

    def facts(self) -> tuple[str, ...]:
        """Where from, how much, and its name."""
        window = f" and {len(self.nights) - 1} night(s) before" if len(self.nights) > 1 else ""
        left = (f"{len(self.others):,} file(s) of other kinds were left out.",)
        table = self.table and f"{self.table.server}: {self.table.moment}."
        return (
            f"Read {self.source}{window}.",
            *((table,) if table else ()),
            f"{self.rows:,} rows, {len(self.columns)} columns, {len(self.parts)} part(s).",
            f"Content {self.sha256[:16]}.",
            *(left if self.others else ()),
        )
