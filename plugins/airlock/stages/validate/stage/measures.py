"""Measures what needs the whole table: means, distinct values, repeated keys.

Each measure sees the table part by part, and then gives what Great Expectations would have computed
of the whole table, under the names that it gives to its metrics.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from airlock.stages.validate.arguments import ExpectationType
from airlock.stages.validate.spec import Expectation
from airlock.stages.validate.stage.keys import ValueCounts, present

Numbers = npt.NDArray[Any]


class Measure(Protocol):
    """Something about all rows."""

    def watch(self, table: pa.Table) -> None:
        """See some of the rows."""
        ...

    def metrics(self) -> Mapping[str, Any]:
        """What it measured, by Great Expectations' names; None where there is nothing."""
        ...


def measure_of(expectation: Expectation) -> Measure | None:
    """The measure that an expectation needs; None if it can be judged row by row."""
    make = _MEASURES.get(expectation.type)
    return make(expectation) if make else None


@dataclass(slots=True)
class _Rows:
    """Counts nothing itself: the rows are counted anyway."""

    def watch(self, table: pa.Table) -> None:
        pass

    def metrics(self) -> Mapping[str, Any]:
        return {}


@dataclass(slots=True)
class _Extremes:
    column: str
    low: float | None = None
    high: float | None = None

    def watch(self, table: pa.Table) -> None:
        if len(values := _values(table, self.column)):
            low, high = values.min().item(), values.max().item()
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)

    def metrics(self) -> Mapping[str, Any]:
        return {"column.min": self.low, "column.max": self.high}


@dataclass(slots=True)
class _Median:
    """Of eight bytes a row in memory: there is no exact median in less."""

    column: str
    parts: list[Numbers] = field(default_factory=list)

    def watch(self, table: pa.Table) -> None:
        self.parts.append(_values(table, self.column).astype(np.float64))

    def metrics(self) -> Mapping[str, Any]:
        values = np.concatenate(self.parts)
        with np.errstate(invalid="ignore"):
            return {"column.median": float(np.median(values)) if len(values) else None}


@dataclass(slots=True)
class _Spread:
    """Means and squared distances of parts, merged (Chan, Golub and LeVeque, 1979)."""

    column: str
    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def watch(self, table: pa.Table) -> None:
        values = _values(table, self.column).astype(np.float64)
        if not (count := len(values)):
            return
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean())
            squares = float(np.square(values - mean).sum())
        apart, total = mean - self.mean, self.count + count
        self.squares += squares + apart * apart * (self.count * count / total)
        self.mean += apart * (count / total)
        self.count = total

    def metrics(self) -> Mapping[str, Any]:
        # One value has no spread.
        spread = math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else None
        return {"column.standard_deviation": spread}


@dataclass(slots=True)
class _ColumnSum:
    column: str
    sums: list[float] = field(default_factory=list)
    count: int = 0

    def watch(self, table: pa.Table) -> None:
        values = _values(table, self.column)
        self.count += len(values)
        with np.errstate(over="ignore", invalid="ignore"):
            self.sums.append(float(values.sum(dtype=np.float64)))

    def metrics(self) -> Mapping[str, Any]:
        total = sum(self.sums)
        return {
            # Of nothing it is zero, as to Great Expectations.
            "column.sum": total,
            "column.mean": total / self.count if self.count else None,
        }


@dataclass(slots=True)
class _Unique:
    """Rows whose value, or values together, another row has too."""

    tally: ValueCounts
    rows: int = 0

    def watch(self, table: pa.Table) -> None:
        self.rows += table.num_rows
        self.tally.watch(table)

    def metrics(self) -> Mapping[str, Any]:
        _, _, unexpected = self.tally.sums()
        return {
            "column_values.nonnull.unexpected_count": self.rows - self.tally.counted,
            "column_values.unique.unexpected_count": unexpected,
            "compound_columns.unique.unexpected_count": unexpected,
            "compound_columns.unique.filtered_row_count": self.tally.counted,
        }


@dataclass(slots=True)
class _Distinct:
    tally: ValueCounts

    def watch(self, table: pa.Table) -> None:
        self.tally.watch(table)

    def metrics(self) -> Mapping[str, Any]:
        distinct, _, _ = self.tally.sums()
        return {
            "column.distinct_values.count": distinct,
            "column.unique_proportion": distinct / self.tally.counted if self.tally.counted else 0,
        }


_MEASURES: Mapping[ExpectationType, Callable[[Expectation], Measure]] = {
    "expect_column_min_to_be_between": lambda one: _Extremes(one.columns[0]),
    "expect_column_max_to_be_between": lambda one: _Extremes(one.columns[0]),
    "expect_column_median_to_be_between": lambda one: _Median(one.columns[0]),
    "expect_column_stdev_to_be_between": lambda one: _Spread(one.columns[0]),
    "expect_column_mean_to_be_between": lambda one: _ColumnSum(one.columns[0]),
    "expect_column_sum_to_be_between": lambda one: _ColumnSum(one.columns[0]),
    "expect_column_values_to_be_unique": lambda one: _Unique(ValueCounts(one.columns)),
    "expect_compound_columns_to_be_unique": lambda one: _Unique(ValueCounts(one.columns)),
    "expect_column_proportion_of_unique_values_to_be_between": lambda one: _Distinct(
        ValueCounts(one.columns)
    ),
    "expect_column_unique_value_count_to_be_between": lambda one: _Distinct(
        ValueCounts(one.columns)
    ),
    "expect_table_row_count_to_be_between": lambda one: _Rows(),
    "expect_table_row_count_to_equal": lambda one: _Rows(),
}


def _values(table: pa.Table, name: str) -> Numbers:
    column = table.column(name)
    values: Numbers = column.filter(present(column)).to_numpy()
    return values
