"""A metric that policies may bound and compare."""

from __future__ import annotations

from airlock.core.metrics import Floats, Ints, classification


def gini(truth: Ints, scores: Floats, weights: Floats) -> dict[str, Floats]:
    """Twice the area under the ROC curve, less one: 0 is chance, 1 is perfect.

    Args:
        truth: class index per row, shape (n,).
        scores: probabilities, shape (n, classes).
        weights: how often each row counts, shape (resamples, n).

    Returns:
        One figure per resample; none where the area is not defined.
    """
    measured = classification(truth, scores, weights)
    return {"gini": 2 * measured["auroc"] - 1} if "auroc" in measured else {}
