"""Rules on attacks against the candidate."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from airlock.stages.evaluate.record import Attacked
from airlock.stages.gate.policy.attacks import AttacksRule
from airlock.stages.gate.policy.bounds import Bound
from airlock.stages.gate.record import RuleVerdict
from airlock.stages.gate.rules.verdicts import bounded, unmeasured, verdict

if TYPE_CHECKING:
    from airlock.ledger import State
    from airlock.stages.gate.case import Case


def judge_attacks(rule: AttacksRule, case: Case, _: State) -> Iterator[RuleVerdict]:
    """No attack comes to more than the policy allows."""
    found = case.evaluation.record.attacked
    if found is None:
        yield unmeasured("attacks", "What attacks on the candidate come to")
        return
    for name, what, interval, most in (
        (
            "membership",
            "The AUC of telling rows of the training from others",
            found.membership,
            rule.membership,
        ),
        (
            "flips",
            "The share of rows that a small move decides otherwise",
            found.flips,
            rule.flips,
        ),
    ):
        if most is not None:
            bound = Bound(max=most)
            yield bounded(f"attacks: {name}", what, interval.value, bound, interval)
    for name, told, drops, most in (
        ("lost_column", "without {}", found.lost, rule.lost_column),
        ("units", "where {}", found.shifted, rule.units),
    ):
        if most is not None:
            yield _worst(f"attacks: {name}", found.metric, told, drops, most)


def _worst(
    rule: str, metric: str, told: str, drops: Mapping[str, float | None], most: float
) -> RuleVerdict:
    """The drop that hurts most; one without a value could be anything."""
    worst = Attacked.worst(drops)
    if worst is None:
        return verdict(rule, "not applicable", "There is no column of which it could be tried.")
    name, drop = worst
    value = math.nan if drop is None else drop
    return bounded(rule, f"The loss of {metric} {told.format(name)}", value, Bound(max=most))
