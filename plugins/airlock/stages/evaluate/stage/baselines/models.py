"""The baselines: each learns from the train fold, and says what it says of the holdout.

All of them are deterministic: one thread, a fixed seed, sums in a fixed order.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from airlock.bundle.boosting import asked_of, shape_of
from airlock.bundle.preprocessing import Preprocessing
from airlock.bundle.tables import for_linear, for_trees
from airlock.core.baselines import BaselineKind
from airlock.stages.evaluate.stage.baselines.rows import Rows

Floats = NDArray[np.float64]

# Beyond, a baseline would take longer than many a model: a tree for each class and round.
_MOST_CLASSES: Mapping[BaselineKind, int] = {"constant": 10_000, "linear": 100, "boosted": 20}

_ROUNDS = 100  # LightGBM's own
_ITERATIONS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineLesson:
    """What a baseline is given.

    Args:
        train: with the truth.
        holdout: without it.
        seed: of whatever it draws.
    """

    train: Rows
    holdout: Rows
    preprocessing: Preprocessing
    seed: int

    @property
    def classes(self) -> int:
        """How many; 0 for a regression."""
        return len(self.preprocessing.target.classes)


def why_not(kind: BaselineKind, lesson: BaselineLesson) -> str | None:
    """Why a baseline cannot be fitted; None if it can."""
    if not len(lesson.train):
        return "the train fold has no rows"
    if lesson.classes > (most := _MOST_CLASSES[kind]):
        return f"it is fitted for at most {most:,} classes, and there are {lesson.classes:,}"
    if kind != "constant" and lesson.classes and len(np.unique(lesson.train.truth)) < 2:
        return "the train fold has rows of one class only"
    return None


def constant(lesson: BaselineLesson) -> Floats:
    """The shares of the classes in the train fold, or its mean: what needs no column at all."""
    truth, rows = lesson.train.truth, len(lesson.holdout)
    if not lesson.classes:
        return np.full((rows, 1), float(truth.mean(dtype=np.float64)))
    shares = np.bincount(truth, minlength=lesson.classes) / len(truth)
    return np.tile(shares, (rows, 1))


def linear(lesson: BaselineLesson) -> Floats:
    """Logistic regression, or ridge regression, with scikit-learn's own penalty."""
    train = for_linear(lesson.train.matrices, lesson.preprocessing)
    holdout = for_linear(lesson.holdout.matrices, lesson.preprocessing)
    if not lesson.classes:
        fitted = Ridge(solver="lsqr").fit(train, lesson.train.truth.astype(np.float64))
        return np.asarray(fitted.predict(holdout), dtype=np.float64)[:, None]
    with warnings.catch_warnings():
        # Nearly fitted is good enough to be compared with.
        warnings.simplefilter("ignore", ConvergenceWarning)
        known = LogisticRegression(max_iter=_ITERATIONS).fit(train, lesson.train.truth)
    scores = np.zeros((len(lesson.holdout), lesson.classes))
    # A class that only the validation fold has is none to it.
    scores[:, known.classes_] = known.predict_proba(holdout)
    return scores


def boosted(lesson: BaselineLesson) -> Floats:
    """LightGBM with its own settings: a hundred rounds, and nothing tuned."""
    # Here: it needs the system's OpenMP, and an image without it lacks this baseline alone.
    import lightgbm

    train, categories = for_trees(lesson.train.matrices, lesson.preprocessing)
    holdout, _ = for_trees(lesson.holdout.matrices, lesson.preprocessing)
    # Threads would be no faster on tables of this size, and stand in each other's way.
    asked = asked_of(shape_of(lesson.preprocessing), seed=lesson.seed, threads=1)
    data = lightgbm.Dataset(
        train, label=lesson.train.truth.astype(np.float64), categorical_feature=categories
    )
    fitted = lightgbm.train(asked, data, num_boost_round=_ROUNDS)
    said = np.asarray(fitted.predict(holdout, num_threads=1), dtype=np.float64)
    if lesson.classes == 2:
        return np.stack([1 - said, said], axis=1)
    return said if lesson.classes else said[:, None]


FIT: Mapping[BaselineKind, Callable[[BaselineLesson], Floats]] = {
    "constant": constant,
    "linear": linear,
    "boosted": boosted,
}
