"""What a policy of high risk must demand, and an evaluation must hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock.stages.gate.record import RuleVerdict
from airlock.stages.gate.rules.verdicts import verdict
from airlock.stages.gate.spec import Policy

if TYPE_CHECKING:
    from airlock.stages.gate.case import Case


def judge_risk(policy: Policy, case: Case) -> Iterator[RuleVerdict]:
    """Every section is there: what nobody asked for was not shown."""
    if policy.risk is None:
        return
    classes = case.training.record.task == "classification"
    missing = policy.missing_for_risk(classes=classes)
    for key in missing:
        sentence = f"The policy says risk: {policy.risk}, and asks nothing in its section {key}."
        yield verdict(f"risk: {key}", "cannot tell", sentence)
    if case.evaluation.record.explained is None:
        sentence = "What the candidate goes by was not measured, and its risk is high."
        yield verdict("risk: explained", "cannot tell", sentence)
    elif not missing:
        sentence = f"The policy asks for all that risk: {policy.risk} demands."
        yield verdict("risk", "pass", sentence)
