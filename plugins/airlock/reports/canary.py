"""The pages of shadow, route, labels, live metrics and canary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from airlock.reports.content import Figure, Page, ReportTable, describe, plural
from airlock.reports.night import nights_table, queue_table
from airlock.stages.canary.record import Judgement
from airlock.stages.evaluate.record import Interval
from airlock.stages.labels.record import Labelled
from airlock.stages.live.record import Live, OfVersion, Paired
from airlock.stages.route.record import ModelDistance, Routing
from airlock.stages.shadow.record import Shadowing


@describe.register
def shadowing_page(record: Shadowing) -> Page:
    """Who scored silently."""
    version = str(record.scoring.version) if record.scoring else "nobody"
    return Page(
        headline=record.facts()[0],
        figures=(
            Figure(label="Beside", value=f"version {record.champion_version}"),
            Figure(label="Silent", value=version, note=record.kind or ""),
        ),
    )


@describe.register
def routing_page(record: Routing) -> Page:
    """Who answers what, and how far the two are apart."""
    return Page(
        headline=record.facts()[0],
        figures=(
            Figure(label="Rows", value=f"{record.rows:,}", note=f"of {record.night}"),
            Figure(
                label="By the challenger", value=f"{record.routed:,}", note=f"{record.share:.0%}"
            ),
        ),
        tables=(
            ReportTable(
                title="How far they are apart",
                columns=("Slice", "#Rows", "#Agree", "#Champion", "#Rival", "#Distance"),
                rows=tuple(map(_apart, record.apart)),
            ),
        ),
    )


def _apart(one: ModelDistance) -> tuple[str, ...]:
    return (
        f"{one.column} {one.value}".strip() or "all rows",
        f"{one.rows:,}",
        "–" if one.agreement is None else f"{one.agreement:.1%}",
        f"{one.champion:.4f}",
        f"{one.rival:.4f}",
        f"{one.distance:.4f}",
    )


@describe.register
def labelled_page(record: Labelled) -> Page:
    """How many labels found their prediction."""
    joined = sum(one.joined for one in record.nights)
    return Page(
        headline=f"{plural(joined, 'label')} joined",
        figures=(
            Figure(label="Rows", value=f"{record.rows:,}"),
            Figure(label="Repeated", value=f"{record.repeated:,}"),
        ),
        tables=(
            ReportTable(
                title="By night",
                columns=(
                    *("Night", "#Labels", "#Answers", "#Joined", "#Unmatched", "#Corrected"),
                    *("#Left out", "#Nights late"),
                ),
                rows=tuple(
                    (
                        one.night,
                        f"{one.labels:,}",
                        f"{one.answered:,}",
                        f"{one.joined:,}",
                        f"{one.unmatched:,}",
                        f"{one.corrected:,}",
                        f"{one.left_out:,}",
                        str(one.late),
                    )
                    for one in record.nights
                ),
            ),
        ),
    )


@describe.register
def live_page(record: Live) -> Page:
    """What the predictions were worth."""
    joined = sum(one.joined for one in record.nights)
    return Page(
        headline=f"{plural(joined, 'labelled prediction')}",
        figures=(
            Figure(label="Nights", value=str(len(record.nights))),
            Figure(
                label="Waiting",
                value=f"{sum(one.waiting for one in record.nights):,}",
                note="rows without a label",
            ),
            *_open(record),
        ),
        tables=(
            *map(_version, record.versions),
            *map(_pair, record.pairs),
            *((queue_table(record.queue), nights_table(record.queue)) if record.queue else ()),
        ),
    )


def _open(record: Live) -> Iterator[Figure]:
    if (queue := record.queue) is not None and queue.asked:
        note = f"the oldest since {queue.oldest}" if queue.oldest else "all have a label"
        yield Figure(label="Put to people, open", value=f"{queue.open:,}", note=note)
        if queue.override_rate is not None:
            note = f"of {plural(queue.answered, 'answer')}"
            yield Figure(label="Overridden", value=f"{queue.override_rate:.1%}", note=note)


def _version(one: OfVersion) -> ReportTable:
    return ReportTable(
        title=f"Version {one.version}, {plural(one.rows, 'row')} that it served",
        columns=("Metric", "Value"),
        rows=_rows(one.figures),
    )


def _pair(one: Paired) -> ReportTable:
    names = [name for name in one.champion if name in one.rival]
    right = tuple((f"right: {who}", f"{rows:,}", "", "") for who, rows in one.right.items())
    agree = () if one.agreement is None else (("agree", f"{one.agreement:.1%}", "", ""),)
    return ReportTable(
        title=f"Version {one.rival_version} ({one.kind}) beside {one.champion_version}, "
        f"{plural(one.rows, 'row')}",
        columns=("Metric", "Champion", "Rival", "Rival minus champion"),
        rows=(
            *(
                (name, str(one.champion[name]), str(one.rival[name]), _said(one, name))
                for name in names
            ),
            *agree,
            *right,
        ),
    )


def _said(one: Paired, name: str) -> str:
    return str(one.difference[name]) if name in one.difference else "–"


def _rows(figures: Mapping[str, Interval]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in figures.items())


@describe.register
def judgement_page(record: Judgement) -> Page:
    """What follows from the labels."""
    return Page(
        headline=record.facts()[0],
        figures=(
            Figure(label="Outcome", value=record.outcome, note=" ".join(record.because)),
            Figure(label="Share of the keys", value=f"{record.share:.0%}"),
            Figure(label="Champion", value=f"version {record.champion_version}"),
        ),
        tables=(
            ReportTable(
                title="Nights to score again",
                columns=("Night",),
                rows=tuple((night,) for night in record.nights),
            ),
        ),
    )
