"""What evaluate leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import TypeAdapter, ValidationError

from airlock.core.baselines import BaselineKind, baseline_name
from airlock.core.errors import Unverified
from airlock.engine.record import Record
from airlock.hooks.metrics import directions
from airlock.stages.evaluate.interval import Interval as Interval
from airlock.stages.evaluate.probed import Attacked as Attacked
from airlock.stages.evaluate.probed import Effect as Effect
from airlock.stages.evaluate.probed import Explained as Explained
from airlock.stages.search.record import SearchSummary

SPEED = "speed.json"
"""The sidecar with the `Speed`, in the report folder: no part of the evaluation's name."""

CURVES = "curves.json"
"""The sidecar with the `airlock.core.curves.Curves`, likewise."""


def pair_name(pair: tuple[str, str]) -> str:
    """What the groups of two columns together are called."""
    return f"{pair[0]} and {pair[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The rows with one value of a slice column, or within one of its bins.

    Args:
        value: the value, "24 to 48" (the upper end excluded), or "no value".
        difference: candidate minus champion, paired over the same resamples.
    """

    column: str
    value: str
    rows: int
    candidate: Mapping[str, float]
    champion: Mapping[str, float] | None
    difference: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """The groups of a column that are too small to speak about.

    Args:
        named: rows of each that is no single person's; a bound of its own, below that of the spec.
        groups: how many there are in all.
        rows: of all of them.
    """

    column: str
    named: Mapping[str, int]
    groups: int
    rows: int

    @property
    def sentence(self) -> str:
        """Which, and how large they are; "" if there is none."""
        if not self.groups:
            return ""
        told = [f"{value} ({rows:,} rows)" for value, rows in self.named.items()]
        if nameless := self.groups - len(self.named):
            rows = self.rows - sum(self.named.values())
            told.append(f"{nameless:,} more ({rows:,} rows)")
        return f"too small to judge, and left out: {', '.join(told)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """How alike the candidate treats the groups of a protected column; `metrics.fairness` defines.

    Args:
        positive: the label that counts as being selected.
        groups: rows of each group that is large enough to speak about.
        rates: share of each group that the candidate selects.
        figures: `demographic_parity`, `equal_opportunity`, `equalised_odds`,
            `disparate_impact` and `calibration_gap`; what is not defined is absent.
    """

    column: str
    positive: str
    groups: Mapping[str, int]
    rates: Mapping[str, float]
    figures: Mapping[str, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """The candidate on the same rows, made worse.

    Args:
        kind: `missing` blanks a share of every feature's cells; `noise` adds normal noise to its
            numbers.
        amount: the share, 0 to 1; or the noise in standard deviations of the column.
        difference: stressed minus unstressed, paired over the same resamples.
    """

    kind: Literal["missing", "noise"]
    amount: float
    difference: Mapping[str, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The last champion that a person approved, where it is another bundle than the champion's.

    Args:
        sequence: the ledger entry that made it champion.
        problem: why it could not be scored on tonight's rows; None if it could.
        difference: candidate minus this one, paired over the same resamples.
    """

    bundle: str
    version: int
    sequence: int
    problem: str | None
    difference: Mapping[str, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A model that costs nothing, fitted on the train fold by the candidate's columns.

    Args:
        rows: of the train fold that it learnt from.
        problem: why it could not be fitted; None if it could.
        figures: its metrics on the holdout.
        difference: candidate minus this one, paired over the same resamples.
    """

    kind: BaselineKind
    rows: int
    problem: str | None = None
    figures: Mapping[str, Interval] = field(default_factory=dict)
    difference: Mapping[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How fast the candidate scored a batch on the machine that evaluated it.

    Args:
        rows: of the batch.
        runs: after one to warm up.
        ms_per_1000: milliseconds for a thousand rows, preprocessing included; median of the runs.
    """

    rows: int
    runs: int
    ms_per_1000: float

    @property
    def rows_per_s(self) -> float:
        """The same as a rate."""
        return 1e6 / self.ms_per_1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(Record):
    """Candidate and champion on the same holdout rows.

    Args:
        rows: of the holdout fold.
        classes: rows per label; empty for regression.
        candidate_bundle: digest of the candidate's bundle.
        champion_bundle: digest of the champion's; None if there is no champion.
        champion_sequence: ledger entry that made the champion; 0 without one. The evaluation says
            nothing about any later champion.
        champion_problem: why the champion could not be scored on tonight's rows; None if it could.
        candidate: metrics of the candidate. A metric that is not defined is absent.
        champion: metrics of the champion.
        difference: candidate minus champion, paired over the same resamples.
        slices: those with enough rows.
        unjudged: what is left out of slices and groups, a column each; None in records from before
            it was told.
        baselines: what costs nothing, on the same rows; None in records from before they were
            fitted, which says nothing about the candidate.
        anchor: None if no person approved a champion, or the champion is that bundle.
        fairness: one for every protected column.
        stress: what was tried.
        bundle_bytes: size of the candidate's bundle; 0 in records from before it was measured.
        search: how the candidate's settings were chosen; None without a search.
        attacked: what attacks came to; None where none was asked for.
        explained: what it goes by; likewise.
    """

    stage: ClassVar[str] = "evaluate"
    later: ClassVar[frozenset[str]] = frozenset({"search", "attacked", "explained"})

    spec: str
    split: str
    rows: int
    classes: Mapping[str, int]
    candidate_bundle: str
    champion_bundle: str | None
    champion_version: int | None
    champion_sequence: int
    champion_problem: str | None
    candidate: Mapping[str, Interval]
    champion: Mapping[str, Interval]
    difference: Mapping[str, Interval]
    slices: tuple[Slice, ...]
    # Records of earlier versions do not have them.
    anchor: Anchor | None = None
    fairness: tuple[Fairness, ...] = ()
    stress: tuple[Stress, ...] = ()
    bundle_bytes: int = 0
    unjudged: tuple[Unjudged, ...] | None = None
    baselines: tuple[Baseline, ...] | None = None
    search: SearchSummary | None = None
    attacked: Attacked | None = None
    explained: Explained | None = None

    def baseline(self, kind: BaselineKind) -> Baseline | None:
        """One of them; None if nobody fitted it."""
        return next((one for one in self.baselines or () if one.kind == kind), None)

    def left_out(self, column: str) -> Unjudged | None:
        """The groups of a column that are too small; None if nobody knows."""
        return next((one for one in self.unjudged or () if one.column == column), None)

    def worst(self, metric: str) -> Slice | None:
        """The slice on which the candidate is worst by a metric; None if none was measured."""
        measured = [one for one in self.slices if metric in one.candidate]
        sign = 1 if directions()[metric] else -1
        return min(measured, key=lambda one: sign * one.candidate[metric], default=None)

    def facts(self) -> tuple[str, ...]:
        """The metrics of both."""
        metrics = ", ".join(f"{name} {value}" for name, value in self.candidate.items())
        rival = (
            f"Difference to champion version {self.champion_version}: "
            + ", ".join(f"{name} {value}" for name, value in self.difference.items())
            + "."
            if self.difference
            else self.champion_problem or "There is no champion yet."
        )
        measured = f"{self.rows:,} holdout rows: {metrics}."
        searched = (self.search.sentence,) if self.search else ()
        return (measured, *self._beside_baselines(), rival, *self._weak(), *searched)

    @property
    def task(self) -> str:
        """`classification` or `regression`."""
        return "classification" if self.classes else "regression"

    def _beside_baselines(self) -> tuple[str, ...]:
        """By the most telling metric, what is there for nothing."""
        metric = next((name for name in directions() if name in self.candidate), None)
        if not self.baselines or metric is None:
            return ()
        told = (
            f"{baseline_name(one.kind, self.task)} "
            + (f"{one.figures[metric]}" if metric in one.figures else f"none: {one.problem}")
            for one in self.baselines
        )
        return (f"For nothing, {metric}: {', '.join(told)}.",)

    def _weak(self) -> tuple[str, ...]:
        """The worst slice, by the most telling metric that was measured."""
        metric = next((name for name in directions() if name in self.candidate), None)
        slice_ = self.worst(metric) if metric else None
        if metric is None or slice_ is None:
            return ()
        return (
            f"Worst slice: {slice_.column} {slice_.value} ({slice_.rows:,} rows), "
            f"{metric} {slice_.candidate[metric]:.4f}.",
        )


def read_speed(report: Path) -> Speed | None:
    """The sidecar of an evaluation's report folder; None if nothing was timed.

    Raises:
        Unverified: it does not read as one.
    """
    path = report / SPEED
    if not path.is_file():
        return None
    try:
        return TypeAdapter(Speed).validate_json(path.read_bytes())
    except ValidationError:
        raise Unverified(
            f"The evaluation's {SPEED} does not read as one.", do="Recompute the run."
        ) from None
