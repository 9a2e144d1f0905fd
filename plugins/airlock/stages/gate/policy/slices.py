"""Policy section on slices of the holdout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

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
        every_group: whether a slice that is too small to judge keeps the gate shut; without it the
            sentence names such a slice.
    """

    columns: tuple[str, ...] = ()
    bins: Mapping[str, Edges] = Field(default_factory=dict)
    min_rows: int = Field(default=100, ge=1)
    metrics: Mapping[Metric, Bound] = Field(default_factory=dict)
    margins: tuple[NonInferiorityMargin, ...] = ()
    every_group: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> SlicesRule:
        if not (self.columns or self.bins):
            raise ValueError("name columns, bins or both")
        if not (self.metrics or self.margins):
            raise ValueError("demand metrics, margins or both")
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Policies from before there was `every_group` keep their names."""
        said: dict[str, Any] = written(self)
        return said if self.every_group else {k: v for k, v in said.items() if k != "every_group"}
