"""Rule that compares the candidate with the baselines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock.core.baselines import baseline_name
from airlock.stages.gate.policy.baseline import BaselineRule
from airlock.stages.gate.policy.bounds import NonInferiorityMargin
from airlock.stages.gate.record import RuleVerdict
from airlock.stages.gate.rules.verdicts import compared, verdict

if TYPE_CHECKING:
    from airlock.ledger import State
    from airlock.stages.gate.case import Case

_METRIC = {"classification": "auroc", "regression": "r2"}


def judge_baseline(rule: BaselineRule, case: Case, _: State) -> Iterator[RuleVerdict]:
    """With the evaluation's confidence, the candidate is at most a margin worse than each."""
    evaluation, task = case.evaluation.record, case.training.record.task
    margin = NonInferiorityMargin(metric=rule.metric or _METRIC[task], margin=rule.margin)
    for kind in rule.against:
        name, called = f"baseline: {kind}", baseline_name(kind, task)
        found = evaluation.baseline(kind)
        if found is not None and found.problem is not None:
            sentence = f"The {called} is not there to compare with: {found.problem}."
            yield verdict(name, "cannot tell", sentence)
        else:
            difference = found.difference.get(margin.metric) if found else None
            yield compared(name, margin, difference, f"the {called}")
