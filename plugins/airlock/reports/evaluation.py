"""The page of evaluate: candidate and champion side by side, slices, groups, stress, speed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from airlock.reports.baselines import baseline_figures, baseline_tables
from airlock.reports.content import (
    Bar,
    Cell,
    Figure,
    Name,
    Page,
    Plot,
    ReportTable,
    contents_table,
    describe,
    plural,
)
from airlock.reports.curves import NOTE, TITLE, curves_beside, holdout_charts
from airlock.reports.estimates import WORDS, difference_cells, estimate, in_order, mark
from airlock.reports.page import write_page
from airlock.reports.probes import attack_tables, effect_charts, explanation_tables
from airlock.reports.search import search_tables
from airlock.stages.evaluate.record import Evaluation, Fairness, Speed, Stress, Unjudged

TREATMENT: Mapping[str, str] = {
    "demographic_parity": "Demographic parity difference",
    "equal_opportunity": "Equal opportunity difference",
    "equalised_odds": "Equalised odds difference",
    "disparate_impact": "Disparate impact ratio",
    "calibration_gap": "Calibration gap within a group",
}

_BEST: Mapping[str, float] = {
    "demographic_parity": 0.0,
    "equal_opportunity": 0.0,
    "equalised_odds": 0.0,
    "disparate_impact": 1.0,
    "calibration_gap": 0.0,
}

_BOOTSTRAP = (
    "Intervals by bootstrap over entities; differences are paired: both models are measured on the "
    "same resamples."
)


@describe.register
def evaluation_page(record: Evaluation) -> Page:
    """Candidate and champion side by side."""
    return _page(record, None)


def write_evaluation(record: Evaluation, speed: Speed | None, into: Path) -> None:
    """Write the page with what is not in the record, but beside it: speed and curves."""
    page = replace(
        _page(record, speed),
        charts=(*holdout_charts(curves_beside(into)), *effect_charts(record.explained)),
        charts_title=TITLE,
        charts_note=NOTE,
    )
    write_page(record, page, into)


def _page(record: Evaluation, speed: Speed | None) -> Page:
    rival = (
        f"against champion version {record.champion_version}"
        if record.champion
        else "without a champion to compare with"
    )
    figures = [Figure(label="Holdout rows", value=f"{record.rows:,}")]
    for name in in_order(record.candidate)[:1]:
        interval, label = record.candidate[name], WORDS.get(name, name)
        spread = f"{interval.low:.4f} to {interval.high:.4f}"
        figures.append(Figure(label=label, value=f"{interval.value:.4f}", note=spread))
        if name in record.difference:
            difference = record.difference[name]
            figures.append(
                Figure(label="To the champion", value=f"{difference.value:+.4f}", note=label)
            )
        if (worst := record.worst(name)) is not None:
            figures.append(
                Figure(
                    label="Worst slice",
                    value=f"{worst.candidate[name]:.4f}",
                    note=f"{label} where {worst.column} is {worst.value}",
                )
            )
        figures += baseline_figures(record, name)
    if speed is not None:
        figures.append(
            Figure(
                label="1,000 rows take",
                value=f"{speed.ms_per_1000:,.1f} ms",
                note=f"{speed.rows_per_s:,.0f} rows/s, median of {speed.runs} runs",
            )
        )
    if record.bundle_bytes:
        figures.append(Figure(label="Size", value=f"{record.bundle_bytes / 1e6:.1f} MB"))
    return Page(
        headline=f"Measured on {plural(record.rows, 'holdout row')}, {rival}",
        figures=tuple(figures),
        tables=(
            *baseline_tables(record),
            metrics_table(record),
            *_anchored(record),
            *slices_tables(record),
            *fairness_tables(record),
            *stress_tables(record),
            *attack_tables(record.attacked),
            *explanation_tables(record.explained),
            *search_tables(record.search),
            contents_table(
                candidate=record.candidate_bundle, champion=record.champion_bundle or ""
            ),
        ),
    )


def metrics_table(record: Evaluation) -> ReportTable:
    """Every metric of both, with intervals, and the difference."""
    both = bool(record.champion)
    rows = []
    for name in in_order(record.candidate):
        candidate = record.candidate[name]
        champion, difference = record.champion.get(name), record.difference.get(name)
        marks = [mark("candidate", candidate)] + ([mark("champion", champion)] if champion else [])
        rows.append(
            (
                WORDS.get(name, name),
                estimate(candidate),
                *((estimate(champion) if champion else "—",) if both else ()),
                Plot(marks=tuple(marks)),
                *(difference_cells(difference, name) if both else ()),
            )
        )
    colours = "Blue is the candidate, orange the champion." if both else ""
    columns = ("Metric", "#Candidate", *(("#Champion",) if both else ()), "Interval")
    return ReportTable(
        title="Metrics",
        columns=(*columns, *(("#Difference", "Around zero") if both else ())),
        rows=tuple(rows),
        note=" ".join(note for note in (_BOOTSTRAP, record.champion_problem) if note),
        legend=colours,
    )


def slices_tables(record: Evaluation) -> tuple[ReportTable, ...]:
    """The metrics of every slice, if there are slices."""
    names = in_order({name for one in record.slices for name in one.candidate})
    if not names:
        return ()
    rows = []
    for one in record.slices:
        figures = [_pair(name, one.candidate, one.champion) for name in names]
        cells: tuple[Cell, ...] = (Name(one.column), one.value, f"{one.rows:,}", *figures)
        rows.append(cells)
    return (
        ReportTable(
            title="Slices",
            columns=("Column", "Value", "#Rows", *(f"#{WORDS.get(name, name)}" for name in names)),
            rows=tuple(rows),
            note="The candidate; in brackets the difference to the champion.",
        ),
    )


def _pair(name: str, candidate: Mapping[str, float], champion: Mapping[str, float] | None) -> str:
    value = candidate.get(name, math.nan)
    if math.isnan(value):
        return "—"
    rival = (champion or {}).get(name)
    return f"{value:.4f}" + (f" ({value - rival:+.4f})" if rival is not None else "")


def _anchored(record: Evaluation) -> tuple[ReportTable, ...]:
    anchor = record.anchor
    if anchor is None:
        return ()
    rows = tuple(
        (WORDS.get(name, name), *difference_cells(anchor.difference[name], name))
        for name in in_order(anchor.difference)
    )
    return (
        ReportTable(
            title=f"Against version {anchor.version}, the last one that a person approved",
            columns=("Metric", "#Difference", "Around zero"),
            rows=rows,
            note=anchor.problem or "Nobody goes downhill night after night within a margin.",
        ),
    )


def fairness_tables(record: Evaluation) -> tuple[ReportTable, ...]:
    """Two for each protected column: the groups, and how far they are apart."""
    return tuple(
        table for one in record.fairness for table in _fairness(one, record.left_out(one.column))
    )


def _fairness(one: Fairness, left: Unjudged | None) -> Iterable[ReportTable]:
    yield ReportTable(
        title=f"Groups of {one.column}",
        columns=("Group", "#Rows", f"Predicted {one.positive}"),
        rows=tuple(
            (group, f"{rows:,}", Bar(one.rates[group], f"{100 * one.rates[group]:.1f} %"))
            for group, rows in one.groups.items()
        ),
        note=f"Left out: {left.sentence}."
        if left is not None and left.groups
        else "No group is too small to speak about.",
    )
    yield ReportTable(
        title=f"How far the groups of {one.column} are apart",
        columns=("Measure", "#Value", "Interval"),
        rows=tuple(
            (
                TREATMENT[name],
                *(
                    (
                        estimate(found),
                        Plot(
                            marks=(mark("candidate", found),),
                            bound=_BEST[name],
                            axis=(0.0, 1.0),
                        ),
                    )
                    if (found := one.figures.get(name))
                    else ("—", "")
                ),
            )
            for name in TREATMENT
        ),
        note="Differences are best at 0, the ratio is best at 1.",
    )


def stress_tables(record: Evaluation) -> tuple[ReportTable, ...]:
    """By how much the metrics change on rows made worse."""
    if not record.stress:
        return ()
    names = in_order({name for one in record.stress for name in one.difference})
    return (
        ReportTable(
            title="Under stress",
            columns=("Rows", *(f"#{WORDS.get(name, name)}" for name in names)),
            rows=tuple(
                (
                    _stressed(one),
                    *(
                        estimate(one.difference[name], "+") if name in one.difference else "—"
                        for name in names
                    ),
                )
                for one in record.stress
            ),
            note="Change of each metric against the rows as they are.",
        ),
    )


def _stressed(one: Stress) -> str:
    if one.kind == "missing":
        return f"{100 * one.amount:g} % of the cells missing"
    return f"noise of {one.amount:g} standard deviations"
