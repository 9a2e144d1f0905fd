"""Draws small plots from counts, each with the same content in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

_HIGH = 32.0
_LEAST = 1.5
"""Of a bar's height in pixels: what is there can be seen, what is not there cannot."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two histograms with the same bins: tonight's as bars, the reference's as a line over them.

    Args:
        counts: rows of the reference and of tonight, bin by bin.
    """

    counts: tuple[tuple[int, int], ...]
    kind: ClassVar[str] = "pair"
    width: ClassVar[int] = 170

    @property
    def bars(self) -> list[tuple[float, float, float]]:
        """Left end, width and height of each bar."""
        step = self.width / len(self.counts)
        return [
            (round(at * step + step / 10, 2), round(step * 0.8, 2), height)
            for at, height in enumerate(self._heights(1))
        ]

    @property
    def steps(self) -> str:
        """The reference's outline, as the path of an SVG."""
        step = self.width / len(self.counts)
        said = ["M0 36"]
        for at, height in enumerate(self._heights(0)):
            said.append(f"V{36 - height:.1f}H{(at + 1) * step:.1f}")
        return "".join([*said, "V36"])

    @property
    def words(self) -> str:
        """The same for whoever does not see it."""
        was, now = self._shares(0), self._shares(1)
        pairs = zip(was, now, strict=True)
        said = ", ".join(f"{100 * p:.0f} % and {100 * q:.0f} %" for p, q in pairs)
        return f"share of the champion's rows and of tonight's, bin by bin: {said}"

    def _shares(self, which: int) -> list[float]:
        counts = [pair[which] for pair in self.counts]
        whole = sum(counts)
        return [count / whole if whole else 0.0 for count in counts]

    def _heights(self, which: int) -> list[float]:
        highest = max([*self._shares(0), *self._shares(1)]) or 1.0
        return [_height(share / highest) for share in self._shares(which)]


@dataclass(frozen=True, slots=True)
class Trend:
    """One number of each of the last runs, tonight's last.

    Args:
        values: oldest first, none negative.
        unit: what is counted, for the words.
    """

    values: Sequence[float]
    unit: str
    kind: ClassVar[str] = "trend"

    @property
    def width(self) -> int:
        """Of the plot, in pixels."""
        return 8 * len(self.values)

    @property
    def bars(self) -> list[tuple[int, float]]:
        """Left end and height of each bar."""
        highest = max(self.values) or 1.0
        return [(8 * at + 1, _height(value / highest)) for at, value in enumerate(self.values)]

    @property
    def words(self) -> str:
        """The same for whoever does not see it."""
        said = ", ".join(f"{value:,.8g}" for value in self.values)
        return f"{self.unit}, oldest run first: {said}"


def _height(share: float) -> float:
    return round(max(share * _HIGH, _LEAST), 1) if share else 0.0
