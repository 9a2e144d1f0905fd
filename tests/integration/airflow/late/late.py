"""Airflow dags with a deadline that the environment names: one goes on, one fails, one ends."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

from airflow.sdk import DAG, task

from airlock.config.deadlines import done_by
from airlock.config.notify import notify_failure

# When the test knows it, Airflow has been up for a while.
DONE_BY = Path(os.environ["DONE_BY"])
DOES = {"goes_on": "wait", "fails": "fail", "ends": "end"}


def wait():
    # Over as soon as the test has seen enough.
    while not Path(os.environ["ENOUGH"]).exists():
        time.sleep(1)


def fail():
    raise ValueError("no")


def end():
    pass


for name, does in DOES.items() if DONE_BY.exists() else ():
    with DAG(
        f"late_{name}",
        schedule="* * * * *",
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        is_paused_upon_creation=False,
        default_args={"on_failure_callback": notify_failure},
        deadline=[done_by(DONE_BY.read_text(), model="late")],
    ):
        task(globals()[does], task_id="work")()
