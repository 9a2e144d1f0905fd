"""Part by part and merged: the verdicts and the counts of stock Great Expectations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airlock.core.table import ARROW
from airlock.stages.validate.spec import Expectation
from airlock.stages.validate.stage.suite import Judge

import great_expectations as gx  # isort: skip  # after airlock, which keeps it quiet
import great_expectations.expectations as gxe  # isort: skip

# Few values, so that they repeat and stand on the bounds; among them all that is odd.
VALUES: Mapping[str, list[Any]] = {
    "string": ["a", "bb", "ccc", "", " ", "é", "e\u0301", "🙂x", "a\nb", "NaN", "None", "nan"],
    "integer": [0, 1, 2, 3, -4, 7],
    "number": [0.0, -0.0, 0.5, 1.0, 2.0, -4.0, float("nan"), float("inf"), float("-inf"), 1e300],
    "boolean": [True, False],
    "date": [date(2026, 1, 5), date(2026, 1, 6), date(1969, 12, 31), date(9999, 12, 31)],
    "timestamp": [
        datetime.fromisoformat("2026-01-05"),
        datetime.fromisoformat("2026-01-05T00:00:00.000001"),
        datetime.fromisoformat("1900-01-01"),
        datetime.fromisoformat("2200-02-03T04:05:00"),
    ],
}
SCHEMA = pa.schema([(kind, ARROW[kind]) for kind in VALUES])

MOSTLY = st.sampled_from([{}, {}, {"mostly": 0.5}, {"mostly": 0.9}])
STRICT = st.sampled_from([{}, {"strict_min": True}, {"strict_max": True}])


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    row = {kind: st.sampled_from([None, *values]) for kind, values in VALUES.items()}
    return st.lists(st.fixed_dictionaries(row), max_size=30)


def bounds(values: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    one = st.sampled_from(values)
    pair = st.tuples(one, one).map(sorted)
    return st.one_of(
        one.map(lambda low: {"min_value": low}),
        one.map(lambda high: {"max_value": high}),
        pair.map(lambda both: {"min_value": both[0], "max_value": both[1]}),
    )


def of(kind: str, *parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Expectation]:
    def made(given: tuple[dict[str, Any], ...]) -> Expectation:
        kwargs = {name: value for part in given for name, value in part.items()}
        return Expectation.model_validate({"type": kind, "kwargs": kwargs})

    return st.tuples(*parts).map(made)


def column(*kinds: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(kinds).map(lambda kind: {"column": kind})


def expectations() -> st.SearchStrategy[Expectation]:
    shares = st.sampled_from([0, 0.2, 0.5, 1])
    ordered = [
        of(
            "expect_column_values_to_be_between",
            column(kind),
            bounds([value for value in VALUES[kind] if value == value]),
            STRICT,
            MOSTLY,
        )
        for kind in ("integer", "number", "date", "timestamp")
    ]
    members = [
        of(
            f"expect_column_values_to_{negated}be_in_set",
            column(kind),
            st.lists(st.sampled_from(VALUES[kind]), min_size=1, max_size=3).map(
                lambda chosen: {"value_set": [value for value in chosen if value == value] or [1.0]}
            ),
            MOSTLY,
        )
        for kind in VALUES
        for negated in ("", "not_")
    ]
    pattern = st.sampled_from(["^a", "b+$", "^.$", "", "é", r"\s", "[^a-z]", "(?i)N"])
    return st.one_of(
        of("expect_column_values_to_not_be_null", column(*VALUES), MOSTLY),
        *ordered,
        *members,
        of(
            "expect_column_values_to_match_regex",
            column("string"),
            pattern.map(lambda regex: {"regex": regex}),
            MOSTLY,
        ),
        of("expect_column_values_to_be_unique", column(*VALUES), MOSTLY),
        of(
            "expect_column_value_lengths_to_be_between", column("string"), bounds([0, 1, 2]), STRICT
        ),
        of("expect_column_mean_to_be_between", column("integer", "number"), bounds([-1, 0.3, 1])),
        of(
            "expect_column_proportion_of_unique_values_to_be_between",
            column(*VALUES),
            shares.map(lambda share: {"min_value": share}),
        ),
        of(
            "expect_compound_columns_to_be_unique",
            st.lists(st.sampled_from(list(VALUES)), min_size=2, max_size=3, unique=True).map(
                lambda names: {"column_list": names}
            ),
            MOSTLY,
        ),
        of("expect_table_row_count_to_be_between", bounds([0, 1, 5, 30]), STRICT),
        of("expect_table_row_count_to_equal", st.sampled_from([{"value": 0}, {"value": 3}])),
        of("expect_column_values_to_be_null", column(*VALUES), MOSTLY),
        of(
            "expect_column_values_to_not_match_regex",
            column("string"),
            pattern.map(lambda regex: {"regex": regex}),
        ),
        of("expect_column_value_lengths_to_equal", column("string"), st.just({"value": 1})),
        of(
            "expect_column_pair_values_a_to_be_greater_than_b",
            st.sampled_from(
                [
                    {"column_A": first, "column_B": second}
                    for first, second in (("integer", "number"), ("number", "integer"))
                ]
            ),
            st.sampled_from([{}, {"or_equal": True}]),
            MOSTLY,
        ),
        *(
            of(kind, column("integer", "number"), bounds([-4, 0.3, 1]))
            for kind in (
                "expect_column_min_to_be_between",
                "expect_column_max_to_be_between",
                "expect_column_median_to_be_between",
                "expect_column_stdev_to_be_between",
                "expect_column_sum_to_be_between",
            )
        ),
        of(
            "expect_column_unique_value_count_to_be_between",
            column(*VALUES),
            bounds([0, 1, 3]),
        ),
    )


NULLABLE = {
    pa.string(): pd.StringDtype("python"),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}
FAMILIES: dict[str, Any] = {"numpy": None, "nullable": NULLABLE.get, "arrow": pd.ArrowDtype}


def stock(table: pa.Table, expectations: list[Expectation], dtypes: str = "numpy") -> list[Any]:
    """What Great Expectations says of the whole frame by itself.

    Args:
        dtypes: which of pandas' families of types the frame holds.
    """
    made = []
    for at, one in enumerate(expectations):
        name = "".join(word.capitalize() for word in one.type.split("_"))
        kwargs = {key: comparable(value) for key, value in one.kwargs.items()}
        made.append(getattr(gxe, name)(**kwargs, meta={"at": at}))
    frame = table.to_pandas(date_as_object=False, types_mapper=FAMILIES[dtypes])
    batch = (
        gx.get_context(mode="ephemeral")
        .data_sources.add_pandas("rows")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("rows")
        .get_batch({"dataframe": frame})
    )
    suite = gx.ExpectationSuite(name="stock", expectations=made)
    found = batch.validate(suite, result_format={"result_format": "COMPLETE"})
    by_place = {one.expectation_config.meta["at"]: one for one in found.results}
    return [by_place[at] for at in range(len(made))]


def comparable(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [comparable(one) for one in value]
    return pd.Timestamp(value) if isinstance(value, date) else value


def ours(table: pa.Table, expectations: list[Expectation], cuts: list[int]) -> tuple[Any, Any]:
    judge = Judge(dict(enumerate(expectations)))
    broken: dict[int, list[int]] = {}
    for start, end in zip([0, *cuts], [*cuts, table.num_rows], strict=True):
        for at, rows in judge.watch(table.slice(start, end - start)).items():
            broken.setdefault(at, []).extend((np.flatnonzero(rows) + start).tolist())
    return judge.outcomes(), broken


def compare(
    table: pa.Table, asked: list[Expectation], cuts: list[int], dtypes: str = "numpy"
) -> None:
    outcomes, broken = ours(table, asked, cuts)
    for at, theirs in enumerate(stock(table, asked, dtypes)):
        outcome, said = outcomes[at], theirs.result
        if raised(theirs.exception_info):
            continue
        if "unexpected_count" not in said and said.get("observed_value") is None:
            assert not outcome.told, asked[at]
            continue
        assert outcome.told, asked[at]
        assert outcome.success == theirs.success, asked[at]
        assert outcome.unexpected == said.get("unexpected_count", 0), asked[at]
        if at in broken:
            assert broken[at] == (said["unexpected_index_list"] or []), asked[at]
        if outcome.observed is not None:
            assert outcome.observed == pytest.approx(said["observed_value"], rel=1e-12, nan_ok=True)
        for counted in ("element_count", "missing_count", "unexpected_percent"):
            assert outcome.result.result.get(counted) == said.get(counted), (asked[at], counted)


def raised(info: Mapping[str, Any]) -> bool:
    """Whether stock could not judge at all, as with some of pandas' types it cannot compare."""
    told = [info] if "raised_exception" in info else list(info.values())
    return any(one["raised_exception"] for one in told)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(rows(), st.lists(expectations(), min_size=1, max_size=8), st.data())
def test_any_table_cut_anywhere_is_judged_as_stock_judges_the_whole(
    rows: list[dict[str, Any]], asked: list[Expectation], data: st.DataObject
):
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))

    compare(table, asked, cuts)


def told_alike(number: float | None) -> float | None:
    """Where pandas' own families disagree there is nothing to agree with.

    In a frame of arrow types NaN is a value (elsewhere, as for Airlock, it is none), 0.0 is not in
    a set that holds -0.0, and what overflows does so in its own way.
    """
    odd = number is None or not math.isfinite(number) or number in {0.0, 1e300}
    return None if odd else number


@pytest.mark.parametrize("dtypes", ["nullable", "arrow"])
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(rows(), st.lists(expectations(), min_size=1, max_size=8))
def test_stock_says_the_same_whichever_types_pandas_holds_the_table_in(
    dtypes: str, rows: list[dict[str, Any]], asked: list[Expectation]
):
    alike = [{**row, "number": told_alike(row["number"])} for row in rows]

    compare(pa.Table.from_pylist(alike, schema=SCHEMA), asked, [], dtypes)
