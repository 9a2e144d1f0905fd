"""What holds for every number, label, table and name of the kinds that once went wrong.

Seconds each in `make test`; `make soak` searches further.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from hypothesis import example
from hypothesis import strategies as st

from airlock.bundle.preprocessing import Target, learn
from airlock.catalogs.sql_delivery import check_columns
from airlock.core.errors import DataError
from airlock.core.values import LabelReader, spelled
from airlock.distribution.histograms import FEW, histograms
from airlock.distribution.tally import BinnedColumn
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.drift.stage.drift import distances
from airlock.stages.train.stage.feed import Batches, Tensors
from tests.searched import searched

NUMBERS = st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from(
    [-3.4028235e38, 1e25, 1e300, 1.7e308, -9999.0, 0.1, 5e-324, 1e-310]
)
TARGETS = Target(name="y", type="integer", classes=("0", "1"))


@searched(60, st.lists(NUMBERS, min_size=1, max_size=60), st.lists(NUMBERS, max_size=20))
def test_whatever_is_learnt_and_delivered_a_model_sees_moderate_numbers(
    train: list[float], night: list[float]
) -> None:
    made = learn(pd.DataFrame({"x": train}), [("x", "number")], TARGETS)
    found = made.apply(pd.DataFrame({"x": [*train, *night]}))[0]
    numeric = made.numeric[0]

    assert np.isfinite([numeric.mean, numeric.scale, numeric.median]).all()
    assert numeric.scale > 0
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 1e4
    assert type(made).from_json(made.to_json()) == made


@searched(60, st.floats(-1e12, 1e12), st.integers(2, 300))
def test_what_differs_by_rounding_alone_is_constant(value: float, rows: int) -> None:
    wobbling = np.full(rows, value) * (1 + np.finfo(float).eps * (np.arange(rows) % 2))

    made = learn(pd.DataFrame({"x": wobbling}), [("x", "number")], TARGETS)

    assert made.numeric[0].scale == 1


@searched(60, st.lists(st.floats(-1e6, 1e6), min_size=100, max_size=200), NUMBERS)
def test_one_cell_moves_no_scale_beyond_the_others(train: list[float], cell: float) -> None:
    usual = learn(pd.DataFrame({"x": train}), [("x", "number")], TARGETS).numeric[0]
    spread = float(np.ptp(train))

    moved = learn(pd.DataFrame({"x": [*train, cell]}), [("x", "number")], TARGETS).numeric[0]

    assert moved.scale <= 2 * max(usual.scale, spread, 1.0)


@searched(
    100,
    st.sampled_from(
        [
            ("0", "1"),
            ("false", "true"),
            ("1", "2", "30"),
            ("No", "Yes"),
            ("-1", "1"),
            ("None", "nan"),
        ]
    ),
    st.one_of(
        st.integers(-50, 50),
        st.floats(-50, 50) | st.just(float("nan")),
        st.booleans(),
        st.text(max_size=6),
        st.none(),
    ),
)
def test_a_label_means_one_class_or_none(classes: tuple[str, ...], label: Any) -> None:
    read = LabelReader(classes)
    found = read(label)

    assert found is None or found in classes
    assert found is None or isinstance(label, str) or label == label  # no NaN
    assert all(read(name) == name for name in classes)
    if found is not None and not isinstance(label, str | bool):
        # A number means the class with its value, and no other.
        assert found in {spelled(label), "true" if label == 1 else "false"}
    if isinstance(label, str):
        assert read(f" {label} ") == read(label.strip())


@searched(60, st.integers(-(2**53), 2**53), st.integers(-(2**53), 2**53), st.integers(FEW, 400))
@example(was=-6_402_373_705_727_999, now=0, rows=379)
@example(was=6_402_373_705_727_999, now=0, rows=379)
def test_a_constant_that_changes_is_as_far_as_can_be(was: int, now: int, rows: int) -> None:
    rows = max(rows, 20)
    told = histograms(pa.table({"x": pa.array([was] * rows, pa.int64())}))
    tally = BinnedColumn.of(told["columns"]["x"], rows)
    tally.watch(pa.chunked_array([pa.array([now] * rows, pa.int64())]))

    (found,), _ = distances({"x": tally}, DriftSpec(), target="y", calibration=None)

    # In double precision, within the rounding of so many rows, they are one number.
    same = abs(float(was) - float(now)) <= abs(float(was)) * (rows + 1) * np.finfo(float).eps
    assert same or found.js == pytest.approx(1.0)
    assert was != now or found.js == 0


@searched(80, st.integers(1, 60), st.integers(1, 12), st.integers(1, 3))
def test_every_row_is_fed_once_and_none_alone(rows: int, size: int, ranks: int) -> None:
    size *= ranks
    fold = Tensors((torch.arange(rows), torch.arange(rows)))
    shares = [list(Batches(fold, size, seed=1, rank=rank, ranks=ranks)) for rank in range(ranks)]
    lengths = [[len(one[-1]) for one in share] for share in shares]
    seen = torch.cat([one[-1] for share in shares for one in share] or [torch.empty(0)])

    assert all(one == lengths[0] for one in lengths)
    assert len(seen) == len(seen.unique()) == rows // ranks * ranks
    if size > ranks and rows >= 2 * ranks:
        assert min(lengths[0]) > 1


@searched(80, st.lists(st.text(max_size=5), min_size=1, max_size=6, unique=True))
def test_what_the_check_allows_is_what_sqlite_takes(classes: list[str]) -> None:
    names = [f"probability_{name}" for name in classes]
    quoted = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
    try:
        check_columns("sqlite", "scores", names)
        allowed = True
    except DataError:
        allowed = False

    try:
        with sqlite3.connect(":memory:") as database:
            database.execute(f"CREATE TABLE scores ({quoted})")
        possible = True
    except (sqlite3.Error, ValueError, UnicodeError):
        possible = False

    assert allowed == possible
