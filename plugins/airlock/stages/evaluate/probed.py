"""What an evaluation says of attacks on the candidate, and of what it goes by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from airlock.stages.evaluate.interval import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Attacked:
    """What attacks on the candidate came to, on some rows of train fold and holdout.

    Args:
        rows: of each fold.
        membership: AUC of an attacker who tells rows of the training from others by their loss;
            0.5 tells nothing.
        flips: share of holdout rows that are decided otherwise after a small move of their numbers;
            of a regression, whose prediction moves by a tenth of the target's spread.
        metric: of the next two.
        lost: by how much it is worse without a feature, one at a time; None where it has no value.
        shifted: by how much it is worse where a number comes in another unit, "income × 100".
    """

    rows: Mapping[str, int]
    membership: Interval
    flips: Interval
    metric: str
    lost: Mapping[str, float | None]
    shifted: Mapping[str, float | None]

    @staticmethod
    def worst(drops: Mapping[str, float | None]) -> tuple[str, float | None] | None:
        """The one that hurts most, one without a value before all others; None without any."""
        return max(
            drops.items(),
            key=lambda one: (math.inf if one[1] is None else one[1], one[0]),
            default=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How the score goes along one number, all else as it is: accumulated local effects.

    Args:
        points: value, and effect around its mean; a quantile each.
    """

    feature: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What the candidate goes by.

    Args:
        metric: in whose unit importance is.
        rows: of the holdout that were looked at.
        importance: what the metric loses where a feature's values are dealt out anew.
        effects: of the leading numbers.
    """

    metric: str
    rows: int
    importance: Mapping[str, Interval]
    effects: tuple[Effect, ...] = ()
