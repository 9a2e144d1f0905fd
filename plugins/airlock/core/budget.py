"""What a model's trainings may take in a calendar month."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from airlock.core.spec import Spec


class MonthBudget(Spec):
    """Beyond it no training of the model begins, and one that runs ends.

    Args:
        month: money for all attempts of the model's runs in a calendar month (UTC), at the prices
            of the settings.
        currency: of it; must be that of the settings, if both say one.
        hours: of devices, likewise.
    """

    month: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    currency: str | None = Field(default=None, min_length=1, max_length=20)
    hours: float | None = Field(default=None, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.month is None and self.hours is None:
            raise ValueError("a budget has month, hours, or both")
        if self.currency is not None and self.month is None:
            raise ValueError("currency belongs to month")
        return self
