"""Turns rows into tensors: learnt once from the train fold, applied alike everywhere.

A model thereby sees numbers around zero and small indices; it never sees a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from airlock.bundle.ranges import MOST, Range, clamped, learn_range
from airlock.bundle.text import Ngrams, Text, learn_text
from airlock.core.contract import ColumnType
from airlock.core.errors import DataError, Unverified
from airlock.core.spec import Spec
from airlock.core.values import Reading, no_plain_type, spelled, truth

Floats: TypeAlias = NDArray[np.float32]
Ints: TypeAlias = NDArray[np.int64]
Matrices: TypeAlias = tuple[Floats, Ints] | tuple[Floats, Ints, Ngrams]

FeatureType: TypeAlias = ColumnType | Literal["text"]
"""How a feature is learnt from: by the type of its column; `text` is free text."""

UNKNOWN, MISSING, FIRST = 0, 1, 2
"""Indices of a categorical column: a value that training did not know, no value, the first one."""

# Rarer values could single somebody out, and nothing can be learnt from them.
RARE = 10

_MOST_CLASSES = 10_000
_LONGEST = 200  # characters of a class


class Numeric(Spec):
    """A number: the median where it is missing, then centred and scaled by the train fold.

    Args:
        flag: whether a second tensor column says "was missing", because training saw that.
        low: what is below counts as this; None in bundles from before there was a range.
        high: what is above counts as this.
    """

    name: str
    median: float
    mean: float
    scale: float
    flag: bool
    low: float | None = None
    high: float | None = None

    @property
    def range(self) -> Range | None:
        """What the model may see; None where nobody learnt it."""
        return None if self.low is None or self.high is None else (self.low, self.high)


class Categorical(Spec):
    """One of a few values, by index; the first value has the index 2.

    Args:
        type: of the column; None in bundles from before it was kept.
    """

    name: str
    values: tuple[str, ...]
    type: Literal["string", "boolean"] | None = None


class Target(Spec):
    """What is predicted.

    Args:
        classes: labels as text, in the order of the outputs; empty for a regression.
        type: of the column, so that a predicted label has it too.
        mean: of a regression's target in the train fold.
        scale: its standard deviation.
        low: what is below counts as this while a model is fitted; None without a range.
        high: what is above counts as this.
    """

    name: str
    type: ColumnType
    classes: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0
    low: float | None = None
    high: float | None = None

    @property
    def outputs(self) -> int:
        """How many numbers the model gives a row."""
        return len(self.classes) or 1

    def encode(self, column: pd.Series) -> NDArray[Any]:
        """The target as the loss wants it: class indices (-1: not a known class), or floats."""
        if not self.classes:
            values = numbers(column)
            if self.low is not None:
                values = values.clip(self.low, self.high)
            return _narrow((values - self.mean) / self.scale)
        known = {value: at for at, value in enumerate(self.classes)}
        read = Reading(self.classes)
        return _indices(column, lambda value: known.get(read(value) or "", -1), -1)

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
        self._check_columns(frame)
        floats = np.empty((len(frame), self.width), dtype=np.float32)
        flags = len(self.numeric)
        for at, numeric in enumerate(self.numeric):
            values = numbers(frame[numeric.name])
            missing = np.isnan(values)
            values[missing] = numeric.median
            if numeric.range is not None:
                values = values.clip(*numeric.range)
            floats[:, at] = _narrow((values - numeric.mean) / numeric.scale)
            if numeric.flag:
                floats[:, flags] = missing
                flags += 1
        indices = np.empty((len(frame), len(self.categorical)), dtype=np.int64)
        for at, column in enumerate(self.categorical):
            indices[:, at] = _indices(frame[column.name], _lookup(column), MISSING)
        if not self.text:
            return floats, indices
        ngrams = [column.apply(frame[column.name]) for column in self.text]
        return floats, indices, np.concatenate(ngrams, axis=1)

    def clipped(self, frame: pd.DataFrame) -> dict[str, int]:
        """How many cells of each column are beyond what the model may see; none is left out.

        Args:
            frame: as `apply` takes it.
        """
        found: dict[str, int] = {}
        for column in self.numeric:
            if column.range is not None:
                values = numbers(frame[column.name])
                beyond = int(((values < column.range[0]) | (values > column.range[1])).sum())
                found |= {column.name: beyond} if beyond else {}
        return found

    def _check_columns(self, frame: pd.DataFrame) -> None:
        names = [name for name, _ in self.features]
        if lost := [name for name in names if name not in frame]:
            raise DataError(
                f"The model needs columns that the rows do not have: {', '.join(lost)}.",
                do="Give it the redacted columns it was trained on; signature.json lists them.",
            )
        several = set(frame.columns[frame.columns.duplicated()])
        if twice := [name for name in names if name in several]:
            raise DataError(
                f"The rows have columns twice: {', '.join(twice)}.",
                do="Give each column one time; nobody can tell which of two is meant.",
            )

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
    classes = tuple(_text(value) for value in sorted(column.unique()))
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


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """A column as floats of its own memory; what is no finite number becomes NaN.

    Raises:
        DataError: it holds something else than numbers.
    """
    try:
        if no_plain_type(column):
            raise TypeError(column.dtype)
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(column.cat.categories.dtype)
        read = pd.to_numeric(column)
        if read.dtype.kind not in "biuf":
            raise TypeError(read.dtype)
        values = read.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
        if column.dtype.kind == "O" and (np.isnan(values) & column.notna().to_numpy()).any():
            # A text such as "nan" is no number, and no missing one.
            raise ValueError(column.dtype)
    except (ValueError, TypeError, ArithmeticError, NotImplementedError):
        raise DataError(
            f"The column {column.name} is of another type: it holds something else than numbers.",
            do="Give it the type that the model was trained on; signature.json lists them.",
        ) from None
    values[~np.isfinite(values)] = np.nan
    return values


def _learn_numeric(name: str, values: NDArray[np.float64]) -> Numeric:
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
        values=tuple(sorted(_text(value) for value in counts.index[counts >= RARE])),
        type="boolean" if kind == "boolean" else "string",
    )


def _lookup(column: Categorical) -> Callable[[object], int]:
    known = {value: index for index, value in enumerate(column.values, start=FIRST)}
    if column.type != "boolean":
        return lambda value: known.get(_text(value), UNKNOWN)

    def index(value: object) -> int:
        read = truth(value)
        if read is None:
            raise DataError(
                f"The column {column.name} is of another type: it holds something else than "
                "booleans.",
                do="Give it true and false, or 1 and 0.",
            )
        return known.get(_text(read), UNKNOWN)

    return index


def _indices(column: pd.Series, index: Callable[[object], int], missing: int) -> Ints:
    if no_plain_type(column):
        raise DataError(
            f"The column {column.name} is of another type: {column.dtype}.",
            do="Give it the type that the model was trained on; signature.json lists them.",
        )
    try:
        codes, values = pd.factorize(column)
    except TypeError:
        raise DataError(
            f"The column {column.name} is of another type: its cells are no single values.",
            do="Give it the type that the model was trained on; signature.json lists them.",
        ) from None
    # The last place is for factorize's -1, "no value".
    table = [index(value) for value in values] + [missing]
    return np.array(table, dtype=np.int64)[codes]


def _narrow(values: NDArray[np.float64]) -> Floats:
    """As single precision, which has no room for what is beyond its largest number."""
    most = float(np.finfo(np.float32).max)
    return values.clip(-most, most).astype(np.float32)


_text = spelled
