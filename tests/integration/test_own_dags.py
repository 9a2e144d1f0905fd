"""DAGs of one's own, made of the operators, on the real Airflow.

A night that has not come yet is waited for without a process; a redaction is shared among tasks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from local.home import Home
from local.services import Airflow

ROOT = Path(__file__).resolve().parents[2]

# The file is read by the task's process as well: there it makes the pauses short.
WAITING = '''
"""An airflow dag whose data comes late."""

from datetime import timedelta

from airflow.sdk import DAG, Param

from airlock import SnapshotOperator
from airlock.contract import Contract
from airlock.stages.snapshot.stage import nights

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
        contract=Contract.model_validate(
            {"columns": {"id": {"type": "string"}}, "lateness": "2d"}
        ),
    )
'''


SHARED = '''
"""An airflow dag whose redaction is shared among mapped tasks."""

from airflow.sdk import DAG, Param

from airlock import RedactOperator, RedactShareOperator, SnapshotOperator, ValidateOperator
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.validate.spec import Expectations

EXPECTATIONS = Expectations.model_validate(
    {
        "contract": {"columns": {"id": {"type": "string"}, "note": {"type": "string"}}},
        "expectations": [
            {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "id"}}
        ],
    }
)
REDACTION = RedactionSpec.model_validate(
    {
        "columns": {
            "id": {"action": "pseudonym"},
            "note": {"action": "scan", "patterns": "only"},
        }
    }
)

with DAG(
    "shared",
    schedule=None,
    is_paused_upon_creation=False,
    params={"night": Param(type="string")},
):
    snapshot = SnapshotOperator(
        task_id="snapshot", source="notes/{night}.csv", contract=EXPECTATIONS.contract
    )
    validation = ValidateOperator(
        task_id="validate",
        snapshot=snapshot.address,
        expectations=EXPECTATIONS,
        model="notes",
    )
    rows = {
        "validation": validation.address,
        "redaction": REDACTION,
        "entity": "id",
        "model": None,
    }
    shares = RedactShareOperator.partial(task_id="redact_share", shares=2, **rows).expand(
        share=[0, 1]
    )
    RedactOperator(task_id="redact", shares=shares.output, **rows)
'''


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    folder = tmp_path_factory.mktemp("airflow")
    for name in ("dags", "plugins"):
        (folder / name).mkdir()
    (folder / "dags/waiting.py").write_text(WAITING)
    (folder / "dags/shared.py").write_text(SHARED)
    env = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder / "plugins"),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.05",
        "AIRFLOW__AIRLOCK__PRELOAD": "False",
    }
    with Airflow.running(Home(ROOT, folder / "var"), env=env) as running:
        for dag_id in ("waiting", "shared"):
            running.client.unpause(dag_id)
        yield running


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
