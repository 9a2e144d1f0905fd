"""Turns rows into tensors: learnt once from the train fold, applied alike everywhere.

A model thereby sees numbers around zero and small indices; it never sees a cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from airlock.bundle.text import Ngrams, Text, learn_text
from airlock.core.contract import ColumnType
from airlock.core.errors import DataError, Unverified
from airlock.core.spec import Spec

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]
Matrices: TypeAlias = tuple[Floats, Ints] | tuple[Floats, Ints, Ngrams]

FeatureType: TypeAlias = ColumnType | Literal["text"]
"""How a feature is learnt from: by the type of its column; `text` is free text."""

UNKNOWN, MISSING, FIRST = 0, 1, 2
"""Indices of a categorical column: a value that training did not know, no value, the first one."""

# Rarer values could single somebody out, and nothing can be learnt from them.
RARE = 10


class Numeric(Spec):
    """A number: the median where it is missing, then centred and scaled by the train fold.

    Args:
        flag: whether a second tensor column says "was missing", because training saw that.
    """

    name: str
    median: float
    mean: float
    scale: float
    flag: bool


class Categorical(Spec):
    """One of a few values, by index; the first value has the index 2."""

    name: str
    values: tuple[str, ...]


class Target(Spec):
    """What is predicted.

    Args:
        classes: labels as text, in the order of the outputs; empty for a regression.
        type: of the column, so that a predicted label has it too.
        mean: of a regression's target in the train fold.
        scale: its standard deviation.
    """

    name: str
    type: ColumnType
    classes: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0

    @property
    def outputs(self) -> int:
        """How many numbers the model gives a row."""
        return len(self.classes) or 1

    def encode(self, column: pd.Series) -> NDArray[Any]:
        """The target as the loss wants it: class indices (-1: not a known class), or floats."""
        if not self.classes:
            return ((numbers(column) - self.mean) / self.scale).astype(np.float32)
        return _indices(column, {value: at for at, value in enumerate(self.classes)}, -1, -1)

    def labels(self) -> NDArray[Any]:
        """The classes in the target's own type."""
        if self.type == "integer":
            return np.array([int(value) for value in self.classes])
        if self.type == "boolean":
            return np.array([value == "true" for value in self.classes])
        return np.array(self.classes, dtype=object)


class Preprocessing(Spec):
    """The columns that go in, in the order of the tensors, and the one that comes out."""

    numeric: tuple[Numeric, ...]
    categorical: tuple[Categorical, ...]
    target: Target
    text: tuple[Text, ...] = ()

    @property
    def width(self) -> int:
        """Columns of the float tensor: the numbers, then the flags."""
        return len(self.numeric) + sum(column.flag for column in self.numeric)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many indices each categorical column has, unknown and missing included."""
        return tuple(FIRST + len(column.values) for column in self.categorical)

    @property
    def features(self) -> tuple[tuple[str, str], ...]:
        """Name and kind of every feature."""
        return (
            *((column.name, "numeric") for column in self.numeric),
            *((column.name, "categorical") for column in self.categorical),
            *((column.name, "text") for column in self.text),
        )

    @property
    def buckets(self) -> int:
        """How many numbers an n-gram may have; 0 without text."""
        return max((column.buckets for column in self.text), default=0)

    def apply(self, frame: pd.DataFrame) -> Matrices:
        """What goes into the model's `forward`, in its order.

        Returns:
            float32 `[rows, width]`, int64 `[rows, categorical columns]` and, where there is text,
            int32 `[rows, n-grams]`, the columns of text side by side.

        Raises:
            DataError: a column is missing or of another type.
        """
        lost = [name for name, _ in self.features if name not in frame]
        if lost:
            raise DataError(
                f"The model needs columns that the rows do not have: {', '.join(lost)}.",
                do="Give it the redacted columns it was trained on; signature.json lists them.",
            )
        floats = np.empty((len(frame), self.width), dtype=np.float32)
        flags = len(self.numeric)
        for at, numeric in enumerate(self.numeric):
            values = numbers(frame[numeric.name])
            missing = np.isnan(values)
            values[missing] = numeric.median
            floats[:, at] = (values - numeric.mean) / numeric.scale
            if numeric.flag:
                floats[:, flags] = missing
                flags += 1
        indices = np.empty((len(frame), len(self.categorical)), dtype=np.int64)
        for at, column in enumerate(self.categorical):
            known = {value: index for index, value in enumerate(column.values, start=FIRST)}
            indices[:, at] = _indices(frame[column.name], known, UNKNOWN, MISSING)
        if not self.text:
            return floats, indices
        ngrams = [column.apply(frame[column.name]) for column in self.text]
        return floats, indices, np.concatenate(ngrams, axis=1)

    @classmethod
    def from_json(cls, fields: Any) -> Preprocessing:
        """Read it back.

        Raises:
            Unverified: it is not one.
        """
        try:
            return cls.model_validate(fields)
        except ValidationError:
            raise Unverified(
                "preprocessing.json does not read as one.",
                do="It was written by another version of Airlock: train again.",
            ) from None


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
        ),
        categorical=tuple(
            _learn_categorical(name, train[name])
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
        values = numbers(column)
        return Target(name=name, type=kind, mean=float(values.mean()), scale=_scale(values))
    if kind not in {"string", "integer", "boolean"}:
        raise DataError(
            f"The target {name} is a {kind}, which has no classes.",
            do="Set task='regression' in the TrainSpec, or choose another target.",
        )
    classes = tuple(_text(value) for value in sorted(column.unique()))
    if len(classes) < 2:
        raise DataError(
            f"The target {name} has the same value in every row.",
            do="Check the source and the period that it covers.",
        )
    return Target(name=name, type=kind, classes=classes)


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """A column as floats of its own memory; what is no finite number becomes NaN.

    Raises:
        DataError: it holds something else than numbers.
    """
    try:
        values = pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    except (ValueError, TypeError):
        raise DataError(
            f"The column {column.name} holds something else than numbers.",
            do="Give it the type that the model was trained on; signature.json lists them.",
        ) from None
    values[~np.isfinite(values)] = np.nan
    return values


def _learn_numeric(name: str, values: NDArray[np.float64]) -> Numeric:
    missing = np.isnan(values)
    median = 0.0 if missing.all() else float(np.median(values[~missing]))
    values[missing] = median
    return Numeric(
        name=name,
        median=median,
        mean=float(values.mean()),
        scale=_scale(values),
        flag=bool(missing.any()),
    )


def _scale(values: NDArray[np.float64]) -> float:
    # A constant column stays zero after centring, instead of becoming infinite.
    return float(values.std()) or 1.0


def _learn_categorical(name: str, column: pd.Series) -> Categorical:
    counts = column.value_counts()
    return Categorical(
        name=name, values=tuple(sorted(_text(value) for value in counts.index[counts >= RARE]))
    )


def _indices(column: pd.Series, known: Mapping[str, int], unknown: int, missing: int) -> Ints:
    codes, values = pd.factorize(column)
    # The last place is for factorize's -1, "no value".
    table = [known.get(_text(value), unknown) for value in values] + [missing]
    return np.array(table, dtype=np.int64)[codes]


def _text(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    # pandas turns whole numbers into floats where a value is missing.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
