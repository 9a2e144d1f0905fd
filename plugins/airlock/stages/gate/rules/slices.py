"""Rules on slices of the holdout, judged by the worst slice."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from airlock.hooks.metrics import directions
from airlock.stages.gate.policy.bounds import Bound, NonInferiorityMargin
from airlock.stages.gate.policy.slices import SlicesRule
from airlock.stages.gate.record import RuleVerdict
from airlock.stages.gate.rules.verdicts import (
    bounded,
    compared,
    every_group,
    verdict,
    worst_of,
)

if TYPE_CHECKING:
    from airlock.ledger import State
    from airlock.stages.evaluate.record import Evaluation, Slice
    from airlock.stages.gate.case import Case


def judge_slices(rule: SlicesRule, case: Case, _: State) -> Iterator[RuleVerdict]:
    """The bounds hold on the worst slice, and so on all of them."""
    evaluation = case.evaluation.record
    wanted = (*rule.columns, *rule.bins)
    slices = [one for one in evaluation.slices if one.column in wanted]
    for column in wanted:
        if not any(one.column == column for one in slices):
            sentence = f"No slice of {column} with at least {rule.min_rows:,} rows was measured."
            yield verdict(f"slices: {column}", "cannot tell", sentence)
        yield from every_group(rule.every_group, "slices", column, evaluation)
    if not slices:
        return
    small = _small(wanted, evaluation)
    for metric, bound in rule.metrics.items():
        yield _worst(metric, bound, slices, small)
    for margin in rule.margins:
        yield _furthest(margin, slices, evaluation, small)


def _small(columns: Iterable[str], evaluation: Evaluation) -> str:
    """What no slice speaks of, to stand behind the name of one that does."""
    known = ((column, evaluation.left_out(column)) for column in columns)
    told = [f"{column}: {left.sentence}" for column, left in known if left and left.groups]
    return f" ({'; '.join(told)})" if told else ""


def _worst(metric: str, bound: Bound, slices: list[Slice], small: str) -> RuleVerdict:
    sign = 1 if directions()[metric] else -1

    def worth(one: Slice) -> float:
        found = one.candidate.get(metric, math.nan)
        return sign * found if math.isfinite(found) else -math.inf

    return worst_of(
        [
            bounded(
                f"slices: {metric}",
                f"{metric} on the worst slice, where {_where(one)},{small}",
                one.candidate.get(metric, math.nan),
                bound,
            )
            for one in sorted(slices, key=worth)
        ]
    )


def _furthest(
    margin: NonInferiorityMargin, slices: list[Slice], evaluation: Evaluation, small: str
) -> RuleVerdict:
    name = f"slices, champion: {margin.metric}"
    if not evaluation.champion:
        return verdict(name, "not applicable", _alone(evaluation))
    higher = directions()[margin.metric]

    def worth(one: Slice) -> float:
        found = one.difference.get(margin.metric)
        end = math.nan if found is None else found.low if higher else -found.high
        return end if math.isfinite(end) else -math.inf

    version = f"version {evaluation.champion_version}"
    return worst_of(
        [
            compared(
                name,
                margin,
                one.difference.get(margin.metric),
                version,
                f" where {_where(one)}{small}",
            )
            for one in sorted(slices, key=worth)
        ]
    )


def _alone(evaluation: Evaluation) -> str:
    """Why there is nothing to compare with. It is no pass: the rule `champion` cannot tell then."""
    if evaluation.champion_problem is None:
        return "There is no champion that could be compared with."
    return (
        f"No slice could be compared, since the champion could not be scored: "
        f"{evaluation.champion_problem} The rule on the champion decides."
    )


def _where(one: Slice) -> str:
    return f"{one.column} is {one.value} ({one.rows:,} rows)"
