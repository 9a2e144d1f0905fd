"""Rules on stressed (degraded) rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock.stages.gate.policy.robustness import RobustnessRule
from airlock.stages.gate.record import RuleVerdict
from airlock.stages.gate.rules.verdicts import compared

if TYPE_CHECKING:
    from airlock.ledger import State
    from airlock.stages.gate.case import Case


def judge_robustness(rule: RobustnessRule, case: Case, _: State) -> Iterator[RuleVerdict]:
    """The metrics do not fall too far on rows made worse."""
    evaluation = case.evaluation.record
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
