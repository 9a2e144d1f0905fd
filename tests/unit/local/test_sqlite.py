"""Airflow's SQLite on one machine: whoever writes waits for others, and the file never breaks."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from local.home import Home
from local.prepare import _environment
from local.sqlite import CONNECT_ARGS, PATIENCE


def test_a_connection_waits_a_minute_and_syncs_with_checkpoints(tmp_path: Path):
    with sqlite3.connect(tmp_path / "airflow.db", **CONNECT_ARGS) as connection:
        [waits] = connection.execute("PRAGMA busy_timeout").fetchone()
        [syncs] = connection.execute("PRAGMA synchronous").fetchone()

    assert (waits, syncs) == (PATIENCE * 1000, 1)


def test_every_process_of_a_prepared_airflow_opens_it_so(tmp_path: Path):
    home = Home(Path(__file__).parents[3], tmp_path)
    for name in ("fernet", "api", "jwt"):
        (home.keys / f"{name}.key").parent.mkdir(parents=True, exist_ok=True)
        (home.keys / f"{name}.key").write_text("secret")

    environment = _environment(home)

    for mode in ("", "_ASYNC"):
        named = environment[f"AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS{mode}"]
        assert named == "local.sqlite.CONNECT_ARGS"
