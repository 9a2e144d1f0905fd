"""Rows are sorted by what they hold, in bounded memory, so that equal rows have one name."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airlock.core.contract import Contract
from airlock.core.table_digest import ContentName
from airlock.stages.snapshot.stage.source import ordering

BY_KEY = Contract.model_validate(
    {"key": ["id"], "columns": {"id": {"type": "integer"}, "note": {"type": "string"}}}
)
BY_ALL = Contract.model_validate(
    {
        "columns": {
            "fee": {"type": "number", "nullable": True},
            "note": {"type": "string", "nullable": True},
            "ok": {"type": "boolean", "nullable": True},
            "day": {"type": "date", "nullable": True},
        }
    }
)
_SCHEMA = pa.schema(
    [("fee", pa.float64()), ("note", pa.string()), ("ok", pa.bool_()), ("day", pa.date32())]
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of a few rows, so that many are merged."""
    monkeypatch.setattr(ordering, "RUN_BYTES", 2_000)
    monkeypatch.setattr(ordering, "_HEAD_BYTES", 300)


def pieces(table: pa.Table, step: int) -> Iterator[pa.Table]:
    return (table.slice(start, step) for start in range(0, table.num_rows, step))


@pytest.mark.usefixtures("small")
def test_many_runs_are_merged_into_one_order(tmp_path: Path):
    ids = list(range(5_000))
    random.Random(1).shuffle(ids)
    table = pa.table({"id": ids, "note": [f"note {one}" for one in ids]})

    found = pa.concat_tables(ordering.in_order(pieces(table, 37), BY_KEY, tmp_path))

    assert len(list(tmp_path.glob("run-*"))) > 30
    assert found.column("id").to_pylist() == list(range(5_000))
    assert found.column("note")[4_321].as_py() == "note 4321"


def test_few_rows_touch_no_disk(tmp_path: Path):
    table = pa.table({"id": [2, 1], "note": ["b", "a"]})

    found = pa.concat_tables(ordering.in_order([table], BY_KEY, tmp_path / "none"))

    assert found.column("note").to_pylist() == ["a", "b"]
    assert not (tmp_path / "none").exists()
    assert list(ordering.in_order([], BY_KEY, tmp_path)) == []


_ROW = st.tuples(
    st.sampled_from([None, 0.0, -0.0, 1.5, -1.5]),
    st.sampled_from([None, "", "a", "ä", "b"]),
    st.sampled_from([None, True, False]),
    st.none(),
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(_ROW, min_size=1, max_size=40), seed=st.integers(0, 99), step=st.integers(1, 9)
)
def test_without_a_key_the_same_rows_have_the_same_digest_however_they_come(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[object, ...]], seed: int, step: int
):
    mixed = list(rows)
    random.Random(seed).shuffle(mixed)

    assert digest(rows, tmp_path_factory.mktemp("a"), 50) == digest(
        mixed, tmp_path_factory.mktemp("b"), step, run_bytes=100
    )


def digest(
    rows: list[tuple[object, ...]], scratch: Path, step: int, run_bytes: int = 1 << 20
) -> str:
    columns = [list(one) for one in zip(*rows, strict=True)]
    table = pa.table(columns, schema=_SCHEMA)
    name = ContentName(BY_ALL)
    before = ordering.RUN_BYTES
    ordering.RUN_BYTES = run_bytes
    try:
        for one in ordering.in_order(pieces(table, step), BY_ALL, scratch):
            name.update(one)
    finally:
        ordering.RUN_BYTES = before
    return name.hexdigest()
