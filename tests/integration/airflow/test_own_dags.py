"""DAGs of one's own, made of the operators, on the real Airflow.

A night that has not come yet is waited for without a process; a redaction is shared among tasks;
drift starts a training; a training has a process for each of its devices.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from airlock.stages.train.stage.distributed.fork_server import BOOT
from local.home import Home
from local.runs import FINISHED, DagRun
from local.services import Airflow


def test_the_night_is_frozen_once_it_has_come(airflow: Airflow):
    night = datetime.now(UTC).date().isoformat()
    file = airflow.home.var / f"data/late/{night}.csv"
    run = airflow.client.trigger("waiting", night=night)
    seen: list[str | None] = []

    for task in airflow.client.watch(run, timeout=240):
        seen.append(task.state)
        if task.state == "deferred":
            # Nothing but the data lets the task go on.
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("id\na\n")

    assert "deferred" in seen
    assert seen[-1] == "success"


def test_a_night_that_is_over_is_late_at_once_and_is_not_tried_again(airflow: Airflow):
    run = airflow.client.trigger("waiting", night="2026-01-05")

    assert airflow.client.wait(run, timeout=240) == {"snapshot": "failed"}
    assert [task.tries for task in airflow.client.tasks(run)] == [1]


def test_mapped_tasks_redact_the_shares_of_a_table_and_one_puts_them_together(airflow: Airflow):
    file = airflow.home.var / "data/notes/2026-01-05.csv"
    file.parent.mkdir(parents=True)
    file.write_text("id,note\n1,call m@example.org\n2,fine\n")
    run = airflow.client.trigger("shared", night="2026-01-05")

    airflow.client.wait(run, timeout=240)

    states = sorted((task.task_id, task.state) for task in airflow.client.tasks(run))
    done = ("redact", "redact_share", "redact_share", "snapshot", "validate")
    assert states == [(task_id, "success") for task_id in done]
    (part,) = (airflow.home.var / "store/attempts/redact").glob("*/data/*.parquet")
    assert pq.read_table(part).column("note").to_pylist() == ["call <EMAIL_ADDRESS>", "fine"]


def test_a_table_of_a_lake_is_frozen_once_however_often_its_asset_is_updated(airflow: Airflow):
    addresses = []
    for heard in (1, 2):
        delivered = airflow.client.trigger("lake_delivery")
        assert airflow.client.wait(delivered, timeout=240) == {"deliver": "success"}
        until = time.monotonic() + 240
        while len(found := runs(airflow, "lake_frozen")) < heard:
            assert time.monotonic() < until
            time.sleep(0.1)
        run = max(found, key=lambda one: one["run_after"])
        assert (run["state"], run["run_type"]) == ("success", "asset_triggered")
        addresses.append(
            airflow.client.xcom(DagRun(dag_id="lake_frozen", run_id=run["dag_run_id"]), "snapshot")
        )

    # The interval that had just ended when the event came: the day before, by its name.
    yesterday = (datetime.fromisoformat(run["run_after"]) - timedelta(days=1)).date().isoformat()
    (address,) = set(addresses)
    stored = json.loads((airflow.home.var / "store" / address).read_text())
    assert stored["record"]["nights"] == [yesterday]


def runs(airflow: Airflow, dag_id: str) -> list[dict[str, Any]]:
    found = airflow.client.request("GET", f"/dags/{dag_id}/dagRuns", params={"limit": 100})
    return [run for run in found["dag_runs"] if run["state"] in FINISHED]


def asks(airflow: Airflow, night: str, *, again: bool = True) -> None:
    """Ask, and wait until what listens has come to its end."""
    before = len(runs(airflow, "airlock_retrain"))
    asked = airflow.client.trigger("drifting", night=night, again=again)
    assert airflow.client.wait(asked, timeout=120) == {"drift": "success"}
    until = time.monotonic() + 120
    while again and len(runs(airflow, "airlock_retrain")) == before:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_an_alarm_starts_one_training_that_says_why_however_often_it_is_heard(airflow: Airflow):
    asks(airflow, "2012-06-03")
    asks(airflow, "2012-06-03")
    # Another run with the same alarm, and one with another alarm in the cooldown, give no event.
    asks(airflow, "2012-06-03", again=False)
    asks(airflow, "2012-06-05", again=False)

    heard = runs(airflow, "airlock_retrain")
    assert [run["state"] for run in heard] == ["success", "success"]
    assert all(run["run_type"] == "asset_triggered" for run in heard)
    (training,) = airflow.client.request("GET", "/dags/small_training/dagRuns")["dag_runs"]
    reason = "Drift in temp (PSI 0.41) since 2012-06-01, seen on 2012-06-03."
    assert training["dag_run_id"] == "drift__2012-06-03-1"
    assert training["conf"] == {"night": "2012-06-03", "reason": reason}
    assert training["note"] == reason
    # From the retrain there is a link to it.
    path = f"/dags/airlock_retrain/dagRuns/{heard[0]['dag_run_id']}/taskInstances/retrain/links"
    links = airflow.client.request("GET", f"{path}?map_index=0")["extra_links"]
    assert links["Training"].endswith("/dags/small_training/runs/drift__2012-06-03-1")
    # For the gate it is a scheduled run: nobody triggered it.
    assert training["triggering_user_name"] is None


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="two devices are two cores here")
def test_a_task_trains_on_two_devices_and_leaves_no_process(airflow: Airflow):
    run = airflow.client.trigger("several")

    until = time.monotonic() + 240
    while not ranks_of(airflow.home) and time.monotonic() < until:
        time.sleep(0.1)
    # Otherwise nothing would be found to be left, whatever is.
    assert time.monotonic() < until
    states = airflow.client.wait(run, timeout=240)

    assert states == {"train": "success"}
    assert (airflow.home.var / "trained/bundle/manifest.json").exists()
    assert not ranks_of(airflow.home)


def ranks_of(home: Home) -> list[str]:
    """The processes of this Airflow that train, or wait to."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            mine = str(home.var).encode() in (process / "environ").read_bytes()
            if mine and BOOT.encode() in (process / "cmdline").read_bytes():
                found.append(process.name)
    return found
