"""Runs Great Expectations quietly and offline, part by part, without repeating a value.

Its metrics decide about single rows, part after part; the counts are added up. What needs all rows
at once is in `measures`. In the end Great Expectations is given the sums, and says the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import great_expectations.expectations as gxe
import numpy as np
import pandas as pd
import pyarrow as pa
from great_expectations.core import ExpectationValidationResult

from airlock.compat.great_expectations import (
    MetricConfiguration,
    MetricsCalculator,
    PandasExecutionEngine,
)
from airlock.core.errors import SpecError
from airlock.core.table import value_texts
from airlock.stages.validate.spec import Expectation
from airlock.stages.validate.stage.keys import BoolArray, present
from airlock.stages.validate.stage.measures import Measure, measure_of
from airlock.stages.validate.stage.patterns import Pattern

# These are about missing values; all others leave them out.
_OF_NULLS = frozenset({"column_values.nonnull", "column_values.null"})
# Whether the pattern shall be found.
_OF_PATTERNS = {
    "expect_column_values_to_match_regex": True,
    "expect_column_values_to_not_match_regex": False,
}
# What is measured is a cell.
_OF_CELLS = frozenset({"column.min", "column.max", "column.median"})
_NULLS = "column_values.nonnull.unexpected_count"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationOutcome:
    """What became of one expectation.

    Args:
        told: whether it could be judged at all.
        unexpected: rows that broke it.
        observed: what was measured of the whole table.
        result: what Great Expectations says of the counts; it holds no value from the data but
            what was measured.
    """

    told: bool
    success: bool
    unexpected: int = 0
    observed: float | None = None
    result: ExpectationValidationResult


@dataclass(slots=True)
class _Sums:
    """Of one expectation about single rows, over all parts."""

    nulls: int = 0
    unexpected: int = 0
    told: bool = True


class Judge:
    """Judges one table, shown to it part by part.

    Args:
        expectations: by their place in the file.

    Raises:
        SpecError: Great Expectations refuses an argument.
    """

    def __init__(self, expectations: Mapping[int, Expectation]) -> None:
        self._made = {at: _made(one) for at, one in expectations.items()}
        # Asked for once: it takes longer than to judge a small part.
        self._asked = {at: _asked(made) for at, made in self._made.items()}
        self._patterns = {
            at: Pattern(one.kwargs["regex"])
            for at, one in expectations.items()
            if one.type in _OF_PATTERNS
        }
        self._measures: dict[int, Measure] = {}
        self._sums: dict[int, _Sums] = {}
        for at, one in expectations.items():
            if measure := measure_of(one):
                self._measures[at] = measure
            else:
                self._sums[at] = _Sums()
        self._expected = {at: one.type for at, one in expectations.items()}
        self._columns = {at: one.columns for at, one in expectations.items()}
        self._rows = 0
        self._engine = PandasExecutionEngine()

    def watch(self, table: pa.Table) -> dict[int, BoolArray]:
        """Judge some of the rows.

        Args:
            table: canonical, of the same columns each time.

        Returns:
            For each expectation that can be judged row by row, which rows break it.
        """
        self._rows += table.num_rows
        for measure in self._measures.values():
            measure.watch(table)
        return self._judged(table) if self._sums else {}

    def outcomes(self) -> dict[int, ExpectationOutcome]:
        """The outcomes of all rows so far, by the expectations' places in the file."""
        return {at: self._outcome(at) for at in self._made}

    def _judged(self, table: pa.Table) -> dict[int, BoolArray]:
        frames = _Frames(table, self._engine)
        broken = {at: self._mismatched(at, table) for at in self._patterns}
        asked = {at: self._condition(at, frames) for at in self._sums if at not in broken}
        calculator = MetricsCalculator(self._engine)
        graph = calculator.build_metric_dependency_graph(list(asked.values()))
        # Not through compute_metrics: it logs what went wrong, and with it cells.
        found, _ = calculator.resolve_validation_graph(graph)
        for at, metric in asked.items():
            sums, positions = self._sums[at], frames.positions[self._columns[at]]
            sums.nulls += table.num_rows - len(positions)
            if metric.id not in found:
                sums.told = False
                continue
            rows = np.asarray(found[metric.id][0], np.bool_)
            if len(rows) < table.num_rows:
                rows, there = np.zeros(table.num_rows, np.bool_), rows
                rows[positions] = there
            sums.unexpected += int(rows.sum())
            broken[at] = rows
        return broken

    def _mismatched(self, at: int, table: pa.Table) -> BoolArray:
        """Which rows break an expectation of a pattern; not through pandas, see `patterns`."""
        column = table.column(*self._columns[at])
        there = present(column).to_numpy()
        found = self._patterns[at].found_in(value_texts(column))
        rows: BoolArray = there & (found != _OF_PATTERNS[self._expected[at]])
        self._sums[at].nulls += table.num_rows - int(there.sum())
        self._sums[at].unexpected += int(rows.sum())
        return rows

    def _condition(self, at: int, frames: _Frames) -> MetricConfiguration:
        made = self._made[at]
        asked = self._asked[at][f"{made.map_metric}.unexpected_count"]
        batch = frames.batch(self._columns[at], whole=made.map_metric in _OF_NULLS)
        return MetricConfiguration(
            metric_name=f"{made.map_metric}.condition",
            metric_domain_kwargs={**asked.metric_domain_kwargs, "batch_id": batch},
            metric_value_kwargs=asked.metric_value_kwargs,
        )

    def _outcome(self, at: int) -> ExpectationOutcome:
        made = self._made[at]
        if at in self._sums:
            sums = self._sums[at]
            if not sums.told:
                return _untold(made)
            metrics: Mapping[str, Any] = {
                _NULLS: sums.nulls,
                f"{made.map_metric}.unexpected_count": sums.unexpected,
                f"{made.map_metric}.filtered_row_count": self._rows - sums.nulls,
            }
        else:
            metrics = self._measures[at].metrics()
        return _verdict(made, {"table.row_count": self._rows, **metrics})


@dataclass(slots=True)
class _Frames:
    """The columns of a part, in batches of their own: Great Expectations copies what it filters."""

    table: pa.Table
    engine: PandasExecutionEngine
    positions: dict[tuple[str, ...], Any] = field(default_factory=dict)
    _loaded: set[str] = field(default_factory=set)

    def batch(self, names: tuple[str, ...], *, whole: bool) -> str:
        """Load columns, without the rows where all of them are missing unless `whole`."""
        columns = {name: self.table.column(name) for name in names}
        if names not in self.positions:
            there = [present(column).to_numpy() for column in columns.values()]
            self.positions[names] = np.flatnonzero(np.logical_or.reduce(there))
        whole = whole or len(self.positions[names]) == self.table.num_rows
        batch = str((names, whole))
        if batch not in self._loaded:
            self._loaded.add(batch)
            if not whole:
                # Integers with gaps would become floats, and the large ones others.
                rows = pa.array(self.positions[names])
                columns = {name: column.take(rows) for name, column in columns.items()}
            frame = pd.DataFrame({name: _series(column) for name, column in columns.items()})
            self.engine.load_batch_data(batch, frame)
        return batch


def _series(column: pa.ChunkedArray) -> pd.Series[Any]:
    # With a time zone: the only dates of less than a nanosecond that are compared as vectors.
    if pa.types.is_date32(column.type):
        column = column.cast(pa.timestamp("s")).cast(pa.timestamp("s", "UTC"))
    elif pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", "UTC"))
    series: pd.Series[Any] = column.to_pandas()
    return series


def _made(expectation: Expectation) -> Any:
    name = "".join(word.capitalize() for word in expectation.type.split("_"))
    arguments = {key: _comparable(value) for key, value in expectation.kwargs.items()}
    try:
        return getattr(gxe, name)(**arguments, severity=expectation.severity)
    except ValueError:
        raise SpecError(
            f"Great Expectations refuses the arguments of {expectation.type}"
            f" ({', '.join(expectation.columns)}).",
            do="Compare them with docs/specs.md.",
        ) from None


def _comparable(value: Any) -> Any:
    """Dates in the type that the frame holds."""
    if isinstance(value, list | tuple):
        return [_comparable(one) for one in value]
    if not isinstance(value, date):
        return value
    moment = pd.Timestamp(value)
    return moment.tz_localize("UTC") if moment.tz is None else moment.tz_convert("UTC")


def _asked(made: Any) -> Mapping[str, MetricConfiguration]:
    """The metrics that it needs for its verdict, by name; no more than counts."""
    found: Mapping[str, MetricConfiguration] = made.get_validation_dependencies(
        runtime_configuration=_counts_only()
    ).metric_configurations
    return found


def _counts_only() -> dict[str, Any]:
    return {"result_format": {"result_format": "BASIC", "partial_unexpected_count": 0}}


def _verdict(made: Any, metrics: Mapping[str, Any]) -> ExpectationOutcome:
    asked = _asked(made)
    if any(metrics[name] is None or pd.isna(metrics[name]) for name in asked if name in metrics):
        # There is nothing to measure.
        return _untold(made)
    # Of the values that broke it there are none to be given.
    given = {metric.id: metrics.get(name, []) for name, metric in asked.items()}
    result = made.metrics_validate(given, runtime_configuration=_counts_only())
    if _OF_CELLS & set(asked):
        result.result = {}
    said = result.result
    return ExpectationOutcome(
        told=True,
        success=bool(result.success),
        unexpected=int(said.get("unexpected_count", 0)),
        observed=float(said["observed_value"]) if "observed_value" in said else None,
        result=result,
    )


def _untold(made: Any) -> ExpectationOutcome:
    result = ExpectationValidationResult(
        success=False,
        expectation_config=made.configuration,
        exception_info={"raised_exception": True},
    )
    return ExpectationOutcome(told=False, success=False, result=result)
