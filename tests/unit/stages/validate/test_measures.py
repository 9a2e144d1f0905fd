"""What is measured part by part is what NumPy measures of the whole."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from airlock.stages.validate.spec import Expectation
from airlock.stages.validate.stage.keys import ValueCounts, repeated_rows
from airlock.stages.validate.stage.measures import measure_of

VALUES = np.random.default_rng(0).normal(50, 10, 1_000)


def measured(name: str, values: list[float | None], part: int) -> float | None:
    table = pa.table({"it": pa.array(values, pa.float64())})
    bounds = {"column": "it", "min_value": 0}
    given = {"type": f"expect_column_{name}_to_be_between", "kwargs": bounds}
    measure = measure_of(Expectation.model_validate(given))
    assert measure is not None
    for start in range(0, table.num_rows, part):
        measure.watch(table.slice(start, part))
    found = {"stdev": "standard_deviation"}.get(name, name)
    value: float | None = measure.metrics()[f"column.{found}"]
    return value


@pytest.mark.parametrize("part", [1, 7, 1_000])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("min", VALUES.min()),
        ("max", VALUES.max()),
        ("sum", VALUES.sum()),
        ("mean", VALUES.mean()),
        ("median", np.median(VALUES)),
        ("stdev", VALUES.std(ddof=1)),
    ],
)
def test_parts_add_up(name: str, expected: float, part: int):
    gaps: list[float | None] = [None, math.nan]

    assert measured(name, [*gaps, *VALUES, *gaps], part) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", ["min", "max", "mean", "median", "stdev"])
def test_of_nothing_there_is_no_measure(name: str):
    assert measured(name, [None, math.nan], 1) is None


@pytest.mark.parametrize("part", [3, 50])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        pytest.param(pa.string(), ["", "a", "Zoë", "日本", None, "a", "nan"], id="texts"),
        pytest.param(pa.int64(), [2**53, 2**53 + 1, -1, -1, None], id="integers beyond floats"),
        pytest.param(pa.float64(), [0.0, -0.0, 1.5, math.inf, math.inf], id="zeros and infinities"),
        pytest.param(pa.bool_(), [True, False, None, True], id="booleans"),
        pytest.param(pa.date32(), [0, 1, -1, 0, None], id="days"),
        pytest.param(pa.timestamp("us"), [0, 1, -(2**60), 1], id="moments"),
    ],
)
def test_repeated_values_are_counted_and_found(kind: pa.DataType, values: list, part: int):
    table = pa.table({"it": pa.array(values, kind)})
    tally = ValueCounts(["it"])
    for start in range(0, len(values), part):
        tally.watch(table.slice(start, part))

    distinct, repeated, rows = tally.sums()

    seen = Counter(value for value in values if value is not None)
    assert distinct == len(seen)
    assert rows == sum(count for count in seen.values() if count > 1)
    found = repeated_rows(table, ["it"], repeated)
    assert found.tolist() == [seen[value] > 1 for value in values]


def test_a_key_of_several_columns_needs_all_of_them_to_repeat():
    table = pa.table({"a": [1, 1, 1, None, None], "b": ["x", "x", "y", None, "x"]})
    tally = ValueCounts(["a", "b"])
    tally.watch(table)

    _, repeated, rows = tally.sums()

    assert (rows, tally.counted) == (2, 4)
    found = repeated_rows(table, ["a", "b"], repeated)
    assert found.tolist() == [True, True, False, False, False]
