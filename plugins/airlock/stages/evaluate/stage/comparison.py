"""Computes every figure of an evaluation, over the same resamples."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.core import metrics
from airlock.core.baselines import BaselineKind
from airlock.core.errors import SpecError
from airlock.stages.evaluate.record import Fairness, Interval, Slice
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evaluate.stage import groups
from airlock.stages.evaluate.stage.bootstrap import (
    Figures,
    Floats,
    Measure,
    Predictions,
    Sampled,
    sampled,
)
from airlock.stages.evaluate.stage.groups import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredHoldout:
    """What the models said about the same rows.

    Args:
        champion: None without one, or if it could not be scored.
        anchor: the last champion that a person approved, likewise.
        stressed: the candidate on rows made worse, by the kind of stress.
        baselines: what costs nothing, by its kind.
    """

    candidate: Predictions
    champion: Predictions | None = None
    anchor: Predictions | None = None
    stressed: Mapping[str, Predictions] = field(default_factory=dict)
    baselines: Mapping[BaselineKind, Predictions] = field(default_factory=dict)

    @property
    def models(self) -> dict[str, Predictions]:
        """Those that could be scored."""
        every = {"candidate": self.candidate, "champion": self.champion, "anchor": self.anchor}
        return {name: one for name, one in every.items() if one is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figured:
    """The metrics of a baseline, and the candidate's minus them."""

    figures: Mapping[str, Interval]
    difference: Mapping[str, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The figures of an `Evaluation`; all empty where there are no rows."""

    candidate: Mapping[str, Interval] = field(default_factory=dict)
    champion: Mapping[str, Interval] = field(default_factory=dict)
    difference: Mapping[str, Interval] = field(default_factory=dict)
    anchored: Mapping[str, Interval] = field(default_factory=dict)
    slices: tuple[Slice, ...] = ()
    fairness: tuple[Fairness, ...] = ()
    stressed: Mapping[str, Mapping[str, Interval]] = field(default_factory=dict)
    baselines: Mapping[BaselineKind, Figured] = field(default_factory=dict)


def compare(
    scored: ScoredHoldout,
    holdout: pd.DataFrame,
    spec: EvaluateSpec,
    *,
    entity: str,
    classes: Sequence[str],
) -> Comparison:
    """Measure the models, overall and per slice; the groups; and the candidate under stress.

    Args:
        entity: column that names whom a row is about.
        classes: labels in the order of the scores; empty for a regression.

    Raises:
        SpecError: the positive label is none of the classes.
    """
    if holdout.empty:
        return Comparison()
    cuts = list(groups.slices(holdout, spec))
    guarded = groups.guarded(holdout, spec) if classes else {}
    selects = _label(spec, classes) if guarded else 0
    measures: dict[Hashable, Measure] = {
        **{name: one.measured for name, one in scored.models.items()},
        **{("stress", kind): one.measured for kind, one in scored.stressed.items()},
        **{("baseline", kind): one.measured for kind, one in scored.baselines.items()},
        **{
            (at, name): _within(scored.models[name], cut)
            for at, cut in enumerate(cuts)
            for name in ("candidate", "champion")
            if name in scored.models
        },
        **{
            ("groups", column): _fairness(scored.candidate, found, selects)
            for column, found in guarded.items()
        },
    }
    found = sampled(measures, holdout[entity], spec)
    ours, sure = found["candidate"], spec.confidence
    return Comparison(
        candidate=ours.intervals(sure),
        champion=found["champion"].intervals(sure) if "champion" in found else {},
        difference=ours.minus(found["champion"]).intervals(sure) if "champion" in found else {},
        anchored=ours.minus(found["anchor"]).intervals(sure) if "anchor" in found else {},
        slices=tuple(
            _slice(cut, found[at, "candidate"], found.get((at, "champion")), sure)
            for at, cut in enumerate(cuts)
        ),
        fairness=tuple(
            Fairness(
                column=column,
                positive=classes[selects],
                groups={group.value: len(group.rows) for group in found_groups},
                rates=_rates(scored.candidate, found_groups, selects),
                figures=found["groups", column].intervals(sure),
            )
            for column, found_groups in guarded.items()
        ),
        stressed={
            kind: found["stress", kind].minus(ours).intervals(sure) for kind in scored.stressed
        },
        baselines={
            kind: Figured(
                figures=found["baseline", kind].intervals(sure),
                difference=ours.minus(found["baseline", kind]).intervals(sure),
            )
            for kind in scored.baselines
        },
    )


def _within(predictions: Predictions, cut: Group) -> Measure:
    some = predictions.of(cut.rows)
    return lambda weights: some.measured(weights[:, cut.rows])


def _slice(cut: Group, ours: Sampled, theirs: Sampled | None, confidence: float) -> Slice:
    return Slice(
        column=cut.column,
        value=cut.value,
        rows=len(cut.rows),
        candidate=ours.plain(),
        champion=theirs.plain() if theirs else None,
        difference=ours.minus(theirs).intervals(confidence) if theirs else {},
    )


def _label(spec: EvaluateSpec, classes: Sequence[str]) -> int:
    wanted = classes[-1] if spec.positive is None else spec.positive
    if wanted not in classes:
        raise SpecError(
            "The positive label of the fairness rules is none of the model's classes, which are "
            f"{', '.join(classes)}.",
            do="Write one of them as fairness.positive in the policy, in quotes.",
        )
    return list(classes).index(wanted)


def _fairness(predictions: Predictions, found: Sequence[Group], selects: int) -> Measure:
    codes = np.full(len(predictions.truth), -1, dtype=np.int64)
    for at, group in enumerate(found):
        codes[group.rows] = at
    selected = _selected(predictions, selects)
    positive: NDArray[np.bool_] = predictions.truth == selects
    shares = predictions.scores[:, selects]

    def measure(weights: Floats) -> Figures:
        return metrics.fairness(codes, selected, positive, weights, shares=shares)

    return measure


def _rates(predictions: Predictions, found: Sequence[Group], selects: int) -> dict[str, float]:
    selected = _selected(predictions, selects)
    return {group.value: float(selected[group.rows].mean()) for group in found}


def _selected(predictions: Predictions, selects: int) -> NDArray[np.bool_]:
    if predictions.chosen is not None:
        # Where a threshold decides, it says who is selected, and not what is most likely.
        last = predictions.scores.shape[1] - 1
        return predictions.chosen if selects == last else ~predictions.chosen
    chosen: NDArray[np.bool_] = predictions.scores.argmax(axis=1) == selects
    return chosen
