"""Parquet parts: the same rows are the same bytes, however they came."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airlock.core import table
from airlock.core.errors import DataError
from airlock.core.table import arrow_schema, contract_types, read_parts, write_parts

SCHEMA = arrow_schema([("id", "string"), ("fee", "number")])
ROWS = pa.table({"id": list("abcdefg"), "fee": [1.0, None, 3, 4, 5, 6, 7]}, schema=SCHEMA)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "GROUP_ROWS", 2)
    monkeypatch.setattr(table, "PART_ROWS", 4)


def test_rows_are_cut_into_parts_of_bounded_size(tmp_path: Path):
    parts = write_parts([ROWS], SCHEMA, tmp_path)

    assert parts == (("part-00000.parquet", 4), ("part-00001.parquet", 3))
    assert pa.concat_tables(read_parts(tmp_path, [path for path, _ in parts])) == ROWS


@pytest.mark.parametrize("cut", range(8))
def test_how_the_rows_came_leaves_no_trace_in_the_bytes(tmp_path: Path, cut: int):
    whole = write_parts([ROWS], SCHEMA, tmp_path / "whole")
    pieces = write_parts([ROWS.slice(0, cut), ROWS.slice(cut)], SCHEMA, tmp_path / "pieces")

    assert pieces == whole
    for path, _ in whole:
        assert (tmp_path / "pieces" / path).read_bytes() == (tmp_path / "whole" / path).read_bytes()


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path):
    parts = write_parts([], SCHEMA, tmp_path)

    assert parts == (("part-00000.parquet", 0),)
    assert pq.read_schema(tmp_path / "part-00000.parquet").equals(SCHEMA)


def test_types_are_told_in_the_words_of_the_contract():
    columns = (("id", "string"), ("n", "integer"), ("day", "date"), ("at", "timestamp"))

    assert contract_types(arrow_schema(columns)) == columns


def test_rows_that_no_memory_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table, "GROUP_BYTES", 20)

    with pytest.raises(DataError, match="hold more than 0 MiB"):
        write_parts([ROWS.slice(0, 1), ROWS.slice(1, 1)], SCHEMA, tmp_path)


def test_some_columns_alone_can_be_read(tmp_path: Path):
    parts = write_parts([ROWS], SCHEMA, tmp_path)

    read = read_parts(tmp_path, [path for path, _ in parts], columns=["fee"])

    assert pa.concat_tables(read) == ROWS.select(["fee"])
