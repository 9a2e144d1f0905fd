"""Policy section on stressed (degraded) rows."""

from __future__ import annotations

from pydantic import Field, model_validator

from airlock.core.spec import Spec
from airlock.stages.gate.policy.bounds import NonInferiorityMargin


class RobustnessRule(Spec):
    """How much the candidate may lose on rows made worse.

    Args:
        missing: share of every feature's cells that is blanked.
        noise: added to its numbers, in standard deviations.
        margins: by how much a metric may fall under either.
    """

    missing: float = Field(default=0, ge=0, le=1)
    noise: float = Field(default=0, ge=0, allow_inf_nan=False)
    margins: tuple[NonInferiorityMargin, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _tries_something(self) -> RobustnessRule:
        if not (self.missing or self.noise):
            raise ValueError("give missing, noise or both")
        return self
