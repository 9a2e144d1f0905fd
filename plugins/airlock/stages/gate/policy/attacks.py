"""Policy section on attacks against the candidate."""

from __future__ import annotations

from pydantic import Field, model_validator

from airlock.core.spec import Spec


class AttacksRule(Spec):
    """What attacks may come to; docs/evaluate.md says how each is made. One at least is bounded.

    Args:
        membership: largest AUC with which rows of the training are told from others, 0.5 to 1; 0.55
            is usual, and an over-fitted model has more.
        flips: largest share of rows that a small move of their numbers decides otherwise.
        lost_column: by how much the most telling metric may fall without any one feature.
        units: by how much it may fall where any one number comes a hundred times as large, or as
            small.
    """

    membership: float | None = Field(default=None, ge=0.5, le=1)
    flips: float | None = Field(default=None, ge=0, le=1)
    lost_column: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    units: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _says_something(self) -> AttacksRule:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError("bound membership, flips, lost_column or units")
        return self
