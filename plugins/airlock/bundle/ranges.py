"""Learns from the train fold which numbers a model may see, and their mean and scale.

A number can be finite and unusable: NoData constants such as -3.4e38, 1e300, a cell that somebody
mistyped. The range reaches ten times the distance of the quartiles beyond them, and what is beyond
it counts as its end. Where the quartiles are equal, the first of these pairs that is not: 5 % and
95 %, 1 % and 99 %, the tenth smallest and largest value.

What is learnt stays in the bundle, so it must give nobody's value back. No end rests on one of the
nine smallest or largest cells, mean and scale are of clipped cells, and what is told is rounded to
a tenth of the first digit of the spread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Range: TypeAlias = tuple[float, float]

MOST = 1e30
"""Beyond, single precision has no room left to compute with a number."""

_SHARES = ((0.25, 0.75), (0.05, 0.95), (0.01, 0.99))
_TENTH = 10
# How far a model sees, and how far mean and scale do, beyond the quantiles, in their distance.
_SEEN = 10
_COUNTED = 3
# numpy multiplies by a power of ten to round.
_MOST_DECIMALS = 300


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a model may see of a column.

    Args:
        low: the lower end.
        high: the upper end.
        inner: the narrower range of what mean and scale are learnt from, so that no few cells move
            them.
        constant: whether there is no spread but that of rounding.
        decimals: to which single values are rounded; None for a constant.
    """

    low: float
    high: float
    inner: Range
    constant: bool
    decimals: int | None = None

    def rounded(self, value: float) -> float:
        """A value of the column as it may be told; a constant's is that of nearly all cells."""
        return value if self.decimals is None else float(np.round(value, self.decimals))

    def moments(self, values: Floats) -> tuple[float, float]:
        """Mean and scale; the scale of a constant is 1.

        Args:
            values: without a missing one, clamped.
        """
        within = values.clip(*self.inner)
        if not len(within):
            return 0.0, 1.0
        spread = float(within.std())
        if self.constant or not spread:
            # A mean of so many large numbers would be off by more than any of them.
            return float(np.median(within)), 1.0
        return float(within.mean()), spread


def clamped(values: Floats) -> Floats:
    """The same without numbers that nobody can compute with."""
    return values.clip(-MOST, MOST)


def learn_range(values: Floats) -> Learnt:
    """The range of a column.

    Args:
        values: of the train fold, without a missing one, clamped.
    """
    if not len(values):
        return Learnt(-_SEEN, _SEEN, (-_COUNTED, _COUNTED), constant=True)
    least = _rounding(values)
    for low, high in _pairs(values):
        distance = high - low
        if distance > least and np.isfinite(1 / distance):
            decimals = min(1 - int(np.floor(np.log10(distance))), _MOST_DECIMALS)
            # Rounded first: ten times the distance would tell ten times as much.
            low, high = (float(np.round(end, decimals)) for end in (low, high))
            distance = max(high - low, 10.0**-decimals)
            return Learnt(
                low - _SEEN * distance,
                high + _SEEN * distance,
                (low - _COUNTED * distance, high + _COUNTED * distance),
                constant=False,
                decimals=decimals,
            )
    usual = float(np.median(values))
    return Learnt(usual - _SEEN, usual + _SEEN, (usual - _COUNTED, usual + _COUNTED), constant=True)


def _pairs(values: Floats) -> list[Range]:
    # Values that occur, not between two: rounding would make a spread of a constant.
    last = len(values) - 1
    few = min(_TENTH - 1, last // 4)
    places = [max(round(share * last), few) for share, _ in _SHARES]
    if len(values) > 2 * _TENTH:
        places.append(_TENTH - 1)
    ends = np.partition(values, sorted({*places, *(last - at for at in places)}))
    return [(float(ends[at]), float(ends[last - at])) for at in places]


def _rounding(values: Floats) -> float:
    """What sums of so many equal numbers may be off by."""
    return float(len(values) * np.finfo(np.float64).eps * np.abs(np.median(values)))
