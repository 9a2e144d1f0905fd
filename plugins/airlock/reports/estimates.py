"""Metrics as people read them: their words, their order, their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airlock.reports.content import Cell, Estimate, Mark, Plot, Who
from airlock.stages.evaluate.record import Interval

WORDS: Mapping[str, str] = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "f1_macro": "F1, macro",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "ece": "Calibration error",
    "rmse": "RMSE",
    "mae": "Mean absolute error",
    "r2": "R²",
}
"""Metrics as people write them, the most telling first."""


def in_order(metrics: Iterable[str]) -> list[str]:
    """Metrics as a person looks for them, the most telling first."""
    # Stored JSON sorts its keys.
    known = list(WORDS)
    ranks = {name: known.index(name) if name in known else len(known) for name in metrics}
    return sorted(ranks, key=lambda name: (ranks[name], name))


def estimate(interval: Interval, sign: str = "") -> Estimate:
    """A value over its interval; `sign` is "+" for differences."""
    return Estimate(
        f"{interval.value:{sign}.4f}", f"{interval.low:{sign}.4f} to {interval.high:{sign}.4f}"
    )


def difference_cells(difference: Interval | None) -> tuple[Cell, ...]:
    """A difference in words, and around zero."""
    if difference is None:
        return ("—", "")
    reach = max(abs(difference.low), abs(difference.high), 1e-9) * 1.2
    one = mark("difference", difference)
    return (estimate(difference, "+"), Plot(marks=(one,), bound=0.0, axis=(-reach, reach)))


def mark(who: Who, interval: Interval) -> Mark:
    """On the axis of a plot."""
    return Mark(who=who, value=interval.value, low=interval.low, high=interval.high)
