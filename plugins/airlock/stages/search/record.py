"""What a search leaves behind: a record of each rung, and one of the whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import ClassVar

from airlock.core.search import Plain
from airlock.engine.record import Record
from airlock.hooks.metrics import directions

SPENT = "spent.json"
"""The report's file with the seconds of all trials so far: no function of the inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One training of a search.

    Args:
        number: of its settings, from 0; those are what the TrainSpec says itself.
        level: that it was trained on, from 0.
        sample: share of the train fold's rows that it learnt from.
        score: by the search's metric on the validation fold; None if it could not be trained.
        bundle: digest of what it made; None without a score.
    """

    number: int
    level: int
    settings: Mapping[str, Plain]
    sample: float
    score: float | None
    bundle: str | None


def best_first(trials: Iterable[Trial], metric: str) -> list[Trial]:
    """Those that were trained, the best first; of equals the one that was proposed first."""
    sign = -1 if directions()[metric] else 1
    known = [(sign * one.score, one.number, one) for one in trials if one.score is not None]
    return [one for _, _, one in sorted(known, key=lambda each: each[:2])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung(Record):
    """What is tried at once, and what was tried before.

    Args:
        search: digest of the search.
        step: which rung, from 0.
        level: from 0; on a higher one trials learn from more rows.
        sample: share of the train fold's rows.
        metric: by which trials are compared; None before anything was trained.
        numbers: of the settings that are tried, in the order of the tasks.
        settings: of these.
        told: all trials before.
        spent: whether the budget was used up by now, so that less is tried than was asked for.
    """

    stage: ClassVar[str] = "rung"

    search: str
    step: int
    level: int
    sample: float
    metric: str | None
    numbers: tuple[int, ...]
    settings: tuple[Mapping[str, Plain], ...]
    told: tuple[Trial, ...]
    spent: bool = False

    def facts(self) -> tuple[str, ...]:
        """How many, on how much."""
        if not self.numbers:
            return ("The budget of the search is used up: nothing more is tried.",)
        tried = f"{len(self.numbers)} settings are tried on {100 * self.sample:.3g} % of the rows."
        return (tried, *(("The budget is used up: only the best goes on.",) if self.spent else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far the trials of the first level are apart, which all learnt from as many rows.

    Args:
        usual: of the TrainSpec as it stands; None if it could not be trained.
        rows: share of the train fold's rows.
    """

    best: float
    median: float
    worst: float
    usual: float | None
    rows: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched(Record):
    """What was tried, and what is trained.

    Args:
        search: digest of the search.
        sampler: who proposed.
        asked: trials that were asked for.
        metric: of the validation fold, by which they were compared. The holdout was not read.
        trials: all of them, a setting once for each level that it reached.
        winner: number of the settings that are trained.
        settings: those.
        spent: whether the budget ended it early.
        importance: share of the first level's spread that goes with each hyperparameter alone;
            empty where too few were trained to say.
    """

    stage: ClassVar[str] = "search"

    search: str
    sampler: str
    asked: int
    metric: str
    trials: tuple[Trial, ...]
    winner: int
    settings: Mapping[str, Plain]
    spent: bool = False
    importance: Mapping[str, float] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        """How many settings were."""
        return len({one.number for one in self.trials})

    @property
    def failed(self) -> int:
        """How many settings could not be trained."""
        return len({one.number for one in self.trials if one.score is None})

    @property
    def first(self) -> list[Trial]:
        """The trials of the first level that were trained, the best first."""
        return best_first((one for one in self.trials if one.level == 0), self.metric)

    @property
    def final(self) -> list[Trial]:
        """The trials on most rows, the best first: its first is the winner."""
        last = max(one.level for one in self.trials if one.score is not None)
        return best_first((one for one in self.trials if one.level == last), self.metric)

    @property
    def spread(self) -> Spread:
        """Of the first level."""
        ranked = self.first
        scores = [one.score for one in ranked if one.score is not None]
        return Spread(
            best=scores[0],
            median=median(scores),
            worst=scores[-1],
            usual=next((one.score for one in ranked if one.number == 0), None),
            rows=ranked[0].sample,
        )

    def facts(self) -> tuple[str, ...]:
        """How many were tried, how far apart they are, and what won."""
        spread = self.spread
        said = ", ".join(f"{name}={value}" for name, value in self.settings.items())
        failed = f", {self.failed} of which could not be trained" if self.failed else ""
        return (
            f"{self.tried} settings were tried{failed}; validation {self.metric} from "
            f"{spread.worst:.4f} to {spread.best:.4f}, median {spread.median:.4f}, on "
            f"{100 * spread.rows:.3g} % of the rows.",
            f"Setting {self.winner} is trained: {said or 'the TrainSpec as it stands'}.",
            *(("The budget ended the search early.",) if self.spent else ()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSummary:
    """How the candidate's settings were chosen, on the validation fold.

    Args:
        content: of the search's result.
        tried: settings.
        failed: how many of them could not be trained.
        metric: by which they were compared.
        best, median, worst: of those that were trained on the first level, on so large a share of
            the rows (`rows`).
        usual: of the TrainSpec as it stands, likewise; None if it could not be trained.
        winner: by the metric, on the last level.
        settings: that won.
        spent: whether the budget ended it early.
    """

    content: str
    tried: int
    failed: int
    metric: str
    best: float
    median: float
    worst: float
    usual: float | None
    rows: float
    winner: float
    settings: Mapping[str, Plain]
    spent: bool = False

    @property
    def sentence(self) -> str:
        """How many were tried, and how far they are apart."""
        failed = f" ({self.failed} could not be trained)" if self.failed else ""
        return (
            f"Its settings are the best of {self.tried} tried{failed} by validation {self.metric}: "
            f"{self.worst:.4f} to {self.best:.4f}, median {self.median:.4f}, on "
            f"{100 * self.rows:.3g} % of the rows."
        )


def summary_of(searched: Searched, content: str) -> SearchSummary:
    """What an evaluation says of the search behind its candidate.

    Args:
        content: of the search's result.
    """
    spread = searched.spread
    return SearchSummary(
        content=content,
        tried=searched.tried,
        failed=searched.failed,
        metric=searched.metric,
        best=spread.best,
        median=spread.median,
        worst=spread.worst,
        usual=spread.usual,
        rows=spread.rows,
        winner=searched.final[0].score or 0.0,
        settings=searched.settings,
        spent=searched.spent,
    )
