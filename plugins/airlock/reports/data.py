"""The page of snapshot: what was frozen, what is missing in it, and how many rows a night had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from airlock.core.errors import AirlockError
from airlock.engine.record import Result
from airlock.reports.content import (
    Bar,
    Digest,
    Figure,
    Name,
    Page,
    ReportTable,
    contents_table,
    describe,
    plural,
    short,
)
from airlock.reports.page import write_page
from airlock.reports.plots import Trend
from airlock.stages.snapshot.record import ReadTable, Snapshot


def write_snapshot(
    record: Snapshot, missing: Mapping[str, int] | None, earlier: Iterable[Result], into: Path
) -> None:
    """Write the page with what is missing, and the rows of the nights before.

    Args:
        missing: cells without a value, by column; None if nobody knows.
        earlier: what the stage left in the runs before, oldest first; what does not read as a
            snapshot of today's is left out.
        into: the report folder of an attempt.
    """
    page = describe(record)
    tables = list(page.tables)
    if missing is not None and record.rows:
        tables[0] = _columns(record, missing)
    rows = [one.rows for result in earlier if (one := _read(result)) is not None]
    if rows:
        tables.insert(1, _trend([*rows, record.rows]))
    write_page(record, replace(page, tables=tuple(tables)), into)


def _columns(record: Snapshot, missing: Mapping[str, int]) -> ReportTable:
    return ReportTable(
        title="Columns",
        columns=("Column", "Type", "Without a value"),
        rows=tuple(
            (Name(name), kind, Bar(share=share, text=f"{missing[name]:,} ({share:.1%})"))
            if name in missing
            else (Name(name), kind, "not counted")
            for name, kind in record.columns
            for share in [missing.get(name, 0) / record.rows]
        ),
    )


def _trend(rows: Sequence[int]) -> ReportTable:
    before = f"{min(rows[:-1]):,} to {max(rows[:-1]):,}"
    return ReportTable(
        title=f"The last {len(rows)} runs",
        columns=("What", "#Tonight", "#Before", "Oldest run first, tonight last"),
        rows=(("Rows", f"{rows[-1]:,}", before, Trend(rows, "Rows")),),
    )


def _read(result: Result) -> Snapshot | None:
    try:
        return Snapshot.from_json(result.record)
    except AirlockError:
        return None


@describe.register
def snapshot_page(record: Snapshot) -> Page:
    """How much was frozen, and of what shape."""
    return Page(
        headline=f"{plural(record.rows, 'row')} frozen",
        figures=(
            Figure(label="Rows", value=f"{record.rows:,}"),
            Figure(label="Columns", value=f"{len(record.columns):,}"),
            Figure(label="Night", value=record.night or "—", note=_window(record)),
        ),
        tables=(
            ReportTable(
                title="Columns",
                columns=("Column", "Type"),
                rows=tuple((Name(name), kind) for name, kind in record.columns),
            ),
            _delivered(record) if record.table is None else _read_from(record.table),
            *_left_out(record),
            contents_table(rows=record.sha256),
            ReportTable(
                title="Parts",
                columns=("File", "#Rows"),
                rows=tuple((Name(part.path), f"{part.rows:,}") for part in record.parts),
            ),
        ),
    )


def _delivered(record: Snapshot) -> ReportTable:
    return ReportTable(
        title="Delivered files",
        columns=("File", "#Rows", "#Bytes", "SHA-256"),
        rows=tuple(
            (
                _named(at, file.name_sha256),
                "—" if file.rows is None else f"{file.rows:,}",
                f"{file.bytes:,}",
                Digest(file.sha256),
            )
            for at, file in enumerate(record.files, start=1)
        ),
    )


def _read_from(table: ReadTable) -> ReportTable:
    """What a table was that is no file, and which of its states."""
    said = {"Server": table.server, "Rows of": table.moment, "Version": table.version}
    return ReportTable(
        title="Read from",
        columns=("What", "Which"),
        rows=(
            *((what, Name(value)) for what, value in said.items() if value),
            *((("Query, SHA-256", Digest(table.query_sha256)),) if table.query_sha256 else ()),
            *((Name(f"Type of {name}"), Name(kind)) for name, kind in table.types if kind),
        ),
    )


def _window(record: Snapshot) -> str:
    if len(record.nights) < 2:
        return ""
    return f"and the {plural(len(record.nights) - 1, 'night')} before, from {record.nights[0]}"


def _named(at: int, name_sha256: str) -> str:
    """A file by its place in the order of names; the name itself may be a person's."""
    return f"{at:,}, name {short(name_sha256)}" if name_sha256 else f"{at:,}"


def _left_out(record: Snapshot) -> tuple[ReportTable, ...]:
    if not record.others:
        return ()
    table = ReportTable(
        title="Files of other kinds, left out",
        columns=("File", "#Bytes"),
        rows=tuple(
            (_named(at, file.name_sha256), f"{file.bytes:,}")
            for at, file in enumerate(record.others, start=1)
        ),
    )
    return (table,)
