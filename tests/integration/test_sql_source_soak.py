"""Ten million rows of PostgreSQL are frozen in less than 2 GB; the shorter form is beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy.engine import make_url

ELSEWHERE = "AIRLOCK_TEST_POSTGRES"
ROWS = 10_000_000
LIMIT = 2 << 30

_FREEZE = """
import json, resource, sys, time
from pathlib import Path
from airlock import sql
from airlock.core.contract import Contract
from airlock.core.databases import Database
from airlock.stages.snapshot.stage.snapshot import snapshot

root, database = Path(sys.argv[1]), Database(**json.loads(sys.argv[2]))
contract = Contract.model_validate({"key": ["id"], "columns": {
    "id": {"type": "integer"}, "plan": {"type": "string"}, "fee": {"type": "number"},
    "score": {"type": "number", "nullable": True}, "paid": {"type": "boolean"},
    "day": {"type": "date"}, "seen": {"type": "timestamp"}}})
began = time.perf_counter()
frozen = snapshot(
    sql("rows.sql", connection="w"), contract, night="2026-01-05", sources=(), root=root,
    remote=None, scratch=root / "scratch", out=root / "out", database=lambda _: database)
print(json.dumps({"rows": frozen.rows, "sha256": frozen.sha256,
    "kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    "cpu": time.process_time(), "wall": time.perf_counter() - began}))
"""


@pytest.fixture
def table() -> Iterator[str]:
    if not (written := os.environ.get(ELSEWHERE)):
        pytest.skip(f"{ELSEWHERE} names no server")
    url = make_url(written)
    name = f"soak_{uuid.uuid4().hex[:12]}"
    line = psycopg2.connect(host=url.host, port=url.port, dbname=url.database, user=url.username)
    with closing(line), line.cursor() as cursor:
        cursor.execute(
            f"CREATE UNLOGGED TABLE {name} AS SELECT (n * 7919) % {ROWS} AS id, "
            "'plan ' || n % 7 AS plan, (n % 9999)::numeric / 100 AS fee, "
            "CASE WHEN n % 5 > 0 THEN n / 7.0::float8 END AS score, n % 2 = 0 AS paid, "
            "date '2026-01-05' AS day, "
            "timestamptz '2026-01-05 00:00Z' + n * interval '1 second' AS seen "
            f"FROM generate_series(0::bigint, {ROWS - 1}) n"
        )
        line.commit()
        yield name
        cursor.execute(f"DROP TABLE {name}")
        line.commit()


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_million_rows_take_less_than_2_gb(table: str, tmp_path: Path):
    url = make_url(os.environ[ELSEWHERE])
    (tmp_path / "rows.sql").write_text(f"SELECT * FROM {table} WHERE day = :night")
    database = {
        "connection": "w",
        "kind": "postgres",
        "host": url.host,
        "port": url.port,
        "name": url.database,
        "user": url.username,
    }

    ended = subprocess.run(
        [sys.executable, "-c", _FREEZE, str(tmp_path), json.dumps(database)],
        capture_output=True,
        text=True,
        check=True,
    )

    said = json.loads(ended.stdout)
    print(said)
    assert said["rows"] == ROWS
    assert said["kib"] << 10 < LIMIT
