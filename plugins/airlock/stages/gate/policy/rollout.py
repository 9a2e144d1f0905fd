"""Policy section on canaries: how a candidate's share grows, and what ends it."""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field, model_validator

from airlock.core.spec import Spec
from airlock.stages.gate.policy.bounds import Metric


class CanaryRule(Spec):
    """How a candidate proves itself on labels that came after its predictions.

    Args:
        steps: shares of the keys, rising to 1; the step to 1 makes it champion.
        nights: labelled nights that a step must last.
        min_labelled: rows with a label that a step must have seen; fewer hold it.
        metric: which one is compared.
        margin: by how much it may be worse than the champion, in the metric's unit.
        worst: the figure must not be worse than this, whatever the champion's is; None to leave
            it to the comparison.
    """

    steps: tuple[float, ...] = (0.05, 0.25, 1.0)
    nights: int = Field(default=1, ge=1)
    min_labelled: int = Field(default=500, ge=1)
    metric: Metric
    margin: float = Field(ge=0, allow_inf_nan=False)
    worst: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _steps_rise_to_all(self) -> CanaryRule:
        rising = all(low < high for low, high in pairwise((0.0, *self.steps)))
        if len(self.steps) < 2 or not rising or self.steps[-1] != 1:
            raise ValueError("steps must rise from above 0 to 1, with one at least before it")
        return self
