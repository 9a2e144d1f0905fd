"""Turns rows into tensors, in the same way in training, evaluation, scoring and serving.

A model thereby sees numbers around zero and small indices; it never sees a cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pydantic import ValidationError

from airlock.bundle.preprocessing.columns import (
    FIRST,
    MISSING,
    Categorical,
    Matrices,
    Numeric,
    Target,
    as_single,
    indices_of,
    lookup,
)
from airlock.bundle.text import Text
from airlock.core.errors import DataError, Unverified
from airlock.core.spec import Spec


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
            *((column.name, "numeric") for column in self.numeric if column.part is None),
            *((name, "moment") for name in dict.fromkeys(self._moments)),
            *((column.name, "categorical") for column in self.categorical),
            *((column.name, "text") for column in self.text),
        )

    @property
    def _moments(self) -> list[str]:
        return [column.column for column in self.numeric if column.part is not None]

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
            values = numeric.values(frame)
            missing = np.isnan(values)
            values[missing] = numeric.median
            if numeric.range is not None:
                values = values.clip(*numeric.range)
            floats[:, at] = as_single((values - numeric.mean) / numeric.scale)
            if numeric.flag:
                floats[:, flags] = missing
                flags += 1
        indices = np.empty((len(frame), len(self.categorical)), dtype=np.int64)
        for at, column in enumerate(self.categorical):
            indices[:, at] = indices_of(frame[column.name], lookup(column), MISSING)
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
                values = column.values(frame)
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
