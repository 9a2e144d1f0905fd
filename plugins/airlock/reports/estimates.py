"""Metrics as people read them: their words, their order, their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from airlock.hooks.metrics import directions
from airlock.reports.content import Badge, Cell, Estimate, Mark, Plot, Who
from airlock.stages.evaluate.record import Interval

WORDS: Mapping[str, str] = {
    "auroc": "AUROC",
    "average_precision": "Average precision",
    "accuracy": "Accuracy",
    "f1_macro": "F1, macro",
    "recall_macro": "Recall, macro",
    "precision_macro": "Precision, macro",
    "recall_worst": "Recall of the worst class",
    "decision_precision": "Precision of decisions",
    "decision_recall": "Recall of decisions",
    "lift_at_10": "Lift in the top tenth",
    "ndcg": "NDCG",
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


def difference_cells(difference: Interval | None, name: str) -> tuple[Cell, ...]:
    """A difference in words, and around zero: which side is better, and whether it lies there.

    Args:
        name: of the metric, which says what is better.
    """
    if difference is None:
        return ("—", "")
    reach = max(abs(difference.low), abs(difference.high), 1e-9) * 1.2
    higher = directions().get(name, True)
    sure = difference.low > 0 or difference.high < 0
    better = sure and (difference.low > 0) == higher
    who: Who = ("better" if better else "worse") if sure else "difference"
    said = Badge(who, "good" if better else "bad") if sure else Badge("not sure", "plain")
    plot = Plot(
        marks=(mark(who, difference),),
        bound=0.0,
        axis=(-reach, reach),
        ends_said=("worse", "better") if higher else ("better", "worse"),
        verdict=said,
    )
    return (estimate(difference, "+"), plot)


def mark(who: Who, interval: Interval) -> Mark:
    """On the axis of a plot."""
    return Mark(who=who, value=interval.value, low=interval.low, high=interval.high)
