"""Policy section on slices of the holdout."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, model_validator

from airlock.core.spec import Edges, Spec
from airlock.stages.gate.policy.bounds import Bound, Metric, NonInferiorityMargin


class SlicesRule(Spec):
    """What must hold on every slice, and so on the worst.

    Args:
        columns: whose values are slices.
        bins: columns of numbers, and the rising edges at which they are cut.
        min_rows: smaller slices are left out; that none of a column is left cannot tell.
        metrics: bounds that the worst slice must keep.
        margins: how much worse than the champion the candidate may be on any slice.
    """

    columns: tuple[str, ...] = ()
    bins: Mapping[str, Edges] = Field(default_factory=dict)
    min_rows: int = Field(default=100, ge=1)
    metrics: Mapping[Metric, Bound] = Field(default_factory=dict)
    margins: tuple[NonInferiorityMargin, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> SlicesRule:
        if not (self.columns or self.bins):
            raise ValueError("name columns, bins or both")
        if not (self.metrics or self.margins):
            raise ValueError("demand metrics, margins or both")
        return self
