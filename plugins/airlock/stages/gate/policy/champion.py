"""Policy section on the comparison with champions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from airlock.core.spec import Spec
from airlock.stages.gate.policy.bounds import NonInferiorityMargin


class ChampionRule(Spec):
    """What holds against the champion, and against the last one that a person approved.

    Args:
        margins: the comparisons. A list in the place of the whole rule stands for these.
        unreadable: what becomes of a candidate where the champion cannot be scored on tonight's
            rows, because their schema, the target or the split is another: `reject`, or ask people
            (`approval`); the bounds for a first champion apply then.
    """

    margins: tuple[NonInferiorityMargin, ...] = Field(min_length=1)
    unreadable: Literal["reject", "approval"] = "reject"
