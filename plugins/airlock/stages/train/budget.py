"""How much a training may take."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from airlock.core.errors import SpecError
from airlock.core.spec import Spec


class Budget(Spec):
    """What a training may take in all its attempts; beyond it nothing is published.

    Args:
        wall_minutes: time spent fitting.
        cost: in the currency of `[airlock] device_hour_price`.
    """

    wall_minutes: float | None = Field(default=None, gt=0)
    cost: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.wall_minutes is None and self.cost is None:
            raise ValueError("a budget has wall_minutes, cost, or both")
        return self

    def seconds(self, *, device_hour_price: float | None, devices: int) -> float:
        """How long a training may fit.

        Raises:
            SpecError: a cost without a price.
        """
        limits = [] if self.wall_minutes is None else [self.wall_minutes * 60]
        if self.cost is not None:
            if device_hour_price is None:
                raise SpecError(
                    "The training has a budget in money, and nothing says what a device costs.",
                    do="Set [airlock] device_hour_price, or give the budget in wall_minutes.",
                )
            limits.append(self.cost / (device_hour_price * devices) * 3600)
        return min(limits)
