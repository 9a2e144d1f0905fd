"""Tries to break a candidate: who was in its training, and what small changes of a row do to it.

Each attack works on at most some thousand rows, drawn by the evaluation's seed, so that its time is
bounded whatever the table; every kind of model is only asked for its scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.bundle.preprocessing import numbers
from airlock.core import metrics
from airlock.hooks.metrics import directions
from airlock.serve import Scorer
from airlock.stages.evaluate.record import Attacked, Interval
from airlock.stages.evaluate.stage.bootstrap import Floats, Predictions

MOST = 2_000
"""Rows of each fold that an attack looks at."""

_DRAWS = 8  # ways in which every number of a row moves a little at once
_SMALL = 0.02  # how far, as a share of the distance from the 5 % to the 95 % quantile
_MOVED = 0.1  # of the truth's spread: a prediction that moves further has changed
_UNITS = (100.0, 0.01)  # cents for euros, and the other way round
_LEAST_CLASS = 1e-12  # a probability of 0 has no logarithm

Predict = Callable[[pd.DataFrame], Predictions]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspects:
    """Some rows of two folds.

    Args:
        trained: rows of the train fold.
        holdout: rows that the candidate has never seen.
    """

    trained: pd.DataFrame
    holdout: pd.DataFrame


def drawn(frame: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """At most `MOST` rows, in their order."""
    if len(frame) <= MOST:
        return frame
    chosen = np.random.default_rng(seed).choice(len(frame), MOST, replace=False)
    return frame.iloc[np.sort(chosen)]


def attacked(
    scorer: Scorer, predict: Predict, suspects: Suspects, *, confidence: float, seed: int
) -> Attacked | None:
    """All attacks; None where a fold has no rows.

    Args:
        predict: what the candidate says of rows, and what is true of them.
        confidence: of the intervals, 0 to 1.
        seed: of what is drawn.
    """
    if suspects.trained.empty or suspects.holdout.empty:
        return None
    before = predict(suspects.holdout)
    metric, base = _leading(before)
    lost = {
        name: _drop(metric, base, predict(_without(suspects.holdout, name, kind)))
        for name, kind in scorer.preprocessing.features
    }
    shifted = {
        f"{name} × {factor:g}": _drop(
            metric, base, predict(_scaled(suspects.holdout, name, factor))
        )
        for name, kind in scorer.preprocessing.features
        if kind == "numeric"
        for factor in _UNITS
    }
    return Attacked(
        rows={"train": len(suspects.trained), "holdout": len(suspects.holdout)},
        membership=membership(
            _losses(predict(suspects.trained)), _losses(before), confidence=confidence
        ),
        flips=_flips(scorer, predict, suspects, before, confidence=confidence, seed=seed),
        metric=metric,
        lost=lost,
        shifted=shifted,
    )


def membership(trained: Floats, unseen: Floats, *, confidence: float) -> Interval:
    """How well one loss tells rows of the training from others: an AUC, 0.5 tells nothing.

    The attack by the loss alone of Yeom et al. (Privacy Risk in Machine Learning, 2018). The
    interval is that of Hanley and McNeil (1982).

    Args:
        trained: losses of rows that were trained on, shape (n,).
        unseen: of rows that were not, shape (m,).
    """
    order = np.concatenate([trained, unseen]).argsort(kind="stable")
    losses = np.concatenate([trained, unseen])[order]
    # Ties count half: rows of one loss share their mean rank.
    _, first, counts = np.unique(losses, return_index=True, return_counts=True)
    ranks = np.empty(len(losses))
    ranks[order] = np.repeat(first + (counts + 1) / 2, counts)
    n, m = len(trained), len(unseen)
    # A low loss is what betrays a row.
    auc = 1 - (ranks[:n].sum() - n * (n + 1) / 2) / (n * m)
    one, two = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    varies = auc * (1 - auc) + (n - 1) * (one - auc**2) + (m - 1) * (two - auc**2)
    reach = _deviations(confidence) * math.sqrt(max(varies, 0.0) / (n * m))
    return Interval(value=float(auc), low=max(auc - reach, 0.0), high=min(auc + reach, 1.0))


def _losses(said: Predictions) -> Floats:
    if said.classify:
        own = said.scores[np.arange(len(said.truth)), np.maximum(said.truth, 0)]
        found: Floats = -np.log(np.maximum(own, _LEAST_CLASS))
        return found[said.truth >= 0]
    errors = (said.scores[:, 0] - said.truth) ** 2
    return np.asarray(errors[np.isfinite(errors)], dtype=np.float64)


def _deviations(confidence: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + confidence) / 2)


def _leading(said: Predictions) -> tuple[str, float]:
    """The most telling metric that these rows define, and its value."""
    found = {name: float(value[0]) for name, value in said.measured().items()}
    for name in directions():
        if math.isfinite(found.get(name, math.nan)):
            return name, found[name]
    return next(iter(directions())), math.nan


def _drop(metric: str, base: float, said: Predictions) -> float | None:
    """By how much the metric is worse, below 0 it is better; None where it has no value."""
    found = said.measured(metrics.plain(len(said.truth)))
    value = float(found[metric][0]) if metric in found else math.nan
    drop = base - value if directions()[metric] else value - base
    return drop if math.isfinite(drop) else None


def _without(rows: pd.DataFrame, name: str, kind: str) -> pd.DataFrame:
    gone = rows.copy()
    gone[name] = np.nan if kind == "numeric" else pd.Series([None] * len(rows), dtype=object)
    return gone


def _scaled(rows: pd.DataFrame, name: str, factor: float) -> pd.DataFrame:
    other = rows.copy()
    other[name] = numbers(rows[name]) * factor
    return other


def _flips(
    scorer: Scorer,
    predict: Predict,
    suspects: Suspects,
    before: Predictions,
    *,
    confidence: float,
    seed: int,
) -> Interval:
    """Share of rows that are decided otherwise after one of several small moves of their numbers.

    A move stays between the smallest and the largest value that was seen, whole numbers stay whole,
    what is missing stays so, and categories are left alone.
    """
    chance = np.random.default_rng(seed)
    flipped = np.zeros(len(before.truth), dtype=bool)
    for _ in range(_DRAWS):
        moved = suspects.holdout.copy()
        for name, kind in scorer.preprocessing.features:
            if kind == "numeric":
                moved[name] = _moved(numbers(suspects.holdout[name]), chance)
        flipped |= _changed(before, predict(moved))
    share, count = float(flipped.mean()), len(flipped)
    # Wilson's interval: at 0 and 1, too, it is none of a point.
    z = _deviations(confidence)
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * math.sqrt(share * (1 - share) / count + (z / (2 * count)) ** 2)
    return Interval(value=share, low=max(middle - reach, 0.0), high=min(middle + reach, 1.0))


def _moved(values: Floats, chance: np.random.Generator) -> Floats:
    signs = chance.choice([-1.0, 1.0], size=len(values))
    known = values[np.isfinite(values)]
    if not len(known):
        return values
    low, high = np.quantile(known, [0.05, 0.95])
    step = _SMALL * (high - low)
    if (known == np.round(known)).all():
        step = max(1.0, round(step)) if high - low >= 1 / _SMALL else 0.0
    found: Floats = np.clip(values + signs * step, known.min(), known.max())
    return found


def _changed(before: Predictions, after: Predictions) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_]
    if before.chosen is not None and after.chosen is not None:
        changed = np.logical_xor(before.chosen, after.chosen)
        return changed
    if before.classify:
        changed = before.scores.argmax(axis=1) != after.scores.argmax(axis=1)
        return changed
    spread = float(np.nanstd(before.truth)) or 1.0
    far: NDArray[np.bool_] = np.abs(before.scores[:, 0] - after.scores[:, 0]) > _MOVED * spread
    return far
