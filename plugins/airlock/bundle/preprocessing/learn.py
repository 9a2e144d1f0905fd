"""Learns from the train fold what preprocessing needs to know."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from airlock.bundle.preprocessing.apply import Preprocessing
from airlock.bundle.preprocessing.columns import (
    RARE,
    Categorical,
    FeatureType,
    Numeric,
    Target,
    numbers,
)
from airlock.bundle.preprocessing.moments import DATE_PARTS, TIME_PARTS, Part, part_of
from airlock.bundle.ranges import MOST, clamped, learn_range
from airlock.bundle.text import learn_text
from airlock.core.contract import ColumnType
from airlock.core.errors import DataError
from airlock.core.values import spelled

_PARTS: dict[FeatureType, tuple[Part, ...]] = {"date": DATE_PARTS, "timestamp": TIME_PARTS}
_MOST_CLASSES = 10_000
_LONGEST = 200  # characters of a class


def learn(
    train: pd.DataFrame, features: Sequence[tuple[str, FeatureType]], target: Target
) -> Preprocessing:
    """Learn from the train fold alone.

    Args:
        train: rows of the train fold.
        features: names, and how each is learnt from.
        target: already learnt, see `learn_target`.
    """
    return Preprocessing(
        numeric=tuple(
            _learn_numeric(name, numbers(train[name]))
            for name, kind in features
            if kind in {"integer", "number"}
        )
        + tuple(
            _learn_numeric(f"{name} {part}", part_of(train[name], part), of=name, part=part)
            for name, kind in features
            for part in _PARTS.get(kind, ())
        ),
        categorical=tuple(
            _learn_categorical(name, kind, train[name])
            for name, kind in features
            if kind in {"string", "boolean"}
        ),
        target=target,
        text=tuple(learn_text(name, train[name]) for name, kind in features if kind == "text"),
    )


def learn_target(name: str, kind: ColumnType, column: pd.Series, *, classify: bool) -> Target:
    """Learn what is predicted.

    Raises:
        DataError: values are missing, or there is nothing to tell apart.
    """
    if missing := int(column.isna().sum()):
        raise DataError(
            f"The target {name} is missing in {missing:,} rows.",
            do="Expect it not to be null, or set such rows aside in the expectations file.",
        )
    if not classify:
        return _learn_number(name, kind, numbers(column))
    if kind not in {"string", "integer", "boolean"}:
        raise DataError(
            f"The target {name} is a {kind}, which has no classes.",
            do="Set task='regression' in the TrainSpec, or choose another target.",
        )
    classes = tuple(spelled(value) for value in sorted(column.unique()))
    _check_classes(name, classes)
    if len(classes) < 2:
        raise DataError(
            f"The target {name} has the same value in every row.",
            do="Check the source and the period that it covers.",
        )
    return Target(name=name, type=kind, classes=classes)


def _check_classes(name: str, classes: Sequence[str]) -> None:
    """Classes become names of columns, in files and in databases."""
    if len(classes) > _MOST_CLASSES:
        raise DataError(
            f"The target {name} has {len(classes):,} different values; a model tells at most "
            f"{_MOST_CLASSES:,} classes apart.",
            do="Set task='regression' in the TrainSpec if it is a number, or group its values.",
        )
    if unfit := sum("\0" in one or len(one) > _LONGEST for one in classes):
        raise DataError(
            f"{unfit:,} of {len(classes):,} values of the target {name} hold a NUL, or more than "
            f"{_LONGEST} characters.",
            do="Classes become names of columns: expect other values in the expectations file.",
        )


def _learn_numeric(
    name: str, values: NDArray[np.float64], *, of: str | None = None, part: Part | None = None
) -> Numeric:
    missing = np.isnan(values)
    there = clamped(values[~missing])
    learnt = learn_range(there)
    median = learnt.rounded(float(np.median(there))) if len(there) else 0.0
    # What a missing one stands for counts, too: the column is centred with it.
    filled = np.full(len(values), median)
    filled[~missing] = there
    mean, scale = learnt.moments(filled)
    return Numeric(
        name=name,
        median=median,
        mean=mean,
        scale=scale,
        flag=bool(missing.any()),
        low=learnt.low,
        high=learnt.high,
        of=of,
        part=part,
    )


def _learn_number(name: str, kind: ColumnType, values: NDArray[np.float64]) -> Target:
    if beyond := int((np.isnan(values) | (np.abs(values) > MOST)).sum()):
        raise DataError(
            f"The target {name} is no number, or beyond {MOST:g}, in {beyond:,} rows.",
            do="Set such rows aside in the expectations file: expect_column_values_to_be_between.",
        )
    learnt = learn_range(values)
    mean, scale = learnt.moments(values)
    return Target(name=name, type=kind, mean=mean, scale=scale, low=learnt.low, high=learnt.high)


def _learn_categorical(name: str, kind: FeatureType, column: pd.Series) -> Categorical:
    counts = column.value_counts()
    return Categorical(
        name=name,
        values=tuple(sorted(spelled(value) for value in counts.index[counts >= RARE])),
        type="boolean" if kind == "boolean" else "string",
    )
