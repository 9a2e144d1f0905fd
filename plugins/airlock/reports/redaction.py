"""The page of redact: what was removed, how it was proven, and the trend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from airlock.core.errors import Unverified
from airlock.engine.record import Result
from airlock.reports.content import (
    Figure,
    Name,
    Page,
    ReportTable,
    describe,
    percent,
    plural,
    share_bar,
)
from airlock.reports.page import write_page
from airlock.reports.plots import Trend
from airlock.reports.redaction_proofs import examples_table, planted_table, residues_table
from airlock.stages.redact.record import RedactedColumn, Redaction

_DONE_TO_A_COLUMN = {
    "keep": "kept",
    "drop": "dropped",
    "pseudonym": "replaced by a keyed pseudonym",
    "mask": "masked",
    "generalise": "made coarser",
    "scan": "searched, and cleaned of identifiers",
}


def write_redaction(record: Redaction, earlier: Iterable[Result], into: Path) -> None:
    """Write the page with a trend.

    Args:
        earlier: how the stage ended in the runs before, oldest first; what does not read as a
            redaction of today's is left out.
        into: the report folder of an attempt.
    """
    page = describe(record)
    past = [one for result in earlier if (one := _read(result)) is not None]
    if past:
        page = replace(page, tables=(*page.tables, _trend([*past, record])))
    write_page(record, page, into)


@describe.register
def redaction_page(record: Redaction) -> Page:
    """What was removed, how that was proven, and how the rows are split."""
    removed = sum(record.found.values())
    k = record.anonymity
    recall = record.planted_recall
    every = record.rows + record.quarantined
    return Page(
        headline=_headline(record, removed),
        figures=(
            Figure(label="Rows", value=f"{record.rows:,}"),
            Figure(
                label="Left out",
                value=f"{record.quarantined:,}",
                note=f"{percent(record.quarantined, every)} could not be proven clean",
            ),
            Figure(label="Identifiers in free text", value=f"{removed:,}", note="all removed"),
            Figure(
                label="Planted identifiers caught",
                value="—" if recall is None else f"{100 * recall:.1f} %",
                note=plural(sum(one.planted for one in record.canaries), "planted identifier"),
            ),
            *_shares(record),
            Figure(
                label="Smallest group",
                value=f"{k.smallest:,}" if k else "—",
                note="people that look alike (k)" if k else "no quasi-identifiers named",
            ),
        ),
        tables=(
            *planted_table(record),
            *residues_table(record),
            _columns(record),
            *_entities(record),
            *examples_table(record),
            *_anonymity(record),
            *_folds(record),
        ),
    )


def _shares(record: Redaction) -> tuple[Figure, ...]:
    """Precision where the truth is known, and how much of the texts went."""
    precision = record.planted_precision
    if precision is None:
        return ()
    characters = sum(one.characters for one in record.columns)
    removed = sum(one.removed for one in record.columns)
    return (
        Figure(
            label="Found and planted",
            value=f"{100 * precision:.1f} %",
            note="of what was found in made-up texts (precision)",
        ),
        Figure(
            label="Characters removed",
            value=percent(removed, characters) if characters else "—",
            note="of the texts that go out",
        ),
    )


def _headline(record: Redaction, removed: int) -> str:
    if record.reasons:
        return f"Nothing goes on: {plural(len(record.reasons), 'proof')} failed"
    touched = [column for column in record.columns if column.action != "keep"]
    return (
        f"{plural(len(touched), 'column')} redacted, "
        f"{plural(removed, 'identifier')} removed from free text"
    )


def _columns(record: Redaction) -> ReportTable:
    return ReportTable(
        title="Columns",
        columns=("Column", "What happened", "Cells changed", "Found in free text"),
        rows=tuple(
            (
                Name(column.name),
                _done(column),
                share_bar(column.changed, record.rows),
                ", ".join(f"{count:,} {kind}" for kind, count in column.found.items()),
            )
            for column in record.columns
        ),
        note="What goes on is pseudonymised: without direct identifiers, not anonymous. "
        f"Pseudonyms are of the key {record.pseudonym_key}.",
    )


def _done(column: RedactedColumn) -> str:
    if column.unread:
        return "dropped: no language model reads it, and patterns alone miss names"
    done = _DONE_TO_A_COLUMN.get(column.action, column.action)
    models = ", ".join(model.partition("@")[0] for model in column.models.values())
    return f"{done} with {models}" if models else done


def _entities(record: Redaction) -> tuple[ReportTable, ...]:
    total = sum(record.found.values())
    if not total:
        return ()
    return (
        ReportTable(
            title="Identifiers removed from free text",
            columns=("Entity", "Found"),
            rows=tuple((kind, share_bar(n, total)) for kind, n in record.found.items()),
        ),
        ReportTable(
            title="What they looked like",
            columns=("Column", "Entity", "Shape", "#Found"),
            rows=tuple(
                (Name(column.name), entity, shape, f"{count:,}")
                for column in record.columns
                for entity, shapes in column.shapes.items()
                for shape, count in shapes.items()
            ),
            note="Nobody knows the truth of these texts: whether the scan took the right thing, "
            "people estimate from shapes. 9 is a digit, a is a word; shapes that fewer than ten "
            "share are not shown.",
        ),
    )


def _anonymity(record: Redaction) -> tuple[ReportTable, ...]:
    known = record.anonymity
    if known is None:
        return ()
    return (
        ReportTable(
            title="How well somebody hides",
            columns=(
                "Quasi-identifiers",
                "#Groups",
                "#People in the smallest",
                "#People in groups below 5",
                "#Fewest targets in a group",
            ),
            rows=(
                (
                    Name(", ".join(known.columns)),
                    f"{known.groups:,}",
                    f"{known.smallest:,}",
                    f"{known.rare:,}",
                    "-" if known.diversity is None else f"{known.diversity:,}",
                ),
            ),
        ),
    )


def _folds(record: Redaction) -> tuple[ReportTable, ...]:
    if not record.folds:
        return ()
    total = sum(record.folds.values())
    return (
        ReportTable(
            title="Folds",
            columns=("Fold", "Rows"),
            rows=tuple((fold, share_bar(n, total)) for fold, n in record.folds.items()),
            note="A row's fold follows from whom it is about, for good: nobody trains on the "
            "holdout.",
        ),
    )


def _read(result: Result) -> Redaction | None:
    try:
        return Redaction.from_json(result.record)
    except Unverified:
        return None


def _trend(records: Sequence[Redaction]) -> ReportTable:
    lines: tuple[tuple[str, Callable[[Redaction], float], str], ...] = (
        ("Rows", lambda one: one.rows, "{:,.0f}"),
        ("Left out, in %", lambda one: _share(one), "{:.2f}"),
        ("Identifiers removed", lambda one: sum(one.found.values()), "{:,.0f}"),
        ("Planted identifiers caught, in %", lambda one: 100 * (one.planted_recall or 0), "{:.1f}"),
    )
    rows = []
    for name, measure, form in lines:
        values = [measure(one) for one in records]
        before = f"{form.format(min(values[:-1]))} to {form.format(max(values[:-1]))}"
        rows.append((name, form.format(values[-1]), before, Trend(values, name)))
    return ReportTable(
        title=f"The last {len(records)} runs",
        columns=("What", "#Tonight", "#Before", "Oldest run first, tonight last"),
        rows=tuple(rows),
    )


def _share(record: Redaction) -> float:
    every = record.rows + record.quarantined
    return 100 * record.quarantined / every if every else 0.0
