"""Rules on the treatment of protected groups."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock.stages.evaluate.record import pair_name
from airlock.stages.gate.policy.fairness import FairnessRule
from airlock.stages.gate.record import RuleVerdict
from airlock.stages.gate.rules.verdicts import bounded, every_group, unmeasured

if TYPE_CHECKING:
    from airlock.ledger import State
    from airlock.stages.evaluate.record import Fairness, Interval
    from airlock.stages.gate.case import Case
    from airlock.stages.gate.policy.bounds import Bound

_WORDS = {
    "demographic_parity": "The demographic parity difference",
    "equal_opportunity": "The equal opportunity difference",
    "equalised_odds": "The equalised odds difference",
    "disparate_impact": "The disparate impact ratio",
    "calibration_gap": "The largest calibration gap within a group",
}


def judge_fairness(rule: FairnessRule, case: Case, _: State) -> Iterator[RuleVerdict]:
    """The groups of every protected column are treated alike enough."""
    evaluation = case.evaluation.record
    for column in (*rule.columns, *map(pair_name, rule.pairs)):
        yield from every_group(rule.every_group, "fairness", column, evaluation)
        found = next((one for one in evaluation.fairness if one.column == column), None)
        if found is None or rule.positive not in {None, found.positive}:
            yield unmeasured(f"fairness: {column}", f"The treatment of the groups of {column}")
            continue
        left = evaluation.left_out(column)
        small = f"; {left.sentence}" if left is not None and left.groups else ""
        for name, bound in rule.bounds.items():
            figure = found.figures.get(name)
            yield bounded(
                f"fairness: {column}, {name}",
                f"{_WORDS[name]} of {column} ({_rates(found)}{small})",
                _counting(figure, bound, sure=rule.sure),
                bound,
                figure,
            )


def _counting(figure: Interval | None, bound: Bound, *, sure: bool) -> float:
    """What must keep a bound: the figure, or the end of its interval that is nearer to it."""
    if figure is None:
        return math.nan
    if not sure:
        return figure.value
    return figure.high if bound.max is not None else figure.low


def _rates(found: Fairness) -> str:
    said = ", ".join(f"{group} {100 * rate:.1f} %" for group, rate in found.rates.items())
    return f"predicted {found.positive}: {said}" if said else "no group is large enough"
