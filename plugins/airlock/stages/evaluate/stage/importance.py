"""Says what a candidate goes by: what its figures lose when one column says nothing, and its shape.

Every kind of model is only asked for its scores, on at most some thousand rows of the holdout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.bundle.preprocessing import numbers
from airlock.hooks.metrics import directions
from airlock.serve import Scorer
from airlock.stages.evaluate.record import Effect, Explained, Interval
from airlock.stages.evaluate.stage.attacks import Predict, drawn
from airlock.stages.evaluate.stage.bootstrap import Predictions

_REPEATS = 5
_RESAMPLES = 100
_BUDGET = 200_000  # rows that are scored for it in all; of many columns fewer are looked at
_LEAST_ROWS = 200
_SHAPED = 3  # leading numbers whose effect is drawn
_BINS = 10
_FEW = 20  # rows of a bin, so that its effect is nobody's


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What every feature is measured on.

    Args:
        base: the metric of the rows as they are.
        before: the same of each resample.
        weights: the resamples.
    """

    rows: pd.DataFrame
    predict: Predict
    metric: str
    base: float
    before: NDArray[np.float64]
    weights: NDArray[np.float64]
    confidence: float


def explained(
    scorer: Scorer, predict: Predict, holdout: pd.DataFrame, *, confidence: float, seed: int
) -> Explained | None:
    """Permutation importance of every feature, and the effects of the leading numbers.

    Args:
        predict: what the candidate says of rows, and what is true of them.
        holdout: the fold.
        confidence: of the intervals, 0 to 1.
        seed: of what is drawn.
    """
    features = scorer.preprocessing.features
    most = max(_LEAST_ROWS, _BUDGET // (_REPEATS * max(len(features), 1)))
    rows = drawn(holdout, seed=seed).head(most).reset_index(drop=True)
    if len(rows) < 2:
        return None
    base = predict(rows)
    plain = base.measured()
    metric = next(
        (one for one in directions() if math.isfinite(float(plain.get(one, [math.nan])[0]))), None
    )
    if metric is None:
        return None
    chance = np.random.default_rng(seed)
    # The same resamples for all features, and for the rows as they are: differences are paired.
    weights = _drawn(len(rows), chance)
    asked = _Asked(
        rows=rows,
        predict=predict,
        metric=metric,
        base=float(plain[metric][0]),
        before=base.measured(weights)[metric],
        weights=weights,
        confidence=confidence,
    )
    found = {name: _importance(name, asked, chance) for name, _ in features}
    leading = sorted(
        (name for name, kind in features if kind == "numeric"), key=lambda one: -found[one].value
    )[:_SHAPED]
    return Explained(
        metric=metric,
        rows=len(rows),
        importance=found,
        effects=tuple(
            effect for name in leading if (effect := _effect(name, rows, predict)) is not None
        ),
    )


def _drawn(rows: int, chance: np.random.Generator) -> NDArray[np.float64]:
    return np.stack(
        [
            np.bincount(chance.integers(rows, size=rows), minlength=rows).astype(np.float64)
            for _ in range(_RESAMPLES)
        ]
    )


def _importance(name: str, asked: _Asked, chance: np.random.Generator) -> Interval:
    """What the metric loses when the column's values are dealt out anew (Breiman, 2001)."""
    rows, metric = asked.rows, asked.metric
    sign = 1 if directions()[metric] else -1
    values, draws = [], []
    for _ in range(_REPEATS):
        dealt = rows.copy()
        dealt[name] = rows[name].iloc[chance.permutation(len(rows))].reset_index(drop=True)
        said = asked.predict(dealt)
        values.append(sign * (asked.base - float(said.measured()[metric][0])))
        draws.append(sign * (asked.before - said.measured(asked.weights)[metric]))
    tails = [50 * (1 - asked.confidence), 50 * (1 + asked.confidence)]
    known = np.concatenate(draws)
    low, high = np.percentile(known[np.isfinite(known)], tails)
    return Interval(value=float(np.mean(values)), low=float(low), high=float(high))


def _effect(name: str, rows: pd.DataFrame, predict: Predict) -> Effect | None:
    """Accumulated local effects of one number (Apley and Zhu, 2020), centred on their mean.

    Within each bin, by the column's quantiles, rows move from its lower edge to its upper one; all
    else stays as it is, so that no row is asked about that could not be there.
    """
    values = numbers(rows[name])
    known = np.isfinite(values)
    bins = min(_BINS, int(known.sum()) // (2 * _FEW))
    if bins < 2:
        return None
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, bins + 1)))
    if len(edges) < 3:
        return None
    within = np.clip(np.digitize(values, edges[1:-1]), 0, len(edges) - 2)
    low, high = rows.copy(), rows.copy()
    low[name], high[name] = edges[within], edges[within + 1]
    moved = _score(predict(high)) - _score(predict(low))
    counts = np.bincount(within[known], minlength=len(edges) - 1)
    if counts.min() < _FEW:
        return None
    local = np.bincount(within[known], weights=moved[known], minlength=len(edges) - 1) / counts
    grown = np.concatenate([[0.0], local.cumsum()])
    middle = float((counts * (grown[1:] + grown[:-1]) / 2).sum() / counts.sum())
    return Effect(
        feature=name,
        points=tuple(
            (float(f"{edge:.6g}"), float(f"{value - middle:.6g}"))
            for edge, value in zip(edges, grown, strict=True)
        ),
    )


def _score(said: Predictions) -> NDArray[np.float64]:
    """The probability of the last class, or the prediction."""
    return said.scores[:, -1]
