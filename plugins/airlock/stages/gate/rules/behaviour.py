"""The rules on how a candidate behaves: on slices, between groups, under stress, and its needs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock.stages.evaluate.record import HIGHER_IS_BETTER
from airlock.stages.gate.record import Ruling
from airlock.stages.gate.rules.verdicts import bounded, compared, ruling, unmeasured, worst_of
from airlock.stages.gate.spec import (
    Bound,
    FairnessRule,
    LimitsRule,
    Margin,
    RobustnessRule,
    SlicesRule,
)

if TYPE_CHECKING:
    from airlock.stages.evaluate.record import Evaluation, Fairness, Slice, Speed

_WORDS = {
    "demographic_parity": "The demographic parity difference",
    "equal_opportunity": "The equal opportunity difference",
    "disparate_impact": "The disparate impact ratio",
}


def on_every_slice(rule: SlicesRule, evaluation: Evaluation) -> Iterator[Ruling]:
    """The bounds hold on the worst slice, and so on all of them."""
    wanted = (*rule.columns, *rule.bins)
    slices = [one for one in evaluation.slices if one.column in wanted]
    for column in wanted:
        if not any(one.column == column for one in slices):
            sentence = f"No slice of {column} with at least {rule.min_rows:,} rows was measured."
            yield ruling(f"slices: {column}", "cannot tell", sentence)
    if not slices:
        return
    for metric, bound in rule.metrics.items():
        yield _worst(metric, bound, slices)
    for margin in rule.margins:
        yield _furthest(margin, slices, evaluation)


def _worst(metric: str, bound: Bound, slices: list[Slice]) -> Ruling:
    sign = 1 if HIGHER_IS_BETTER[metric] else -1

    def worth(one: Slice) -> float:
        found = one.candidate.get(metric, math.nan)
        return sign * found if math.isfinite(found) else -math.inf

    return worst_of(
        [
            bounded(
                f"slices: {metric}",
                f"{metric} on the worst slice, where {_where(one)},",
                one.candidate.get(metric, math.nan),
                bound,
            )
            for one in sorted(slices, key=worth)
        ]
    )


def _furthest(margin: Margin, slices: list[Slice], evaluation: Evaluation) -> Ruling:
    name = f"slices, champion: {margin.metric}"
    if not evaluation.champion:
        return ruling(name, "not applicable", "There is no champion that could be compared with.")
    higher = HIGHER_IS_BETTER[margin.metric]

    def worth(one: Slice) -> float:
        found = one.difference.get(margin.metric)
        end = math.nan if found is None else found.low if higher else -found.high
        return end if math.isfinite(end) else -math.inf

    version = f"version {evaluation.champion_version}"
    return worst_of(
        [
            compared(
                name, margin, one.difference.get(margin.metric), version, f" where {_where(one)}"
            )
            for one in sorted(slices, key=worth)
        ]
    )


def _where(one: Slice) -> str:
    return f"{one.column} is {one.value} ({one.rows:,} rows)"


def treats_alike(rule: FairnessRule, evaluation: Evaluation) -> Iterator[Ruling]:
    """The groups of every protected column are treated alike enough."""
    for column in rule.columns:
        found = next((one for one in evaluation.fairness if one.column == column), None)
        if found is None or rule.positive not in {None, found.positive}:
            yield unmeasured(f"fairness: {column}", f"The treatment of the groups of {column}")
            continue
        for name, bound in rule.bounds.items():
            figure = found.figures.get(name)
            yield bounded(
                f"fairness: {column}, {name}",
                f"{_WORDS[name]} of {column} ({_rates(found)})",
                figure.value if figure else math.nan,
                bound,
                figure,
            )


def _rates(found: Fairness) -> str:
    said = ", ".join(f"{group} {100 * rate:.1f} %" for group, rate in found.rates.items())
    return f"predicted {found.positive}: {said}" if said else "no group is large enough"


def stays_upright(rule: RobustnessRule, evaluation: Evaluation) -> Iterator[Ruling]:
    """The metrics do not fall too far on rows made worse."""
    for kind, amount in (("missing", rule.missing), ("noise", rule.noise)):
        if not amount:
            continue
        tried = (one for one in evaluation.stress if (one.kind, one.amount) == (kind, amount))
        found = next(tried, None)
        share = (
            f"{100 * amount:g} % of the cells missing" if kind == "missing" else f"noise {amount:g}"
        )
        for margin in rule.margins:
            yield compared(
                f"robustness: {kind}, {margin.metric}",
                margin,
                found.difference.get(margin.metric) if found else None,
                "itself on the rows as they are",
                f" with {share}",
            )


def within_limits(
    rule: LimitsRule, *, bundle_bytes: int, speed: Speed | None, cost: float | None
) -> Iterator[Ruling]:
    """It is fast, small and cheap enough."""
    limits = (
        (
            "latency",
            "The time to score 1,000 rows in milliseconds",
            rule.latency_ms_per_1000,
            speed.ms_per_1000 if speed else None,
        ),
        ("size", "The size of the bundle in MB", rule.bundle_mb, bundle_bytes / 1e6 or None),
        ("cost", "The cost of the training", rule.cost, cost),
    )
    for name, what, most, found in limits:
        if most is not None:
            value = math.nan if found is None else found
            yield bounded(f"limits: {name}", what, value, Bound(max=most))
