"""The page of snapshot: what is missing in it, and how many rows the nights before had."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from airlock.core.table import missing_cells
from airlock.engine.record import Folder, Origin, Result
from airlock.reports import INDEX
from airlock.reports.data import write_snapshot
from tests.unit.reports.examples import DIGEST, SNAPSHOT, VALIDATION

NOTHING = Folder(zone="store", prefix="p", files=())


def left(record) -> Result:
    return Result(
        stage=record.stage,
        version=1,
        inputs={},
        record=record.to_json(),
        data=NOTHING,
        report=NOTHING,
        made_by=Origin(dag_id="d", run_id=DIGEST[:8], task_id="t", try_number=1),
    )


def test_it_says_what_is_missing_and_what_nobody_counted(tmp_path: Path):
    write_snapshot(SNAPSHOT, {"customer_id": 0, "monthly_fee": 250}, [], tmp_path)

    page = (tmp_path / INDEX).read_text()
    assert "250 (1.2%)" in page
    assert "0 (0.0%)" in page
    assert "not counted" in page
    assert "The last" not in page


def test_it_draws_the_rows_of_the_runs_before_and_leaves_out_what_it_cannot_read(tmp_path: Path):
    earlier = [left(replace(SNAPSHOT, rows=rows)) for rows in (19_000, 21_500)]

    write_snapshot(SNAPSHOT, None, [*earlier, left(VALIDATION)], tmp_path)

    page = (tmp_path / INDEX).read_text()
    assert "The last 3 runs" in page
    assert "19,000 to 21,500" in page


def test_missing_cells_are_counted_by_the_footers_of_all_parts(tmp_path: Path):
    for number, fees in enumerate([[1.0, None], [None, None]]):
        table = pa.table({"key": ["a", "b"], "fee": pa.array(fees, pa.float64())})
        pq.write_table(table, tmp_path / f"{number}.parquet")
    pq.write_table(table, tmp_path / "plain.parquet", write_statistics=False)

    assert missing_cells(sorted(tmp_path.glob("[0-9].parquet"))) == {"key": 0, "fee": 3}
    assert missing_cells(tmp_path.glob("*.parquet")) is None
