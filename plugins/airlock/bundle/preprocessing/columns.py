"""Holds what was learnt of each column, and reads its cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import SerializerFunctionWrapHandler, model_serializer

from airlock.bundle.preprocessing.moments import Part, part_of
from airlock.bundle.ranges import Range
from airlock.bundle.text import Ngrams
from airlock.core.contract import ColumnType
from airlock.core.errors import DataError
from airlock.core.spec import Spec
from airlock.core.values import LabelReader, no_plain_type, spelled, truth

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
        low: what is below counts as this; None in bundles from before there was a range.
        high: what is above counts as this.
        of: the column of days or times that this tells a part of; None for a number of its own.
        part: which part.
    """

    name: str
    median: float
    mean: float
    scale: float
    flag: bool
    low: float | None = None
    high: float | None = None
    of: str | None = None
    part: Part | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A number of its own reads as before there were parts of days."""
        said: dict[str, Any] = written(self)
        return {k: v for k, v in said.items() if k not in {"of", "part"} or v is not None}

    @property
    def column(self) -> str:
        """The column that it is read from."""
        return self.of or self.name

    def values(self, frame: pd.DataFrame) -> NDArray[np.float64]:
        """Its number for every row; NaN where there is none.

        Raises:
            DataError: the column is of another type.
        """
        column = frame[self.column]
        return numbers(column) if self.part is None else part_of(column, self.part)

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
            return as_single((values - self.mean) / self.scale)
        known = {value: at for at, value in enumerate(self.classes)}
        read = LabelReader(self.classes)
        return indices_of(column, lambda value: known.get(read(value) or "", -1), -1)

    def labels(self) -> NDArray[Any]:
        """The classes in the target's own type."""
        if self.type == "integer":
            return np.array([int(value) for value in self.classes])
        if self.type == "boolean":
            return np.array([value == "true" for value in self.classes])
        return np.array(self.classes, dtype=object)


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


def lookup(column: Categorical) -> Callable[[object], int]:
    """What finds the index of a cell."""
    known = {value: index for index, value in enumerate(column.values, start=FIRST)}
    if column.type != "boolean":
        return lambda value: known.get(spelled(value), UNKNOWN)

    def index(value: object) -> int:
        read = truth(value)
        if read is None:
            raise DataError(
                f"The column {column.name} is of another type: it holds something else than "
                "booleans.",
                do="Give it true and false, or 1 and 0.",
            )
        return known.get(spelled(read), UNKNOWN)

    return index


def indices_of(column: pd.Series, index: Callable[[object], int], missing: int) -> Ints:
    """The index of every cell; each distinct value is looked up once.

    Raises:
        DataError: the column is of another type.
    """
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


def as_single(values: NDArray[np.float64]) -> Floats:
    """As single precision, which has no room for what is beyond its largest number."""
    most = float(np.finfo(np.float32).max)
    return values.clip(-most, most).astype(np.float32)
