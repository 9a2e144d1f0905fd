"""Computes metrics of predictions, for many weightings of the same rows at once.

A bootstrap resample is a weighting: how often each row was drawn. Every function takes weights of
shape `[resamples, rows]` and returns one figure per resample; a single row of ones gives the plain
metric. A figure that is not defined for a weighting is NaN. The definitions are scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

_BINS = 10
_TOP = 0.1


def plain(rows: int) -> Floats:
    """The weighting that counts every row once."""
    return np.ones((1, rows))


def classification(truth: Ints, probabilities: Floats, weights: Floats) -> Mapping[str, Floats]:
    """All metrics of a classifier.

    Args:
        truth: class index per row, shape (n,); -1 for a label that the model does not know.
        probabilities: shape (n, classes), rows sum to 1.
        weights: shape (resamples, n), at least 0.

    Returns:
        `auroc`, `average_precision`, `accuracy`, `f1_macro`, `log_loss`, `brier`, `ece`,
        `recall_macro`, `precision_macro`, `recall_worst`, `lift_at_10` and `ndcg`, each of shape
        (resamples,). With two classes the last one is the positive one; with more, the ranking
        metrics are averages of one class against the rest.
    """
    guess = probabilities.argmax(axis=1)
    correct = (guess == truth).astype(np.float64)
    found = {
        "accuracy": _mean(correct, weights),
        "f1_macro": _f1_macro(truth, guess, probabilities.shape[1], weights),
    }
    if (truth < 0).any():
        # What probability did it give a label it does not know? Nobody can tell.
        return found
    one_hot = np.eye(probabilities.shape[1])[truth]
    positive = [1] if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    ranked = [_ranking(one_hot[:, k], probabilities[:, k], weights) for k in positive]
    own = np.clip(probabilities[np.arange(len(truth)), truth], np.finfo(np.float64).eps, 1.0)
    squares = ((probabilities - one_hot) ** 2).sum(axis=1)
    confidence, happened = probabilities[:, -1], one_hot[:, -1]
    if len(positive) > 1:
        confidence, happened = probabilities.max(axis=1), correct
    return {
        **found,
        **_by_class(truth, guess, probabilities.shape[1], weights),
        **{name: np.mean([one[name] for one in ranked], axis=0) for name in ranked[0]},
        "log_loss": _mean(-np.log(own), weights),
        # Two classes are counted once, as in Brier's binary form.
        "brier": _mean(squares / 2 if len(positive) == 1 else squares, weights),
        "ece": _calibration_error(confidence, happened, weights),
    }


def undecided(truth: Ints, probabilities: Floats, weights: Floats) -> Mapping[str, Floats]:
    """Nothing: `decision_precision` and `decision_recall` are those of a threshold, see below."""
    del truth, probabilities, weights
    return {}


def decisions(positive: Bools, chosen: Bools, weights: Floats) -> Mapping[str, Floats]:
    """How right decisions are that a threshold made.

    Args:
        positive: whether it is the true label, shape (n,).
        chosen: whether the row was decided as such, shape (n,).
        weights: shape (resamples, n), at least 0.

    Returns:
        `decision_precision`, the share of the chosen that are positive, and `decision_recall`, the
        share of the positive that are chosen; each of shape (resamples,), NaN without any.
    """
    hits = weights @ (positive & chosen).astype(np.float64)
    return {
        "decision_precision": _ratio(hits, weights @ chosen.astype(np.float64)),
        "decision_recall": _ratio(hits, weights @ positive.astype(np.float64)),
    }


def regression(truth: Floats, predictions: Floats, weights: Floats) -> Mapping[str, Floats]:
    """`rmse`, `mae` and `r2`, each of shape (resamples,); both inputs have shape (n,)."""
    squares = _mean((truth - predictions) ** 2, weights)
    spread = _mean(truth**2, weights) - _mean(truth, weights) ** 2
    return {
        "rmse": np.sqrt(squares),
        "mae": _mean(np.abs(truth - predictions), weights),
        "r2": 1 - _ratio(squares, spread),
    }


def fairness(
    groups: Ints, selected: Bools, positive: Bools, weights: Floats, *, shares: Floats
) -> Mapping[str, Floats]:
    """How alike groups are treated: the extremes over the groups, as fairlearn defines them.

    - `demographic_parity`: largest minus smallest share that is selected, 0 is best (Dwork et al.,
      Fairness through Awareness, 2012).
    - `equal_opportunity`: largest minus smallest share that is selected of those who truly are
      positive, 0 is best (Hardt, Price and Srebro, 2016).
    - `equalised_odds`: the larger of that difference and of the same among those who truly are not
      positive, 0 is best (Hardt, Price and Srebro, 2016).
    - `disparate_impact`: smallest by largest share that is selected, 1 is best; the "four-fifths
      rule" asks for 0.8 (Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4, 1978).
    - `calibration_gap`: of the groups, the largest distance between the mean probability of the
      positive label and the share that truly is positive, 0 is best (Pleiss et al., On Fairness and
      Calibration, 2017).

    Args:
        groups: index of each row's group from 0 on, shape (n,); -1 belongs to none.
        selected: whether the model predicts the positive label, shape (n,).
        positive: whether it is the true label, shape (n,).
        weights: shape (resamples, n), at least 0.
        shares: the probability of the positive label, shape (n,).

    Returns:
        The five, each of shape (resamples,); NaN with fewer than two groups, or where a group has
        no rows to take a share of.
    """
    count = int(groups.max(initial=-1)) + 1
    if count < 2:
        nothing = np.full(len(weights), np.nan)
        return dict.fromkeys(
            (
                *("demographic_parity", "equal_opportunity", "equalised_odds"),
                *("disparate_impact", "calibration_gap"),
            ),
            nothing,
        )
    member = (groups[:, None] == np.arange(count)).astype(np.float64)
    rates = _ratio(weights @ (member * selected[:, None]), weights @ member)
    entitled = member * positive[:, None]
    found = _ratio(weights @ (entitled * selected[:, None]), weights @ entitled)
    others = member * ~positive[:, None]
    wrongly = _ratio(weights @ (others * selected[:, None]), weights @ others)
    missed = found.max(axis=1) - found.min(axis=1)
    apart = _ratio(weights @ (member * (shares - positive)[:, None]), weights @ member)
    # Both extremes are NaN if any group's share is: a group that cannot be seen is not fair.
    return {
        "demographic_parity": rates.max(axis=1) - rates.min(axis=1),
        "equal_opportunity": missed,
        "equalised_odds": np.maximum(missed, wrongly.max(axis=1) - wrongly.min(axis=1)),
        "disparate_impact": _ratio(rates.min(axis=1), rates.max(axis=1)),
        "calibration_gap": np.abs(apart).max(axis=1),
    }


def _mean(values: Floats, weights: Floats) -> Floats:
    return _ratio(weights @ values, weights.sum(axis=1))


def _ratio(above: Floats, below: Floats) -> Floats:
    """NaN where the denominator is nothing."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _ranking(positive: Floats, scores: Floats, weights: Floats) -> Mapping[str, Floats]:
    """What counts is the order of the rows, from the highest score down.

    - `auroc`, in which ties count half, and `average_precision`.
    - `lift_at_10`: the share of positives in the tenth of the rows with the highest scores, by the
      share in all.
    - `ndcg` over all rows (Jarvelin and Kekalainen, 2002): 1 / log2(1 + rank), added up over the
      positives, by the most that so many could have. Rows with one score share their ranks.
    """
    order = np.argsort(-scores, kind="stable")
    descending = scores[order]
    # Rows with one score stand or fall together: sum them up first.
    first = np.flatnonzero(np.r_[True, descending[1:] != descending[:-1]])
    drawn = weights[:, order]
    yes = np.add.reduceat(drawn * positive[order], first, axis=1)
    every = np.add.reduceat(drawn, first, axis=1)
    above, seen = yes.cumsum(axis=1), every.cumsum(axis=1)
    all_yes, total = above[:, -1], seen[:, -1]
    # Each negative is beaten by the positives above it, and by half of those beside it.
    beaten = ((every - yes) * (above - yes / 2)).sum(axis=1)
    precision = np.divide(above, seen, out=np.zeros_like(seen), where=seen > 0)
    share = np.divide(yes, every, out=np.zeros_like(every), where=every > 0)
    taken = np.clip(_TOP * total[:, None] - (seen - every), 0, every)
    # What the first so many ranks are worth together; weights are whole numbers of draws.
    worth = np.r_[0.0, (1 / np.log2(np.arange(2, int(total.max(initial=0)) + 2))).cumsum()]
    gain = np.diff(worth[np.rint(seen).astype(np.intp)], axis=1, prepend=0.0)
    return {
        "auroc": _ratio(beaten, all_yes * (total - all_yes)),
        "average_precision": _ratio((yes * precision).sum(axis=1), all_yes),
        "lift_at_10": _ratio(
            _ratio((share * taken).sum(axis=1), _TOP * total), _ratio(all_yes, total)
        ),
        "ndcg": _ratio((share * gain).sum(axis=1), worth[np.rint(all_yes).astype(np.intp)]),
    }


def _by_class(truth: Ints, guess: Ints, classes: int, weights: Floats) -> Mapping[str, Floats]:
    """Recall and precision of each class, as their means and as the worst recall.

    A class without a row has no recall, and one that is never guessed a precision of 0.
    """
    own = np.stack([truth == k for k in range(classes)], axis=1).astype(float)
    said = np.stack([guess == k for k in range(classes)], axis=1).astype(float)
    hits, rows, guesses = weights @ (own * said), weights @ own, weights @ said
    there = rows > 0
    recall = np.divide(hits, rows, out=np.zeros_like(hits), where=there)
    precision = np.divide(hits, guesses, out=np.zeros_like(hits), where=guesses > 0)
    count = there.sum(axis=1).astype(float)
    worst = np.where(there, recall, np.inf).min(axis=1)
    return {
        "recall_macro": _ratio(recall.sum(axis=1), count),
        "precision_macro": _ratio((precision * there).sum(axis=1), count),
        "recall_worst": np.where(np.isfinite(worst), worst, np.nan),
    }


def _f1_macro(truth: Ints, guess: Ints, classes: int, weights: Floats) -> Floats:
    """The mean of F1 over the classes that occur, in truth or as a guess."""
    # -1, a label that the model does not know, is a class that it never guesses.
    known = range(-1 if (truth < 0).any() else 0, classes)
    hits = weights @ np.stack([(truth == k) & (guess == k) for k in known], axis=1).astype(float)
    both = weights @ np.stack([(truth == k) * 1.0 + (guess == k) for k in known], axis=1)
    f1 = np.divide(2 * hits, both, out=np.zeros_like(both), where=both > 0)
    return _ratio(f1.sum(axis=1), (both > 0).sum(axis=1).astype(float))


def _calibration_error(confidence: Floats, happened: Floats, weights: Floats) -> Floats:
    """Expected calibration error: ten bins of equal width (Guo et al., 2017)."""
    bins = np.minimum((confidence * _BINS).astype(np.int64), _BINS - 1)
    gap = (confidence - happened)[:, None] * np.eye(_BINS)[bins]
    return _ratio(np.abs(weights @ gap).sum(axis=1), weights.sum(axis=1))
