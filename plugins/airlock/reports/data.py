"""The page of snapshot."""

from __future__ import annotations

from airlock.reports.content import (
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
from airlock.stages.snapshot.record import ReadTable, Snapshot


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
