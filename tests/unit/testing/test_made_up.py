"""Rows are made up from a contract and its expectations, and hold what these ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock.testing import made_up_rows

FILE = """
contract:
  key: [id]
  columns:
    id: {type: string}
    plan: {type: string}
    age: {type: integer, nullable: true}
    fee: {type: number}
    since: {type: date}
    left: {type: boolean}
expectations:
  - type: expect_table_row_count_to_be_between
    kwargs: {min_value: 100, max_value: 300}
  - type: expect_column_values_to_be_in_set
    kwargs: {column: plan, value_set: [basic, plus]}
  - type: expect_column_values_to_be_between
    kwargs: {column: age, min_value: 18, max_value: 90}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "e.yaml"
    path.write_text(FILE)
    return path


def test_every_column_has_values_that_its_file_allows(file: Path):
    rows = made_up_rows(file, target="left")

    assert len(rows) == 200
    assert rows["id"].is_unique
    assert set(rows["plan"]) == {"basic", "plus"}
    assert rows["age"].dropna().between(18, 90).all()
    assert rows["age"].isna().any()
    assert not rows["fee"].isna().any()


def test_the_target_follows_from_the_other_columns_and_every_class_is_there(file: Path):
    rows = made_up_rows(file, target="left", rows=1_000)

    assert rows["left"].mean() == 0.5
    assert abs(rows["left"].astype(float).corr(rows["fee"])) > 0.1


def test_another_seed_makes_other_rows_and_the_same_seed_the_same(file: Path):
    first, again, other = (made_up_rows(file, target="left", seed=seed) for seed in (0, 0, 1))

    assert first.equals(again)
    assert not first.equals(other)


def test_a_column_that_no_type_describes_is_given(file: Path):
    rows = made_up_rows(file, rows=2, columns={"id": ["C0000001", "C0000002", "C0000003"]})

    assert list(rows["id"]) == ["C0000001", "C0000002"]
