"""What a model's scores look like against the truth, as counts of groups: never one row's score.

Rows are sorted by score and cut into groups of at least `LEAST`, rows with one score in one group.
Every curve (ROC, precision and recall, reliability, gain) is drawn from these groups alone, so that
none of its points stands for fewer people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

LEAST = 20
"""Rows of a group or a bar."""
GROUPS = 40
BARS = 20
_DEVIATIONS = 3.0  # beyond which a number is counted into the outermost bar

Floats: TypeAlias = NDArray[np.float64]
Points: TypeAlias = tuple[tuple[float, float], ...]
Task: TypeAlias = Literal["binary", "classes", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Rows with neighbouring scores.

    Args:
        rows: at least `LEAST`.
        score: their mean.
        truth: share of them that is positive, or taken for the right class; or the mean truth.
        spread: of a number, the standard deviation of truth minus prediction.
    """

    rows: int
    score: float
    truth: float
    spread: float = 0.0

    @property
    def hits(self) -> int:
        """How many are positive, or taken for the right class."""
        return round(self.truth * self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistogramBar:
    """A bar of a histogram: rows from `low` to `high`, at least `LEAST` or none."""

    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What one model said.

    Args:
        bands: from the lowest score to the highest.
        histogram: of the scores; of a number, of truth minus prediction.
        confusion: rows by their true class and the predicted one; empty for numbers.
    """

    bands: tuple[Band, ...]
    histogram: tuple[HistogramBar, ...]
    confusion: tuple[tuple[int, ...], ...] = ()

    def from_above(self) -> Iterator[tuple[int, int]]:
        """Rows and hits above each threshold, from above all scores to below all."""
        rows = hits = 0
        yield rows, hits
        for band in reversed(self.bands):
            rows, hits = rows + band.rows, hits + band.hits
            yield rows, hits

    @property
    def rows(self) -> int:
        """Of all bands."""
        return sum(band.rows for band in self.bands)

    @property
    def hits(self) -> int:
        """Likewise."""
        return sum(band.hits for band in self.bands)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curves:
    """Candidate and champion on the same holdout.

    Args:
        classes: in the order of `confusion`; empty for numbers.
        champion: None without one, or where it could not be scored.
    """

    task: Task
    classes: tuple[str, ...]
    candidate: Scores
    champion: Scores | None = None


_KIND = TypeAdapter(Curves)


def read_curves(data: bytes) -> Curves:
    """Read them back.

    Raises:
        ValueError: it is none.
    """
    try:
        return _KIND.validate_json(data)
    except ValidationError:
        raise ValueError("no curves") from None


def write_curves(curves: Curves) -> bytes:
    """As JSON."""
    return _KIND.dump_json(curves)


def classified(truth: NDArray[Any], scores: Floats) -> Scores:
    """Of a classifier, whose last class of two is the positive one.

    Args:
        truth: class index of each row; -1 for a label that the model does not know.
        scores: probabilities, shape (rows, classes).
    """
    count = scores.shape[1]
    guess = scores.argmax(axis=1)
    asked, hit = scores.max(axis=1), (guess == truth).astype(np.float64)
    if count == 2:
        asked, hit = scores[:, 1], (truth == 1).astype(np.float64)
    known = truth >= 0
    grid = np.bincount(truth[known] * count + guess[known], minlength=count * count)
    return Scores(
        bands=bands(asked, hit),
        histogram=histogram(asked, 0.0, 1.0),
        confusion=tuple(tuple(map(int, row)) for row in grid.reshape(count, count)),
    )


def numbered(truth: Floats, predictions: Floats) -> Scores:
    """Of a model of numbers."""
    left = truth - predictions
    middle, reach = float(left.mean()), _DEVIATIONS * (float(left.std()) or 1.0)
    return Scores(
        bands=bands(predictions, truth, left),
        histogram=histogram(left, middle - reach, middle + reach),
    )


def bands(scores: Floats, truth: Floats, left: Floats | None = None) -> tuple[Band, ...]:
    """Cut rows into groups of neighbouring scores; none for fewer rows than one group has.

    Args:
        left: of which the spread is told; nothing is by default.
    """
    rows = len(scores)
    size = max(LEAST, -(-rows // GROUPS))
    order = np.argsort(scores, kind="stable")
    ascending = scores[order]
    cuts, start = [0], 0
    while rows - start >= 2 * size:
        # Rows with one score stand together: no threshold parts them.
        at = int(np.searchsorted(ascending, ascending[start + size - 1], side="right"))
        if rows - at < size:
            break
        cuts.append(at)
        start = at
    if rows < LEAST:
        return ()
    return tuple(
        Band(
            rows=len(some),
            score=_said(scores[some].mean()),
            truth=float(truth[some].mean()),
            spread=0.0 if left is None else _said(left[some].std()),
        )
        for some in np.split(order, cuts[1:])
    )


def histogram(values: Floats, low: float, high: float) -> tuple[HistogramBar, ...]:
    """Count values in bars of one width; neighbours of which one is too small are one bar.

    Args:
        low: what lies below counts into the first bar.
        high: what lies above counts into the last one.
    """
    edges = np.linspace(low, high, BARS + 1)
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BARS - 1)
    return merged(edges.tolist(), np.bincount(places, minlength=BARS).tolist())


def merged(edges: Sequence[float], counts: Sequence[int]) -> tuple[HistogramBar, ...]:
    """Bars of which each has at least `LEAST` rows, or none.

    Args:
        edges: one more than bars.
    """
    found: list[HistogramBar] = []
    for low, high, rows in zip(edges, edges[1:], counts, strict=False):
        if found and 0 < found[-1].rows < LEAST:
            last = found.pop()
            found.append(HistogramBar(low=last.low, high=high, rows=last.rows + rows))
        else:
            found.append(HistogramBar(low=low, high=high, rows=rows))
    while len(found) > 1 and 0 < found[-1].rows < LEAST:
        last, before = found.pop(), found.pop()
        found.append(HistogramBar(low=before.low, high=last.high, rows=before.rows + last.rows))
    few = sum(bar.rows for bar in found) < LEAST
    return () if few else tuple(found)


def _said(value: float) -> float:
    return float(f"{value:.4g}")
