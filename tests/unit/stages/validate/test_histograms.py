"""Histograms for later comparison give nobody away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example
from hypothesis import strategies as st

from airlock.distribution.histograms import FEW, histograms
from tests.searched import searched

NUMBERS = st.floats(-1e9, 1e9, allow_nan=False)


def histogram(values: list[Any], kind: pa.DataType | None = None) -> dict[str, Any]:
    column: dict[str, Any] = histograms(pa.table({"it": pa.array(values, kind)}))["columns"]["it"]
    return column


def test_numbers_are_counted_between_rounded_quantiles():
    told = histogram([float(n) for n in range(1001)] + [None])

    assert (told["type"], told["nulls"]) == ("number", 1)
    assert told["edges"] == [float(50 * n) for n in range(1, 20)]
    assert told["counts"] == [50] * 19 + [51]


@searched(100, st.lists(NUMBERS, max_size=200) | st.lists(st.sampled_from([0.0, 0.5, 1.0, 7.0])))
@example([0.0] * 10 + [0.5] + [1.0] * 10)
def test_every_number_is_in_a_bin_and_no_bin_speaks_of_few(values: list[float]):
    told = histogram(values, pa.float64())

    assert sum(told["counts"]) == len(values)
    assert len(told["counts"]) == len(told["edges"]) + 1
    # Beside a constant nothing ever lay: what lies there tonight is new.
    filled = [count for count in told["counts"] if count]
    assert len(filled) <= 1 or min(filled) >= FEW


def test_rounding_the_borders_leaves_no_bin_of_few():
    values = np.random.default_rng(0).normal(size=200)

    assert min(histogram(values.tolist())["counts"]) >= FEW


def test_the_counts_follow_from_the_edges():
    values = np.random.default_rng(0).exponential(size=500)

    told = histogram(values.tolist())

    borders = [-np.inf, *told["edges"], np.inf]
    assert told["counts"] == np.histogram(values, borders)[0].tolist()


def test_long_numbers_are_not_repeated():
    # The quantiles of so many are exactly cells.
    cards = [4_000_000_000_000_000 + 7_919 * n for n in range(1001)]

    told = histogram(cards)

    assert len(told["edges"]) > 10
    assert not set(told["edges"]) & {float(card) for card in cards}


@pytest.mark.parametrize("values", [[], [1.0] * 9, [None, None]])
def test_few_or_equal_numbers_are_one_bin(values: list[float | None]):
    told = histogram(values, pa.float64())

    assert told["edges"] == []
    assert sum(told["counts"]) == len(values) - told["nulls"]


@pytest.mark.parametrize("rows", [20, 25, 29, 30])
def test_few_numbers_are_told_by_a_border_that_is_no_cell(rows: int):
    cells = np.random.default_rng(rows).normal(size=rows)

    told = histogram(cells.tolist())

    assert min(told["counts"]) >= FEW
    assert not set(told["edges"]) & set(cells)


def test_infinities_stand_in_the_outer_bins():
    told = histogram([float(n) for n in range(100)] + [float("inf"), float("-inf")])

    assert sum(told["counts"]) == 102
    assert np.isfinite(told["edges"]).all()


def test_common_categories_are_named_and_rare_ones_are_not():
    told = histogram(["basic"] * 40 + ["plus"] * 10 + ["Maria Lindqvist"] * 9 + [None])

    assert told == {
        "type": "string",
        "nulls": 1,
        "categories": {"basic": 40, "plus": 10},
        "other": 9,
    }


def test_a_column_of_many_texts_is_not_told():
    assert histogram([f"customer {n % 65}" for n in range(6500)]) == {"type": "string", "nulls": 0}


def test_booleans_are_categories():
    assert histogram([True] * 10 + [False] * 20)["categories"] == {"False": 20, "True": 10}
