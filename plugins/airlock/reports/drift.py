"""The page of drift: each column's distance, the model's state, and the last sixty nights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from airlock.reports.content import (
    Badge,
    Cell,
    Figure,
    Name,
    Page,
    ReportTable,
    Tone,
    describe,
    percent,
    plural,
)
from airlock.reports.page import write_page
from airlock.reports.plots import Pair, Trend
from airlock.stages.drift.record import Distance, Drift

_TONES: dict[str, Tone] = {"calm": "good", "drifting": "unsure", "alarm": "bad"}
_WORDS = {"input": "input", "prediction": "prediction", "label": "outcome"}


def write_drift(
    record: Drift, earlier: Sequence[Drift], into: Path, *, beside: Sequence[ReportTable] = ()
) -> None:
    """Write the page with small multiples.

    Args:
        earlier: the nights before, oldest first.
        into: the report folder of an attempt.
        beside: what else is shown of the night.
    """
    page = describe(record)
    multiples = _nights([*earlier, record]) if earlier else ()
    write_page(record, replace(page, tables=(*page.tables, *beside, *multiples)), into)


@describe.register
def drift_page(record: Drift) -> Page:
    """Which columns are how far, whether that is an alarm, and what it asks for."""
    course = record.course
    return Page(
        headline=_headline(record),
        figures=(
            Figure(
                label="Standing",
                value=course.standing.capitalize(),
                note=f"since {course.since}" if course.since else "",
            ),
            Figure(
                label="Columns drifted", value=f"{len(record.blamed)} of {len(record.distances)}"
            ),
            Figure(label="Rows", value=f"{record.rows:,}", note="" if record.enough else "too few"),
            Figure(label="Champion", value=f"version {record.version}"),
            Figure(
                label="Retrain",
                value="asked for" if course.asks else "not asked for",
                note=f"last on {course.asked}" if course.asked and not course.asks else "",
            ),
        ),
        tables=(_distances(record), *_calibration(record), *_left_out(record)),
    )


def _headline(record: Drift) -> str:
    if not record.enough:
        seen = record.distances or not record.left_out
        return "Too few rows to tell drift" if seen else "Nothing could be compared"
    if not record.drifted:
        return "No drift in what was compared" if record.left_out else "No drift"
    if not record.blamed:
        return "Predictions are off the outcomes"
    named = ", ".join(one.column for one in record.blamed[:3])
    more = len(record.blamed) - 3
    return f"Drift in {named}" + (f" and {more} more" if more > 0 else "")


def _distances(record: Drift) -> ReportTable:
    return ReportTable(
        title="How far tonight is from the champion's data",
        columns=(
            "Outcome",
            "Column",
            "What",
            "#PSI",
            "#JS",
            "#KS",
            "#Chance",
            "#Missing",
            "Bars: tonight. Line: champion's",
        ),
        rows=tuple(_distance(one) for one in record.distances),
        note="The worst first. PSI: population stability index. JS: Jensen-Shannon divergence, 0 "
        "to 1. KS: Kolmogorov-Smirnov distance, 0 to 1. Chance: how often chance alone goes as "
        "far, corrected for all columns of the night. A column has drifted if a distance is above "
        "its limit and chance does not explain it. A bin of fewer than ten rows is drawn empty.",
    )


def _distance(one: Distance) -> tuple[Cell, ...]:
    was, now = one.missing
    return (
        Badge("drifted", "bad") if one.drifted else Badge("as before", "good"),
        Name(one.column),
        _WORDS[one.kind],
        f"{one.psi:.3f}",
        f"{one.js:.3f}",
        "" if one.ks is None else f"{one.ks:.3f}",
        "< 0.0001" if one.p < 0.0001 else f"{one.p:.4f}",
        "" if was == now == 0 else f"{100 * was:.1f} % → {100 * now:.1f} %",
        Pair(one.counts) if any(map(any, one.counts)) else "",
    )


def _calibration(record: Drift) -> tuple[ReportTable, ...]:
    held = record.calibration
    if held is None:
        return ()
    badge = Badge("off", "bad") if held.drifted else Badge("holds", "good")
    return (
        ReportTable(
            title="Predictions and outcomes",
            columns=("Outcome", "#Mean prediction", "#Mean outcome", "#Off by", "#Rows"),
            rows=(
                (
                    badge,
                    f"{held.predicted:.4g}",
                    f"{held.observed:.4g}",
                    f"{held.off:+.3f}",
                    f"{held.rows:,} ({percent(held.rows, record.rows)})",
                ),
            ),
            note="Off by: in standard deviations of the outcomes.",
        ),
    )


def _left_out(record: Drift) -> tuple[ReportTable, ...]:
    if not record.left_out:
        return ()
    return (
        ReportTable(
            title="Not compared",
            columns=("Column", "Why"),
            rows=tuple((Name(name), why) for name, why in sorted(record.left_out.items())),
        ),
    )


def _nights(nights: Sequence[Drift]) -> tuple[ReportTable, ReportTable]:
    names = [one.column for one in nights[-1].distances]
    title = f"The last {plural(len(nights), 'night')}"
    return (
        ReportTable(
            title=f"{title}, column by column",
            columns=("Column", "#PSI tonight", "#Highest", "PSI, oldest night first, tonight last"),
            rows=tuple(_multiple(name, nights) for name in names),
        ),
        ReportTable(
            title=title,
            columns=("Night", "Standing", "#Columns drifted", "#Rows", "#Version", "Retrain"),
            rows=tuple(_night(one) for one in reversed(nights)),
        ),
    )


def _multiple(name: str, nights: Sequence[Drift]) -> tuple[Cell, ...]:
    values = [one.psi for night in nights for one in night.distances if one.column == name]
    trend = Trend([round(value, 4) for value in values], f"PSI of {name}")
    return (Name(name), f"{values[-1]:.3f}", f"{max(values):.3f}", trend)


def _night(one: Drift) -> tuple[Cell, ...]:
    standing = one.course.standing
    return (
        one.night,
        Badge(standing, _TONES[standing]),
        f"{len(one.blamed)}" if one.enough else "too few rows",
        f"{one.rows:,}",
        f"{one.version}",
        "asked for" if one.course.asks else "",
    )
