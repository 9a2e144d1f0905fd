"""Rules on what a candidate needs: time, size and money."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock.stages.gate.policy.bounds import Bound
from airlock.stages.gate.policy.limits import LimitsRule
from airlock.stages.gate.record import RuleVerdict
from airlock.stages.gate.rules.verdicts import bounded

if TYPE_CHECKING:
    from airlock.ledger import State
    from airlock.stages.gate.case import Case


def judge_limits(rule: LimitsRule, case: Case, _: State) -> Iterator[RuleVerdict]:
    """It is fast, small and cheap enough."""
    bundle_bytes = sum(file.bytes for file in case.training.result.data.files)
    limits = (
        (
            "latency",
            "The time to score 1,000 rows in milliseconds",
            rule.latency_ms_per_1000,
            case.speed.ms_per_1000 if case.speed else None,
        ),
        ("size", "The size of the bundle in MB", rule.bundle_mb, bundle_bytes / 1e6 or None),
        ("cost", "The cost of the training", rule.cost, case.cost),
    )
    for name, what, most, found in limits:
        if most is not None:
            value = math.nan if found is None else found
            yield bounded(f"limits: {name}", what, value, Bound(max=most))
