"""Explains a prediction of any kind of model: Shapley values, sampled (Strumbelj, Kononenko, 2014).

The features of a reference row are replaced by those of this one, one after another in an order
that is drawn; what each replacement adds is its share, and an order's shares add up to the
difference of the two scores by themselves. A reference row has every number at its mean in
training, of each category a known value that is drawn, and no text; what is told is the mean of all
orders. As many orders as features run forward and backward, so that pairs of features count alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.bundle.preprocessing import FIRST, MISSING, Matrices, Preprocessing
from airlock.bundle.text import NOTHING
from airlock.serve import Scorer
from airlock.stages.score.record import Attribution

_ORDERS = 64  # each forward and backward
_MOST_ROWS = 65_536  # scored at once
_SEED = 0


@dataclass(frozen=True, slots=True)
class _Feature:
    """A name, and the columns of every tensor that are its own."""

    name: str
    columns: tuple[NDArray[np.int64], ...]


def attribute(scorer: Scorer, row: pd.DataFrame) -> Attribution:
    """Take one prediction apart.

    Args:
        row: one row of the redacted schema.

    Raises:
        DataError: a column is missing or of another type.
    """
    preprocessing = scorer.preprocessing
    here = preprocessing.apply(row)
    features = list(_features(preprocessing, here))
    score = scorer.scores_of(here)[0]
    classes = preprocessing.target.classes
    # The positive class of two, or of more the one that is predicted.
    target = (1 if len(classes) == 2 else int(score.argmax())) if classes else 0
    chance = np.random.default_rng(_SEED)
    added, averages = np.zeros(len(features)), []
    at_once = max(1, _MOST_ROWS // (2 * (len(features) + 1)))
    for start in range(0, _ORDERS, at_once):
        orders = [chance.permutation(len(features)) for _ in range(min(at_once, _ORDERS - start))]
        both = [order for one in orders for order in (one, one[::-1])]
        paths = [
            _path(here, features, order, _reference(preprocessing, here, chance)) for order in both
        ]
        together: Matrices = tuple(map(np.concatenate, zip(*paths, strict=True)))  # type: ignore[assignment]  # as many as there were
        scores = scorer.scores_of(together)[:, target].reshape(len(both), len(features) + 1)
        for order, path in zip(both, scores, strict=True):
            added[order] += np.diff(path)
            averages.append(path[0])
    added /= len(averages)
    average = float(np.mean(averages))
    strongest = sorted(
        zip([one.name for one in features], added.tolist(), strict=True),
        key=lambda item: (-abs(item[1]), item[0]),
    )
    return Attribution(
        of=f"probability of {classes[target]}" if classes else "prediction",
        score=float(score[target]),
        average=average,
        features=tuple(strongest),
        remainder=float(score[target]) - average - float(added.sum()),
    )


def _path(
    here: Matrices, features: list[_Feature], order: NDArray[np.int64], reference: Matrices
) -> Matrices:
    """The reference row, and it again after each replacement; the last one is this row."""
    found: list[NDArray[Any]] = [np.repeat(one, len(features) + 1, axis=0) for one in reference]
    for step, at in enumerate(order, start=1):
        for whole, mine, columns in zip(found, here, features[at].columns, strict=True):
            whole[step:, columns] = np.asarray(mine)[0, columns]
    return tuple(found)  # type: ignore[return-value]  # as many as there were


def _reference(
    preprocessing: Preprocessing, here: Matrices, chance: np.random.Generator
) -> Matrices:
    floats, indices, *text = here
    drawn = [
        int(chance.integers(FIRST, size)) if size > FIRST else MISSING
        for size in preprocessing.sizes
    ]
    row = np.array([drawn], dtype=indices.dtype).reshape(1, len(drawn))
    return (np.zeros_like(floats), row, *(np.full_like(one, NOTHING) for one in text))  # type: ignore[return-value]  # as many as there were


def _features(preprocessing: Preprocessing, here: Matrices) -> Iterator[_Feature]:
    flag = len(preprocessing.numeric)
    none = np.empty(0, dtype=np.int64)
    rest = [none for _ in here[2:]]
    for at, number in enumerate(preprocessing.numeric):
        # A number and its flag "was missing" are one feature.
        own = [at, flag] if number.flag else [at]
        flag += number.flag
        yield _Feature(number.name, (np.array(own), none, *rest))
    for at, column in enumerate(preprocessing.categorical):
        yield _Feature(column.name, (none, np.array([at]), *rest))
    start = 0
    for text in preprocessing.text:
        own_text = np.arange(start, start + text.length)
        start += text.length
        yield _Feature(text.name, (none, none, own_text))
