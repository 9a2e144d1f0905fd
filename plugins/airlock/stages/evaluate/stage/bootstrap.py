"""Computes confidence intervals by resampling whole entities, not rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.core import metrics
from airlock.hooks.metrics import measure
from airlock.stages.evaluate.record import Interval
from airlock.stages.evaluate.spec import EvaluateSpec

Floats: TypeAlias = NDArray[np.float64]
Figures: TypeAlias = Mapping[str, Floats]
Measure: TypeAlias = Callable[[Floats], Figures]

# Weights in memory at once: 32 MB of them.
_AT_ONCE = 4_000_000

# Where more resamples than these cannot be measured, the interval would flatter.
_DEFINED = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Predictions:
    """What one model said about rows whose truth is known.

    Args:
        truth: class indices or numbers, shape (n,).
        scores: probabilities (n, classes), or predictions (n, 1).
        classify: which of the two.
        chosen: which rows a threshold decided as the last class, shape (n,); None without one.
    """

    truth: NDArray[Any]
    scores: Floats
    classify: bool
    chosen: NDArray[np.bool_] | None = None

    def of(self, rows: NDArray[np.intp]) -> Predictions:
        """Some of the rows."""
        chosen = None if self.chosen is None else self.chosen[rows]
        return replace(self, truth=self.truth[rows], scores=self.scores[rows], chosen=chosen)

    def measured(self, weights: Floats | None = None) -> Figures:
        """Every metric, for each weighting (resamples, n); by default for the rows as they are."""
        if weights is None:
            weights = metrics.plain(len(self.truth))
        if self.classify:
            found = measure("classification", self.truth, self.scores, weights)
            if self.chosen is not None:
                last = self.truth == self.scores.shape[1] - 1
                found = {**found, **metrics.decisions(last, self.chosen, weights)}
            return found
        return measure("regression", self.truth, self.scores[:, 0], weights)


def resampled(entities: pd.Series, spec: EvaluateSpec) -> Iterator[Floats]:
    """How often each row was drawn, in blocks of shape (resamples, rows).

    Args:
        entities: whom each row is about.
        spec: how many resamples, and the seed: the same rows give the same draws.
    """
    codes, names = pd.factorize(entities)
    chance = np.random.default_rng(spec.seed)
    block = max(1, _AT_ONCE // len(codes))
    for start in range(0, spec.resamples, block):
        count = min(block, spec.resamples - start)
        drawn = chance.integers(len(names), size=(count, len(names)))
        drawn += np.arange(count)[:, None] * len(names)
        times = np.bincount(drawn.ravel(), minlength=count * len(names)).reshape(count, -1)
        yield times[:, codes].astype(np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """Figures of the rows as they are, each of shape (1,), and of every resample (resamples,)."""

    values: Figures
    draws: Figures

    def minus(self, other: Sampled) -> Sampled:
        """The difference, resample by resample: paired, because both saw the same draws."""
        both = self.values.keys() & other.values.keys()
        return Sampled(
            values={name: self.values[name] - other.values[name] for name in both},
            draws={name: self.draws[name] - other.draws[name] for name in both},
        )

    def intervals(self, confidence: float) -> dict[str, Interval]:
        """Percentile intervals; a figure that is not defined is absent."""
        return intervals(self.values, self.draws, confidence)

    def plain(self) -> dict[str, float]:
        """The figures of the rows as they are, as far as they are defined."""
        found = {name: float(value[0]) for name, value in self.values.items()}
        return {name: value for name, value in found.items() if np.isfinite(value)}


def sampled(
    measures: Mapping[Hashable, Measure], entities: pd.Series, spec: EvaluateSpec
) -> dict[Hashable, Sampled]:
    """Take every measure of the rows as they are and of the same resamples, in one pass.

    Args:
        measures: each gives figures for weights of shape (resamples, rows).
        entities: whom each row is about; at least one row.
    """
    once = metrics.plain(len(entities))
    values = {name: measure(once) for name, measure in measures.items()}
    blocks = [
        {name: measure(weights) for name, measure in measures.items()}
        for weights in resampled(entities, spec)
    ]
    return {
        name: Sampled(
            values=value,
            draws={key: np.concatenate([block[name][key] for block in blocks]) for key in value},
        )
        for name, value in values.items()
    }


def intervals(values: Figures, resamples: Figures, confidence: float) -> dict[str, Interval]:
    """Percentile intervals; a metric that is not defined is absent.

    Args:
        values: the plain figures, each of shape (1,).
        resamples: the figures of the resamples, each of shape (resamples,).
        confidence: 0 to 1.
    """
    tails = [50 * (1 - confidence), 50 * (1 + confidence)]
    found = {}
    for name, value in sorted(values.items()):
        drawn = resamples.get(name, np.array([]))
        defined = drawn[np.isfinite(drawn)]
        if np.isfinite(value[0]) and len(defined) >= max(1, _DEFINED * len(drawn)):
            low, high = np.percentile(defined, tails)
            found[name] = Interval(value=float(value[0]), low=float(low), high=float(high))
    return found
