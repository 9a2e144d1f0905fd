"""The page of a search: what was tried, how far apart it came out, and what mattered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from airlock.core.quoting import html as escape
from airlock.core.search import SearchSpec, Values
from airlock.reports.content import (
    Bar,
    Cell,
    Figure,
    Name,
    Page,
    ReportTable,
    contents_table,
    describe,
    plural,
)
from airlock.reports.estimates import WORDS
from airlock.reports.page import write_page
from airlock.stages.search.record import Rung, Searched, SearchSummary, Trial, best_first

_HEIGHT, _TOP, _BOTTOM, _EDGE, _APART = 260, 26, 40, 70, 130
_STRENGTHS = (0.7, 0.15)  # opacity of the best and of the worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Every trial as a line over one axis a hyperparameter, and one for the score.

    Args:
        search: which says where a value lies.
        trials: of one level, the best first; those with a value on every axis.
        winner: number of the settings that are drawn in colour.
    """

    title: str
    search: SearchSpec
    trials: tuple[Trial, ...]
    winner: int
    metric: str
    kind: ClassVar[str] = "chart"

    @property
    def names(self) -> list[str]:
        """Of the axes, without that of the score."""
        return sorted(self.search.space)

    @property
    def words(self) -> str:
        """The same for whoever does not see it: the best and the worst."""
        best, worst = self.trials[0], self.trials[-1]
        return f"{self.title}; {_told(best, self.metric)}; {_told(worst, self.metric)}"

    @property
    def width(self) -> int:
        """In pixels."""
        return 2 * _EDGE + _APART * len(self.names)

    @property
    def height(self) -> int:
        """In pixels."""
        return _HEIGHT

    @property
    def inner(self) -> str:
        """What stands inside the SVG element; nothing in it is left unescaped."""
        strong, weak = _STRENGTHS
        count = max(len(self.trials) - 1, 1)
        # The best last, over all others.
        drawn = [
            f'<path class="line third" opacity="{strong + (weak - strong) * at / count:.2f}" '
            f'd="{self._path(one)}"/>'
            for at, one in reversed(list(enumerate(self.trials)))
            if one.number != self.winner
        ]
        won = [one for one in self.trials if one.number == self.winner]
        drawn += [f'<path class="line first" d="{self._path(one)}"/>' for one in won]
        return "".join((*self._axes(), *drawn))

    def _axes(self) -> list[str]:
        low, high = self._scores
        ends = [*(_ends(self.search.space[name]) for name in self.names), (low, high)]
        titles = [*self.names, WORDS.get(self.metric, self.metric)]
        drawn = []
        for at, (title, (bottom, top)) in enumerate(zip(titles, ends, strict=True)):
            x = _EDGE + at * _APART
            drawn.append(
                f'<path class="axis" d="M{x} {_TOP}V{_HEIGHT - _BOTTOM}"/>'
                f'<text x="{x}" y="{_TOP - 8}" text-anchor="middle">{escape(_short(top))}</text>'
                f'<text x="{x}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">'
                f"{escape(_short(bottom))}</text>"
                f'<text x="{x}" y="{_HEIGHT - 6}" text-anchor="middle">'
                f"{escape(title[:22])}</text>"
            )
        return drawn

    @property
    def _scores(self) -> tuple[float, float]:
        known = [one.score for one in self.trials if one.score is not None]
        return min(known), max(known)

    def _path(self, one: Trial) -> str:
        low, high = self._scores
        assert one.score is not None
        shares = [self.search.space[name].share(one.settings[name]) for name in self.names]
        shares.append((one.score - low) / (high - low) if high > low else 0.5)
        points = [
            f"{_EDGE + at * _APART} {_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM):.1f}"
            for at, share in enumerate(shares)
        ]
        return "M" + "L".join(points)


def _told(one: Trial, metric: str) -> str:
    said = ", ".join(f"{name} {value}" for name, value in sorted(one.settings.items()))
    return f"{said} came to {metric} {one.score:.4f}"


def _ends(values: Values) -> tuple[object, object]:
    return values.ends[0], values.ends[-1]


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)[:12]


@describe.register
def searched_page(record: Searched) -> Page:
    """What was tried, and what won."""
    spread, word = record.spread, WORDS.get(record.metric, record.metric)
    won = record.final[0].score or 0.0
    figures = [
        Figure(
            label="Settings tried",
            value=f"{record.tried}",
            note=f"{record.failed} could not be trained" if record.failed else "all were trained",
        ),
        Figure(label="The winner", value=f"{won:.4f}", note=f"{word} on the validation fold"),
        Figure(
            label="Spread",
            value=f"{abs(spread.best - spread.worst):.4f}",
            note=f"{spread.worst:.4f} to {spread.best:.4f} on {100 * spread.rows:.3g} % of rows",
        ),
    ]
    usual = next((one.score for one in record.final if one.number == 0), None)
    if usual is not None:
        figures.append(
            Figure(label="To the TrainSpec as it stands", value=f"{won - usual:+.4f}", note=word)
        )
    return Page(
        headline=f"{plural(record.tried, 'setting')} tried, number {record.winner} is trained",
        figures=tuple(figures),
        tables=(*_importance(record), *_levels(record), contents_table(search=record.search)),
    )


@describe.register
def rung_page(record: Rung) -> Page:
    """What is tried at once."""
    names = sorted({name for one in record.settings for name in one})
    return Page(
        headline=f"{plural(len(record.numbers), 'setting')} on {100 * record.sample:.3g} % of rows",
        tables=(
            ReportTable(
                title="What is tried",
                columns=("#Setting", *names),
                rows=tuple(
                    (str(number), *(_value(one.get(name)) for name in names))
                    for number, one in zip(record.numbers, record.settings, strict=True)
                ),
                note="Setting 0 is the TrainSpec as it stands.",
            ),
            contents_table(search=record.search),
        ),
    )


def write_search(record: Searched, search: SearchSpec, into: Path) -> None:
    """Write the page with the trials drawn side by side; the record does not hold the ranges."""
    page = describe(record)
    whole = [one for one in record.first if search.space.keys() <= one.settings.keys()]
    charts: tuple[Parallel, ...] = ()
    if len(whole) > 1:
        charts = (
            Parallel(
                title="Trials of the first level",
                search=search,
                trials=tuple(whole),
                winner=record.winner,
                metric=record.metric,
            ),
        )
    note = "A line is a trial; the winner is in colour, the fainter the worse."
    write_page(
        record,
        replace(page, charts=charts, charts_title="What was tried", charts_note=note),
        into,
    )


def _importance(record: Searched) -> tuple[ReportTable, ...]:
    if not record.importance:
        return ()
    ranked = sorted(record.importance.items(), key=lambda each: (-each[1], each[0]))
    return (
        ReportTable(
            title="What mattered",
            columns=("Hyperparameter", "Share of the spread"),
            rows=tuple((Name(name), Bar(share, f"{100 * share:.0f} %")) for name, share in ranked),
            note="Of the first level's scores, by thirds of each range; what so many trials would "
            "show by chance is taken off. What several do only together is in none of them.",
        ),
    )


def _levels(record: Searched) -> Sequence[ReportTable]:
    found = []
    for level in sorted({one.level for one in record.trials}, reverse=True):
        trials = [one for one in record.trials if one.level == level]
        ranked = best_first(trials, record.metric)
        names = sorted({name for one in trials for name in one.settings})
        rows: list[tuple[Cell, ...]] = [
            (
                str(one.number),
                *(_value(one.settings.get(name)) for name in names),
                f"{one.score:.4f}" if one.score is not None else "could not be trained",
            )
            for one in (*ranked, *(one for one in trials if one.score is None))
        ]
        found.append(
            ReportTable(
                title=f"Level {level + 1}: {100 * trials[0].sample:.3g} % of the rows",
                columns=("#Setting", *names, f"#{WORDS.get(record.metric, record.metric)}"),
                rows=tuple(rows),
                note="On the validation fold, the best first; the holdout was not read.",
            )
        )
    return found


def _value(value: object) -> str:
    return "as it stands" if value is None else str(value)


def search_tables(search: SearchSummary | None) -> tuple[ReportTable, ...]:
    """What evaluation and card say of it."""
    if search is None:
        return ()
    word = WORDS.get(search.metric, search.metric)
    said = ", ".join(f"{name}={value}" for name, value in sorted(search.settings.items()))
    failed = f"; {search.failed} could not be trained" if search.failed else ""
    usual = f", as it stands {search.usual:.4f}" if search.usual is not None else ""
    return (
        ReportTable(
            title="How its settings were chosen",
            columns=("", "What it is"),
            rows=(
                ("Settings tried", f"{search.tried}{failed}"),
                (
                    f"Spread of {word}",
                    f"{search.worst:.4f} to {search.best:.4f}, median {search.median:.4f}{usual}; "
                    f"on {100 * search.rows:.3g} % of the rows",
                ),
                ("The winner", f"{search.winner:.4f}: {said or 'the TrainSpec as it stands'}"),
            ),
            note="On the validation fold alone. The more settings are tried, the more the best of "
            "them owes to chance there: the holdout's figures are the ones that count.",
        ),
    )
