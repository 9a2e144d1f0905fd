"""An airflow dag whose data comes late."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param

from airlock import SnapshotOperator
from airlock.core.contract import Contract
from airlock.stages.snapshot.stage import nights

# The task's process reads this file as well: there it makes the pauses short.
nights._LOOK_EVERY = timedelta(seconds=2)

with DAG(
    "waiting",
    schedule=None,
    is_paused_upon_creation=False,
    params={"night": Param(type="string")},
    default_args={"retries": 3, "retry_delay": timedelta(seconds=1)},
):
    SnapshotOperator(
        task_id="snapshot",
        source="late/{night}.csv",
        contract=Contract.model_validate({"columns": {"id": {"type": "string"}}, "lateness": "2d"}),
    )
