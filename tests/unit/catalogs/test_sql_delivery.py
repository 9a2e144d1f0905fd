"""A table in a database: whole partitions, the newest of each night, whoever delivers when."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sql
from sqlalchemy.engine import URL, make_url

from airlock.catalogs import sql_delivery as rooms
from airlock.catalogs.predictions import Partition
from airlock.catalogs.sql_delivery import deliver
from airlock.core.errors import DataError, StoreUnavailable
from tests.payloads import PAYLOADS

ELSEWHERE = "AIRLOCK_TEST_POSTGRES"


@pytest.fixture(params=["sqlite", "postgresql"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[URL, str]]:
    table = f"scores_{uuid.uuid4().hex[:8]}"
    if request.param == "sqlite":
        yield make_url(f"sqlite:///{tmp_path / 'warehouse.db'}"), table
        return
    if ELSEWHERE not in os.environ:
        pytest.skip(f"{ELSEWHERE} names no PostgreSQL (postgresql+psycopg2://…)")
    url = make_url(os.environ[ELSEWHERE])
    yield url, table
    engine = sql.create_engine(url)
    with engine.begin() as connection:
        for name in (table, f"{table}_partitions"):
            connection.execute(sql.text(f"DROP TABLE IF EXISTS {name}"))
    engine.dispose()


def partition(number: int, **changes: Any) -> Partition:
    fields: dict[str, Any] = {
        "model": "churn",
        "night": "2026-01-05",
        "role": "served",
        "versions": (number,),
        "sequence": number,
        "scoring": "stages/score/k/0000.json",
        "rows": 5,
    }
    return Partition(number=number, sha256=f"{number:064x}", **{**fields, **changes})


def parts(folder: Path, version: int, *, night: str = "2026-01-05", rows: int = 5) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for at, some in enumerate([range(rows - 2), range(rows - 2, rows)]):
        table = pa.table(
            {
                "row_key": [f"{row:032x}" for row in some],
                "row": pa.array(some, pa.int64()),
                "prediction": pa.array([row % 2 for row in some], pa.int64()),
                "probability_1": [row / rows for row in some],
                "band_low": pa.nulls(len(some), pa.float64()),
                "model": ["churn"] * len(some),
                "version": pa.array([version] * len(some), pa.int64()),
                "night": [night] * len(some),
            }
        )
        written.append(folder / f"{night}-{version}-{at}.parquet")
        pq.write_table(table, written[-1])
    return written


def held(warehouse: tuple[URL, str]) -> list[tuple[str, int, int]]:
    engine = sql.create_engine(warehouse[0])
    with engine.connect() as connection:
        found = connection.execute(
            sql.text(f"SELECT night, version, row FROM {warehouse[1]} ORDER BY night, row")
        ).all()
    engine.dispose()
    return [tuple(row) for row in found]


def rows_of(version: int, night: str = "2026-01-05", rows: int = 5) -> list[tuple[str, int, int]]:
    return [(night, version, row) for row in range(rows)]


def test_a_night_is_there_once_however_often_it_is_delivered(
    warehouse: tuple[URL, str], tmp_path: Path
):
    first = deliver(*warehouse, partition(1), parts(tmp_path, 1))
    again = deliver(*warehouse, partition(1), parts(tmp_path, 1))

    assert (first, again) == (True, False)
    assert held(warehouse) == rows_of(1)


def test_what_serves_replaces_what_served_and_other_nights_stay(
    warehouse: tuple[URL, str], tmp_path: Path
):
    other = "2026-01-04"
    deliver(*warehouse, partition(1, night=other), parts(tmp_path, 1, night=other))
    deliver(*warehouse, partition(1), parts(tmp_path, 1))
    deliver(*warehouse, partition(2, rows=4), parts(tmp_path, 2, rows=4))

    assert held(warehouse) == [*rows_of(1, other), *rows_of(2, rows=4)]


def test_a_late_attempt_does_not_bring_back_what_was_replaced(
    warehouse: tuple[URL, str], tmp_path: Path
):
    deliver(*warehouse, partition(2), parts(tmp_path, 2))

    assert not deliver(*warehouse, partition(1), parts(tmp_path, 1))
    assert held(warehouse) == rows_of(2)


def test_an_attempt_that_ends_in_the_middle_leaves_what_was_there(
    warehouse: tuple[URL, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    deliver(*warehouse, partition(1), parts(tmp_path, 1))
    real = rooms._rows

    def torn(given: Any) -> Iterator[list[dict[str, Any]]]:
        yield next(iter(real(given)))
        raise KeyboardInterrupt

    monkeypatch.setattr(rooms, "_rows", torn)
    with pytest.raises(KeyboardInterrupt):
        deliver(*warehouse, partition(2), parts(tmp_path, 2))

    monkeypatch.setattr(rooms, "_rows", real)
    assert held(warehouse) == rows_of(1)
    assert deliver(*warehouse, partition(2), parts(tmp_path, 2))
    assert held(warehouse) == rows_of(2)


def test_many_at_once_leave_the_newest_whole(warehouse: tuple[URL, str], tmp_path: Path):
    given = [(number, parts(tmp_path / str(number), number)) for number in (1, 2, 3)] * 2

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda one: deliver(*warehouse, partition(one[0]), one[1]), given))

    assert held(warehouse) == rows_of(3)
    assert done.count(True) <= 3


def test_who_loses_the_race_for_every_table_delivers_all_the_same(
    warehouse: tuple[URL, str], tmp_path: Path
):
    made: list[str] = []

    def quicker(table: sql.Table, *_: Any, **__: Any) -> None:
        if table.name not in made:
            made.append(table.name)
            engine = sql.create_engine(warehouse[0])
            table.create(engine)
            engine.dispose()

    sql.event.listen(sql.Table, "before_create", quicker)
    try:
        assert deliver(*warehouse, partition(1), parts(tmp_path, 1))
    finally:
        sql.event.remove(sql.Table, "before_create", quicker)

    assert len(made) == 2
    assert held(warehouse) == rows_of(1)


def test_a_table_of_other_columns_is_refused_and_no_cell_is_told(
    warehouse: tuple[URL, str], tmp_path: Path
):
    deliver(*warehouse, partition(1), parts(tmp_path, 1))
    [first, *_] = parts(tmp_path / "wide", 2)
    table = pq.read_table(first)
    pq.write_table(table.append_column("more", pa.array(["secret"] * len(table))), first)

    with pytest.raises((DataError, StoreUnavailable), match=warehouse[1]) as refused:
        deliver(*warehouse, partition(2), [first])

    assert "secret" not in str(refused.value)
    assert held(warehouse) == rows_of(1)


def test_a_database_that_is_away_can_be_tried_again(tmp_path: Path):
    away = make_url(f"sqlite:///{tmp_path / 'no folder' / 'warehouse.db'}")

    with pytest.raises(StoreUnavailable, match="does not answer"):
        deliver(away, "scores", partition(1), parts(tmp_path, 1))


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)
def test_classes_keys_and_names_of_others_are_values_and_quoted_names(tmp_path: Path, text: str):
    url = make_url(f"sqlite:///{tmp_path / 'warehouse.db'}")
    named = pa.table(
        {
            "row_key": [text, "b"],
            "prediction": [text, "no"],
            f"probability_{text}": [0.9, 0.1],
            "model": [text, text],
            "night": ["2026-01-05"] * 2,
        }
    )
    pq.write_table(named, tmp_path / "one.parquet")

    if "\x00" in text:
        # No database has such a name.
        with pytest.raises(DataError) as caught:
            deliver(url, "scores", partition(1, model=text), [tmp_path / "one.parquet"])
        assert text not in str(caught.value)
        return
    assert deliver(url, "scores", partition(1, model=text), [tmp_path / "one.parquet"])

    engine = sql.create_engine(url)
    assert set(sql.inspect(engine).get_table_names()) == {"scores", "scores_partitions"}
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM scores").mappings().all()
    engine.dispose()
    assert [dict(row) for row in rows] == named.to_pylist()
