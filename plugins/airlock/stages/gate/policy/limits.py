"""Policy section on a candidate's needs: time, size and money."""

from __future__ import annotations

from pydantic import Field

from airlock.core.spec import Spec


class LimitsRule(Spec):
    """What the candidate may take.

    Args:
        latency_ms_per_1000: milliseconds to score 1,000 rows, where evaluate ran.
        bundle_mb: size of the bundle, in millions of bytes.
        cost: of the training, in the currency of `[airlock] device_hour_price`.
    """

    latency_ms_per_1000: float | None = Field(default=None, gt=0)
    bundle_mb: float | None = Field(default=None, gt=0)
    cost: float | None = Field(default=None, gt=0)
