"""The page of prepare."""

from __future__ import annotations

from airlock.reports.content import Figure, Name, Page, ReportTable, describe, plural, short
from airlock.stages.prepare.record import JoinedTable, Preparation

_KINDS = {
    "events": "events, by {}",
    "state": "a state, by the night that it was delivered for",
    "fixed": "fixed: it was always so",
    "labels": "labels, by {}: those that came after a row's night, and in time",
}


@describe.register
def preparation_page(record: Preparation) -> Page:
    """Which rows came in and went out, night by night, and where every column comes from."""
    left_out = sum(one.unlabelled for one in record.made)
    return Page(
        headline=f"{plural(record.rows, 'row')} joined of {plural(len(record.tables), 'source')}",
        figures=(
            Figure(label="Rows", value=f"{record.rows:,}"),
            Figure(label="Columns", value=f"{len(record.columns):,}"),
            Figure(
                label="Nights",
                value=f"{len(record.made):,}",
                note=f"{record.made[0].night} to {record.made[-1].night}",
            ),
            Figure(label="SQL", value=short(record.sql_sha256), note="SHA-256 of the file"),
            *(
                (Figure(label="Left out", value=f"{left_out:,}", note="no label in time"),)
                if left_out
                else ()
            ),
        ),
        tables=(
            _sources(record),
            *_matches(record),
            _lineage(record),
            _nights(record),
            ReportTable(
                title=f"SQL of {record.path}",
                columns=("#Line", "Text"),
                rows=tuple(
                    (f"{at:,}", text) for at, text in enumerate(record.sql.splitlines(), start=1)
                ),
            ),
        ),
    )


def _sources(record: Preparation) -> ReportTable:
    return ReportTable(
        title="Sources",
        columns=("Source", "In time", "Looks back", "#Rows", "Content"),
        rows=tuple(
            (
                Name(one.name),
                _KINDS.get(one.kind, one.kind).format(one.event_time),
                _back(record, one),
                f"{one.rows:,}",
                short(one.content),
            )
            for one in record.tables
        ),
    )


def _back(record: Preparation, one: JoinedTable) -> str:
    if one.kind == "labels":
        return f"ahead {plural(record.after or 0, 'day')}"
    return plural(one.history, "night") if one.history else "on all"


def _matches(record: Preparation) -> tuple[ReportTable, ...]:
    """How far the columns that sources are joined by have values in common."""
    if not record.matches:
        return ()
    return (
        ReportTable(
            title="What the sources are joined by",
            columns=("Column", "Column of the other", "#Values", "#Of the other", "#In common"),
            rows=tuple(
                (
                    Name(one.left),
                    Name(one.right),
                    *(f"{count:,}" for count in one.values),
                    f"{one.common:,}",
                )
                for one in record.matches
            ),
            note="Different values, added up over the nights.",
        ),
    )


def _lineage(record: Preparation) -> ReportTable:
    kinds = dict(record.columns)
    return ReportTable(
        title="Where the values of each column come from",
        columns=("Column", "Type", "Comes from"),
        rows=tuple(
            (Name(one.column), kinds.get(one.column, ""), _origin(one.reads))
            for one in record.lineage
        ),
    )


def _origin(reads: tuple[str, ...] | None) -> str:
    if reads is None:
        return "unknown"
    return ", ".join(reads) or "no source: the SQL, or the night"


def _nights(record: Preparation) -> ReportTable:
    names = [one.name for one in record.tables]
    return ReportTable(
        title="Rows by night",
        columns=("Night", *(f"#Seen of {name}" for name in names), "#Rows", "#Left out"),
        rows=tuple(
            (
                one.night,
                *(f"{count:,}" for count in one.read),
                f"{one.rows:,}",
                f"{one.unlabelled:,}",
            )
            for one in record.made
        ),
    )
