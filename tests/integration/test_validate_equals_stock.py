"""Judged part by part, a table gets the verdict and the counts of stock Great Expectations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from airlock.core.table import ARROW
from airlock.stages.validate.spec import Expectation
from airlock.stages.validate.stage.suite import Judge

import great_expectations as gx  # isort: skip  # after airlock, which keeps it quiet
import great_expectations.expectations as gxe  # isort: skip

SCHEMA = pa.schema(
    {
        "text": ARROW["string"],
        "whole": ARROW["integer"],
        "number": ARROW["number"],
        "flag": ARROW["boolean"],
        "day": ARROW["date"],
        "time": ARROW["timestamp"],
    }
)
DAYS = [date(1900, 1, 1), date(2026, 1, 4), date(2026, 1, 5), date(2150, 12, 31)]
TIMES = [
    datetime.fromisoformat(text)
    for text in (
        "1900-01-01",
        "2026-01-04T23:59:59.999999",
        "2026-01-05",
        "2026-01-05T00:00:00.000001",
        "2150-12-31",
    )
]
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(["", " ", "a", "ab", "Zoë", "日本", "a\nb", "nan", "None", "😀"]),
    "whole": st.sampled_from([-(2**53), -1, 0, 1, 2, 7, 2**53]),
    "number": st.sampled_from([-0.0, 0.0, 1.5, -3.25, 7.0, 1e300, float("nan")]),
    "flag": st.booleans(),
    "day": st.sampled_from(DAYS),
    "time": st.sampled_from(TIMES),
}
VALUE_SETS: dict[str, list[Any]] = {
    "text": ["", "a", "日本", "nan"],
    "whole": [0, 7, 1.0],
    "number": [0.0, 7, 1.5],
    "flag": [True],
    "day": DAYS[1:3],
    "time": [TIMES[2]],
}


def _asked(kind: str, **kwargs: Any) -> Expectation:
    return Expectation.model_validate({"type": kind, "kwargs": kwargs})


NUMBERS = {"column": "number", "min_value": 0, "max_value": 7}
ASKED = (
    *(_asked("expect_column_values_to_not_be_null", column=name, mostly=0.5) for name in CELLS),
    *(_asked("expect_column_values_to_be_null", column=name) for name in CELLS),
    *(_asked("expect_column_values_to_be_unique", column=name) for name in CELLS),
    *(
        _asked(kind, column=name, value_set=among)
        for kind in ("expect_column_values_to_be_in_set", "expect_column_values_to_not_be_in_set")
        for name, among in VALUE_SETS.items()
    ),
    *(
        _asked(
            "expect_column_proportion_of_unique_values_to_be_between", column=name, min_value=0.5
        )
        for name in CELLS
    ),
    _asked("expect_column_values_to_be_between", **NUMBERS, mostly=0.75),
    _asked("expect_column_values_to_be_between", **NUMBERS, strict_min=True, strict_max=True),
    _asked("expect_column_values_to_be_between", column="whole", min_value=0, max_value=2.0),
    _asked("expect_column_values_to_be_between", column="whole", max_value=2**53 - 1),
    _asked("expect_column_values_to_be_between", column="day", min_value=date(2026, 1, 5)),
    _asked("expect_column_values_to_be_between", column="time", max_value=date(2026, 1, 5)),
    _asked("expect_column_values_to_match_regex", column="text", regex="^a"),
    _asked("expect_column_values_to_not_match_regex", column="text", regex="^a"),
    _asked("expect_column_value_lengths_to_equal", column="text", value=2),
    _asked("expect_column_sum_to_be_between", column="whole", min_value=0),
    _asked("expect_column_values_to_match_regex", column="text", regex="^.?$", mostly=0.5),
    _asked("expect_column_value_lengths_to_be_between", column="text", min_value=1, max_value=2),
    _asked("expect_column_mean_to_be_between", column="number", min_value=0),
    _asked("expect_column_mean_to_be_between", column="whole", max_value=1, strict_max=True),
    _asked("expect_compound_columns_to_be_unique", column_list=["text", "whole"]),
    _asked("expect_compound_columns_to_be_unique", column_list=["number", "flag"]),
    _asked("expect_table_row_count_to_be_between", min_value=2, max_value=5),
)


# Equal keys of unequal bytes in two parts, nothing but gaps, an infinity that a division made.
NASTY = pa.table(
    {
        "text": ["", None, "", "nan"],
        "whole": [1, 2**53, 1, None],
        "number": [0.0, float("nan"), -0.0, float("inf")],
        "flag": [True, None, True, False],
        "day": [None] * 4,
        "time": [TIMES[2], None, TIMES[2], TIMES[3]],
    },
    schema=SCHEMA,
)


@st.composite
def tables(draw: Callable[..., Any]) -> tuple[pa.Table, list[int]]:
    """A small table, and where it is cut into parts, some of them empty."""
    rows = draw(st.integers(0, 12))
    columns = {}
    for name, cells in CELLS.items():
        gaps = draw(st.sampled_from([cells, st.one_of(st.none(), cells), st.none()]))
        columns[name] = draw(st.lists(gaps, min_size=rows, max_size=rows))
    cuts = draw(st.lists(st.integers(0, rows), max_size=3))
    return pa.table(columns, schema=SCHEMA), sorted([0, *cuts, rows])


def by_airlock(table: pa.Table, cuts: list[int]) -> list[tuple[bool, int] | None]:
    judge = Judge(dict(enumerate(ASKED)))
    for start, end in pairwise(cuts):
        judge.watch(table.slice(start, end - start))
    found = judge.outcomes()
    return [
        (found[at].success, found[at].unexpected) if found[at].told else None
        for at in range(len(ASKED))
    ]


def by_stock(table: pa.Table) -> list[tuple[bool, int] | None]:
    """The whole frame at once; None where Great Expectations cannot tell."""
    made = [_stock(at, one) for at, one in enumerate(ASKED)]
    frame = table.to_pandas(date_as_object=False, types_mapper=_nullable)
    batch = (
        gx.get_context(mode="ephemeral")
        .data_sources.add_pandas("rows")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("rows")
        .get_batch({"dataframe": frame})
    )
    suite = gx.ExpectationSuite(name="stock", expectations=made)
    told: dict[int, tuple[bool, int] | None] = {}
    for one in batch.validate(suite, result_format="BASIC").results:
        result, at = one.result, one.expectation_config.meta["at"]
        measured = result.get("observed_value", 0)
        blind = not result or measured is None or measured != measured
        told[at] = None if blind else (bool(one.success), int(result.get("unexpected_count", 0)))
    return [told[at] for at in range(len(ASKED))]


def _nullable(kind: pa.DataType) -> Any:
    # Integers with gaps would become floats, and lose what is beyond 2**53.
    return pd.Int64Dtype() if pa.types.is_int64(kind) else None


def _stock(at: int, one: Expectation) -> Any:
    def comparable(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [comparable(member) for member in value]
        return pd.Timestamp(value) if isinstance(value, date) else value

    name = "".join(word.capitalize() for word in one.type.split("_"))
    kwargs = {key: comparable(value) for key, value in one.kwargs.items()}
    return getattr(gxe, name)(**kwargs, meta={"at": at})


@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(tables())
@example((NASTY, [0, 1, 1, 4]))
@example((NASTY.slice(0, 0), [0, 0]))
def test_parts_are_judged_as_the_whole_is(drawn: tuple[pa.Table, list[int]]):
    table, cuts = drawn

    assert by_airlock(table, cuts) == by_stock(table)


@pytest.mark.soak
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables())
def test_a_great_many_parts_are_judged_as_the_whole_is(drawn: tuple[pa.Table, list[int]]):
    table, cuts = drawn

    assert by_airlock(table, cuts) == by_stock(table)
