"""What a model learns of numbers gives no single cell back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airlock.bundle.preprocessing import Target, learn, learn_target
from airlock.bundle.ranges import learn_range
from airlock.distribution.histograms import histograms

TARGET = Target(name="y", type="integer")
EXTREME = st.floats(1e4, 1e29)


def learnt(values: list[float]) -> object:
    frame = pd.DataFrame({"x": values})
    return (
        learn(frame, [("x", "number")], TARGET),
        learn_target("x", "number", frame["x"], classify=False),
        histograms(pa.table({"x": pa.array(values, pa.float64())})),
    )


@given(
    st.sampled_from([0.0, 1.0]).flatmap(
        lambda sign: st.tuples(
            st.lists(st.sampled_from([0, 1, 2, 3, 5, 8, 13]), min_size=19, max_size=60),
            EXTREME.map(lambda cell: -cell if sign else cell),
            EXTREME.map(lambda cell: -cell if sign else cell),
        )
    )
)
def test_one_extreme_cell_cannot_be_told_from_another(
    found: tuple[list[int], float, float],
):
    others, one, other = found

    assert learnt([*others, one]) == learnt([*others, other])


@pytest.mark.parametrize("equal", [7, 19, 29, 59, 99, 150])
def test_one_cell_beside_a_constant_is_not_an_end_of_the_range(equal: int):
    # The largest of thirty values is their 99 % quantile.
    assert learn_range(np.array([5.0] * equal + [123456.0])) == learn_range(
        np.array([5.0] * equal + [654321.0])
    )


def test_the_ends_do_not_tell_the_quartiles():
    cells = np.array([float(number) for number in range(100, 140)] * 2)
    moved = cells.copy()
    moved[moved == np.quantile(cells, 0.25, method="nearest")] += 0.3

    one, other = learn_range(cells), learn_range(moved)

    assert (one.low, one.high) == (other.low, other.high)
