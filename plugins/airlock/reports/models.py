"""The pages of the stages that handle models: train, evaluate, register, score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from airlock.core.curves import LEAST
from airlock.reading import read_json
from airlock.reports.charts import Chart, ChartLine, from_json
from airlock.reports.content import (
    Figure,
    Name,
    Page,
    ReportTable,
    contents_table,
    describe,
    plural,
    share_bar,
)
from airlock.reports.curves import steps
from airlock.reports.estimates import WORDS
from airlock.reports.page import write_page
from airlock.stages.register.record import Registration
from airlock.stages.score.record import HISTOGRAM, NightHistogram, Rescoring, Scoring
from airlock.stages.train.record import Training


@describe.register
def training_page(record: Training) -> Page:
    """What was trained, for how long, on how much."""
    name = record.model_class.rpartition(":")[2]
    total = sum(record.rows.values())
    return Page(
        headline=f"{name} trained for {plural(record.epochs, record.unit)}",
        figures=(
            Figure(
                label="Rows", value=f"{record.rows.get('train', 0):,}", note="in the train fold"
            ),
            Figure(label="Features", value=f"{len(record.features):,}"),
            Figure(label=f"{record.unit.capitalize()}s", value=f"{record.epochs:,}"),
        ),
        tables=(
            ReportTable(
                title="What it came to",
                columns=("Metric", "#Value"),
                rows=tuple((name, f"{value:.4f}") for name, value in record.metrics.items()),
            ),
            ReportTable(
                title="Rows that it saw",
                columns=("Fold", "Rows"),
                rows=tuple((fold, share_bar(rows, total)) for fold, rows in record.rows.items()),
                note="The holdout fold is never read here.",
            ),
            ReportTable(
                title="Features",
                columns=("Column", "Kind"),
                rows=tuple((Name(name), kind) for name, kind in record.features),
                note=f"Target: {record.target}. Seed: {record.seed}. {record.deciding}".strip(),
            ),
            contents_table(MLflow_run=record.mlflow_run, data=record.data),
        ),
    )


def write_training(record: Training, into: Path) -> None:
    """Write the page with the charts that the stage left beside it.

    Args:
        into: the report folder of an attempt; without charts the page has none.
    """
    try:
        charts = tuple(map(from_json, read_json((into / "charts.json").read_bytes())))
    except OSError:
        charts = ()
    write_page(record, replace(describe(record), charts=charts), into)


@describe.register
def registration_page(record: Registration) -> Page:
    """Which version, and that it loads."""
    return Page(
        headline=f"Registered as {record.model} version {record.version}",
        figures=(
            Figure(label="Version", value=str(record.version)),
            Figure(
                label="Smoke test",
                value=plural(record.smoke_rows, "row"),
                note="predicted alike by a fresh process",
            ),
        ),
        tables=(contents_table(bundle=record.bundle, MLflow_run=record.mlflow_run),),
    )


@describe.register
def scoring_page(record: Scoring) -> Page:
    """How many rows, by whom."""
    return Page(
        headline=f"{plural(record.rows, 'row')} scored by version {record.version}",
        figures=(
            Figure(label="Rows", value=f"{record.rows:,}", note=f"of {record.night}"),
            Figure(label="Mean score", value=f"{record.mean_score:.4f}"),
            Figure(
                label="Champion",
                value=f"version {record.version}",
                note=f"by ledger entry {record.sequence}",
            ),
            *_certainty(record),
        ),
        tables=(
            ReportTable(
                title="Parts",
                columns=("File", "#Rows"),
                rows=tuple((Name(part.path), f"{part.rows:,}") for part in record.parts),
            ),
        ),
    )


def write_scoring(record: Scoring, into: Path) -> None:
    """Write the page with the histogram that the stage left beside it.

    Args:
        into: the report folder of an attempt.
    """
    try:
        found = NightHistogram.from_stored((into / HISTOGRAM).read_bytes())
    except (OSError, ValueError):
        write_page(record, describe(record), into)
        return
    page = describe(record)
    whole = sum(found.labels.values())
    labels = ReportTable(
        title="How many have which label",
        columns=("Label", "Rows"),
        rows=tuple((name, share_bar(rows, whole)) for name, rows in found.labels.items()),
    )
    title = f"probability of {found.of}" if found.of in found.labels else found.of
    points = steps(found.bars)
    chart = Chart(
        title="Scores", x=title, y="density", lines=(ChartLine("this night", points, "first"),)
    )
    write_page(
        record,
        replace(
            page,
            charts=(chart,) if points else (),
            charts_title="What was said",
            charts_note=f"No bar is of fewer than {LEAST} rows.",
            tables=((labels, *page.tables) if found.labels else page.tables),
        ),
        into,
    )


@describe.register
def rescoring_page(record: Rescoring) -> Page:
    """Which nights were scored again, and which are left."""
    return Page(
        headline=f"{plural(len(record.again), 'night')} scored again",
        figures=(
            Figure(label="Withdrawn", value=f"version {record.withdrawn}"),
            Figure(
                label="Champion",
                value=f"version {record.version}",
                note=f"by ledger entry {record.sequence}",
            ),
            Figure(label="Asked for by", value=record.by, note=record.reason),
        ),
        tables=(
            ReportTable(
                title="Nights",
                columns=("Night", "#Rows", "#Serves", "#Superseded"),
                rows=tuple(
                    (one.night, f"{one.rows:,}", f"{one.number}", f"{one.replaced}")
                    for one in record.again
                ),
            ),
            ReportTable(
                title="Left",
                columns=("Night", "Why"),
                rows=tuple((one.night, one.why) for one in record.left),
            ),
        ),
    )


def _certainty(record: Scoring) -> Iterator[Figure]:
    if (band := record.margin) is not None:
        yield Figure(
            label="Band",
            value=f"± {band.width:.4g}",
            note=f"from the holdout's {WORDS[band.metric]}, for {band.coverage:.0%} of the rows",
        )
    if record.unscored:
        yield Figure(
            label="Without a score",
            value=plural(record.unscored, "row"),
            note="no finite number; put to people",
        )
    if record.limit is not None:
        note = f"{record.unsure_share:.1%} have a {record.limit}"
        yield Figure(label="Unsure", value=plural(record.unsure, "row"), note=note)
