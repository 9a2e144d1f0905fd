"""How the threshold between two classes is chosen."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from airlock.core.spec import Spec


class Costs(Spec):
    """What a wrong decision costs, in any unit.

    Args:
        false_positive: of a row that is decided as positive, and is not.
        false_negative: of a positive row that is not decided as such.
    """

    false_positive: float = Field(gt=0, le=1e12)
    false_negative: float = Field(gt=0, le=1e12)


class ThresholdSpec(Spec):
    """How the threshold of two classes is chosen on the validation fold; one of three.

    Args:
        costs: where all wrong decisions together cost least.
        precision: the lowest one at which so many of those decided as positive are.
        recall: the highest one at which so many of the positive are decided as such.
    """

    costs: Costs | None = None
    precision: float | None = Field(default=None, gt=0, lt=1)
    recall: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.costs, self.precision, self.recall)) != 1:
            raise ValueError("a threshold has costs, precision, or recall: one of them")
        return self
