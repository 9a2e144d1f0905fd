"""Bounds of a figure: a limit of its own, or a margin to another figure."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from airlock.core.problems import Misplaced
from airlock.core.spec import Spec
from airlock.core.spelling import advice
from airlock.hooks.metrics import directions


def _known(metric: str) -> str:
    if metric not in directions():
        do = advice(metric, directions(), what="there are")
        raise Misplaced([((), f"metric must be one of {', '.join(directions())}", do)])
    return metric


Metric = Annotated[str, AfterValidator(_known)]


class Bound(Spec):
    """A metric's bound: the figure itself must lie within it, not only its interval."""

    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _says_something(self) -> Bound:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        return self


class NonInferiorityMargin(Spec):
    """Non-inferiority: with the evaluation's confidence, at most `margin` worse.

    Args:
        metric: which one.
        margin: in the metric's unit, 0 or more.
    """

    metric: Metric
    margin: float = Field(ge=0, allow_inf_nan=False)
