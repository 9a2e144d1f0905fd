"""The page of validate: what failed, how far the rows are from the champion's, and the trend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from airlock.core.errors import Unverified
from airlock.engine.record import Result
from airlock.reports.content import (
    Badge,
    Cell,
    Figure,
    Name,
    Page,
    ReportTable,
    Tone,
    contents_table,
    describe,
    percent,
    plural,
    share_bar,
)
from airlock.reports.page import write_page
from airlock.reports.plots import Pair, Trend
from airlock.stages.validate.record import Check, Shift, Validation

_TONES: dict[str, Tone] = {"critical": "bad", "warning": "unsure", "info": "good"}
_RANKS = {"critical": 0, "warning": 1, "info": 2}


def write_validation(record: Validation, earlier: Iterable[Result], into: Path) -> None:
    """Write the page with a trend.

    Args:
        earlier: how the stage ended in the runs before, oldest first; what does not read as a
            validation of today's is left out.
        into: the report folder of an attempt.
    """
    page = describe(record)
    past = [one for result in earlier if (one := _read(result)) is not None]
    if past:
        page = replace(page, tables=(*page.tables, _trend([*past, record])))
    write_page(record, page, into)


@describe.register
def validation_page(record: Validation) -> Page:
    """Which expectations hold, how many rows were set aside, and which columns shifted."""
    held = sum(check.success for check in record.checks)
    shifted = {shift.column for shift in record.shifts if not shift.ok}
    compared = {shift.column for shift in record.shifts if shift.value is not None}
    return Page(
        headline=_headline(record, len(record.checks) - held, len(shifted)),
        figures=(
            Figure(label="Rows passed on", value=f"{record.rows - record.quarantined:,}"),
            Figure(
                label="In quarantine",
                value=f"{record.quarantined:,}",
                note=percent(record.quarantined, record.rows),
            ),
            Figure(label="Expectations held", value=f"{held} of {len(record.checks)}"),
            Figure(
                label="Columns shifted",
                value=f"{len(shifted)} of {len(compared | shifted)}" if record.reference else "—",
                note="" if record.reference else "nothing to compare with",
            ),
        ),
        tables=(
            _expectations(record),
            *_quarantine(record),
            *_skew(record),
            contents_table(expectations_file=record.suite),
        ),
    )


def _headline(record: Validation, broken: int, shifted: int) -> str:
    checks = plural(len(record.checks), "expectation")
    if broken:
        return f"{broken} of {checks} {'does' if broken == 1 else 'do'} not hold"
    if shifted:
        return f"All {checks} hold, {plural(shifted, 'column')} shifted"
    return f"All {checks} hold"


def _expectations(record: Validation) -> ReportTable:
    return ReportTable(
        title="Expectations",
        columns=("Outcome", "Expected", "Column", "Severity", "Rows that broke it"),
        rows=tuple(_check(check, record.rows) for check in _worst_first(record.checks)),
        note="Rows that were set aside no longer count against an expectation: they are in "
        "quarantine. Counts only; no page of Airlock shows a value from the data.",
    )


def _worst_first(checks: tuple[Check, ...]) -> list[Check]:
    # sorted() is stable: within a group the file's order stays.
    return sorted(checks, key=lambda check: (check.success, _RANKS[check.severity]))


def _check(check: Check, rows: int) -> tuple[Cell, ...]:
    tone: Tone = "good" if check.success else "bad" if check.severity == "critical" else "unsure"
    return (
        Badge("holds" if check.success else "broken", tone),
        check.sentence,
        Name(check.column) if check.column else "whole table",
        check.severity,
        share_bar(check.unexpected, rows),
    )


def _quarantine(record: Validation) -> tuple[ReportTable, ...]:
    why = [check for check in record.checks if check.on_fail == "quarantine" and check.unexpected]
    if not why:
        return ()
    rows = sorted(why, key=lambda check: -check.unexpected)
    return (
        ReportTable(
            title="Why rows are in quarantine",
            columns=("Not so", "Rows"),
            rows=tuple(
                (check.sentence, share_bar(check.unexpected, record.quarantined)) for check in rows
            ),
            note="Parts of all rows in quarantine; a row can be there for several reasons.",
        ),
    )


def _skew(record: Validation) -> tuple[ReportTable, ...]:
    columns: dict[str, dict[str, Shift]] = {}
    for shift in record.shifts:
        columns.setdefault(shift.column, {})[shift.measure] = shift
    if not columns:
        return ()
    rows = sorted(columns.items(), key=lambda item: _by_shift(item[1]))
    return (
        ReportTable(
            title="Compared with the champion's data",
            columns=(
                "Outcome",
                "Column",
                "#PSI",
                "#JS",
                "#Missing",
                "#New categories",
                "Bars: tonight. Line: champion's",
            ),
            rows=tuple(_shifts(name, measures) for name, measures in rows),
            note="PSI: population stability index, by custom a shift above 0.25. JS: "
            "Jensen-Shannon divergence, 0 to 1. Missing: by how much the share of missing values "
            "changed. A bin of fewer than ten rows is drawn empty.",
        ),
    )


def _by_shift(measures: dict[str, Shift]) -> tuple[int, float]:
    worst = min(_RANKS[shift.severity] for shift in measures.values())
    index = measures.get("psi")
    return worst, -(index.value or 0.0) if index else 0.0


def _shifts(name: str, measures: dict[str, Shift]) -> tuple[Cell, ...]:
    worst = min((shift.severity for shift in measures.values()), key=_RANKS.__getitem__)
    index = measures.get("psi")
    told = any(shift.value is not None for shift in measures.values())
    badge = Badge("shifted" if worst != "info" else "as before", _TONES[worst])
    return (
        badge if told or worst != "info" else Badge("not compared", "plain"),
        Name(name),
        _value(index, "{:.3f}"),
        _value(measures.get("js"), "{:.3f}"),
        _value(measures.get("nulls"), "{:.1f} %", 100),
        _value(measures.get("new_categories"), "{:.1f} %", 100),
        Pair(index.counts) if index and index.counts else "",
    )


def _value(shift: Shift | None, form: str, scale: int = 1) -> Cell:
    if shift is None:
        return ""
    if shift.value is None:
        said = "—" if shift.ok else "too few rows"
    else:
        said = form.format(scale * shift.value)
    return said if shift.ok else Badge(said, _TONES[shift.severity])


def _trend(runs: Sequence[Validation]) -> ReportTable:
    told: tuple[tuple[str, Callable[[Validation], float], str], ...] = (
        ("Rows", lambda one: one.rows, "{:,.0f}"),
        ("In quarantine, %", lambda one: 100 * one.quarantined / max(one.rows, 1), "{:.2f}"),
        ("Expectations broken", lambda one: sum(not c.success for c in one.checks), "{:.0f}"),
        (
            "Columns shifted",
            lambda one: len({shift.column for shift in one.shifts if not shift.ok}),
            "{:.0f}",
        ),
    )
    rows = []
    for name, measure, form in told:
        values = [measure(one) for one in runs]
        before = f"{form.format(min(values[:-1]))} to {form.format(max(values[:-1]))}"
        rows.append((name, form.format(values[-1]), before, Trend(values, name)))
    return ReportTable(
        title=f"The last {len(runs)} runs",
        columns=("What", "#Tonight", "#Before", "Oldest run first, tonight last"),
        rows=tuple(rows),
    )


def _read(result: Result) -> Validation | None:
    try:
        return Validation.from_json(result.record)
    except Unverified:
        return None
