"""Great Expectations itself: quiet, offline, fast enough, and silent about values."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pytest

from airlock.stages.snapshot.stage.snapshot import snapshot
from airlock.stages.validate.arguments import ExpectationType
from airlock.stages.validate.spec import Expectation, Expectations
from airlock.stages.validate.stage.suite import Judge
from airlock.stages.validate.stage.validate import validate
from include.data.subscriptions import DEFECT_SHARE, write_night

ROOT = Path(__file__).parents[2]

TABLE = pa.table(
    {
        "plan": ["a", "bb", "ccc", "ccc", None],
        "fee": pa.array([1.0, 2.0, 3.0, -4.0, None]),
        "n": pa.array([1, 1, 2, 3, 4], pa.int64()),
    }
)

# One of each kind: its arguments, and the rows that break it.
CASES: dict[ExpectationType, tuple[dict[str, object], list[int]]] = {
    "expect_column_values_to_not_be_null": ({"column": "fee"}, [4]),
    "expect_column_values_to_be_null": ({"column": "fee"}, [0, 1, 2, 3]),
    "expect_column_values_to_be_between": (
        {"column": "fee", "min_value": 0, "max_value": 2},
        [2, 3],
    ),
    "expect_column_values_to_be_in_set": ({"column": "plan", "value_set": ["a", "bb"]}, [2, 3]),
    "expect_column_values_to_not_be_in_set": (
        {"column": "plan", "value_set": ["a", "bb"]},
        [0, 1],
    ),
    "expect_column_values_to_not_match_regex": ({"column": "plan", "regex": "^[ab]"}, [0, 1]),
    "expect_column_values_to_match_regex": ({"column": "plan", "regex": "^[ab]"}, [2, 3]),
    "expect_column_values_to_be_unique": ({"column": "plan"}, [2, 3]),
    "expect_column_value_lengths_to_be_between": ({"column": "plan", "max_value": 2}, [2, 3]),
    "expect_column_value_lengths_to_equal": ({"column": "plan", "value": 3}, [0, 1]),
    "expect_column_pair_values_a_to_be_greater_than_b": (
        {"column_A": "fee", "column_B": "n", "or_equal": True},
        [3, 4],
    ),
    "expect_column_min_to_be_between": ({"column": "fee", "min_value": 0}, []),
    "expect_column_max_to_be_between": ({"column": "fee", "max_value": 2}, []),
    "expect_column_median_to_be_between": ({"column": "fee", "max_value": 1}, []),
    "expect_column_stdev_to_be_between": ({"column": "fee", "max_value": 3}, []),
    "expect_column_unique_value_count_to_be_between": ({"column": "n", "max_value": 3}, []),
    "expect_column_sum_to_be_between": ({"column": "fee", "min_value": 3}, []),
    "expect_column_mean_to_be_between": ({"column": "fee", "min_value": 1}, []),
    "expect_column_proportion_of_unique_values_to_be_between": (
        {"column": "n", "min_value": 0.9},
        [],
    ),
    "expect_compound_columns_to_be_unique": ({"column_list": ["plan", "fee"]}, []),
    "expect_table_row_count_to_be_between": ({"min_value": 6}, []),
    "expect_table_row_count_to_equal": ({"value": 6}, []),
}


@pytest.mark.parametrize("kind", get_args(ExpectationType))
def test_every_expectation_that_a_file_may_name_is_judged(kind: ExpectationType):
    kwargs, broken_by = CASES[kind]
    expectation = Expectation.model_validate({"type": kind, "kwargs": kwargs})

    judge = Judge({7: expectation})
    broken = judge.watch(TABLE)
    outcome = judge.outcomes()[7]

    assert outcome.told
    assert outcome.unexpected == len(broken_by)
    if 7 in broken:
        assert np.flatnonzero(broken[7]).tolist() == broken_by
    assert outcome.success is (kind == "expect_compound_columns_to_be_unique")


def test_twenty_thousand_rows_take_well_under_two_seconds(tmp_path: Path):
    write_night(date(2026, 1, 5), into=tmp_path / "nights")
    spec = Expectations.load(ROOT / "include" / "expectations" / "customer_churn.yaml")
    frozen = snapshot(
        "date={night}/*.parquet",
        spec.contract,
        night="2026-01-05",
        sources=(str(tmp_path / "nights"),),
        root=tmp_path,
        remote=lambda uri: pytest.fail(uri),
        scratch=tmp_path / "scratch",
        out=tmp_path / "in",
    )
    (tmp_path / "report").mkdir()

    began = time.process_time()
    validation = validate(
        frozen, spec, table=tmp_path / "in", out=tmp_path / "out", report=tmp_path / "report"
    )
    seconds = time.process_time() - began

    assert validation.verdict.passed
    assert validation.quarantined == round(DEFECT_SHARE * 20_000)
    assert seconds < 1.5


def test_nothing_is_logged_and_nobody_is_called():
    program = """
import logging, socket, sys
logging.basicConfig(level=logging.INFO)

def refuse(*args, **kwargs):
    raise AssertionError(f"connects to {args[1:]}")

socket.socket.connect = socket.getaddrinfo = refuse
import pyarrow as pa
from airlock.stages.validate.spec import Expectation
from airlock.stages.validate.stage.suite import Judge
rows = Expectation.model_validate(
    {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}
)
judge = Judge({0: rows})
judge.watch(pa.table({"n": [1]}))
assert judge.outcomes()[0].success
"""
    environment = {"PYTHONPATH": str(ROOT / "plugins"), "HOME": "/nonexistent"}

    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
