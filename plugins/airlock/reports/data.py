"""The page of snapshot."""

from __future__ import annotations

from airlock.reports.content import (
    Figure,
    Name,
    Page,
    Table,
    describe,
    plural,
    short,
)
from airlock.stages.snapshot.record import Snapshot


@describe.register
def snapshot_page(record: Snapshot) -> Page:
    """How much was frozen, and of what shape."""
    return Page(
        headline=f"{plural(record.rows, 'row')} frozen",
        figures=(
            Figure(label="Rows", value=f"{record.rows:,}"),
            Figure(label="Columns", value=f"{len(record.columns):,}"),
            Figure(label="Night", value=record.night or "—", note=_window(record)),
            Figure(label="Content", value=short(record.sha256), note="SHA-256 of the rows"),
        ),
        tables=(
            Table(
                title="Columns",
                columns=("Column", "Type"),
                rows=tuple((Name(name), kind) for name, kind in record.columns),
            ),
            Table(
                title="Delivered files",
                columns=("File", "#Bytes", "SHA-256"),
                rows=tuple(
                    (Name(file.name), f"{file.bytes:,}", short(file.sha256))
                    for file in record.files
                ),
            ),
            Table(
                title="Parts",
                columns=("File", "#Rows"),
                rows=tuple((Name(part.path), f"{part.rows:,}") for part in record.parts),
            ),
        ),
    )


def _window(record: Snapshot) -> str:
    if len(record.nights) < 2:
        return ""
    return f"and the {plural(len(record.nights) - 1, 'night')} before, from {record.nights[0]}"
