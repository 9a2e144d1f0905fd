"""People who answer what a run on a real Airflow asks, and what came of it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from airlock.ledger import Entry
from local.runs import DagRun, RequestRefused
from local.services import Airflow

# How runs of tests/integration/airflow/dags/asking.py end.
PROMOTED = dict.fromkeys(("gate", "approve", "approve_2", "promote", "after"), "success")
STOPPED = PROMOTED | dict.fromkeys(("approve_2", "promote", "after"), "skipped")


def asked(airflow: Airflow, run: DagRun, task_id: str = "approve", *, timeout: float = 240) -> None:
    """Wait until a task has put its question, and until it can be answered.

    Airflow 3.3.2 takes the end of the process that asked for the end of the answer, and asks again,
    if it hears of that end after the answer: no person is that quick, a test is.
    """
    until = time.monotonic() + timeout
    log = airflow.home.logs / "scheduler.log"
    heard = f"state success for task instance TaskInstanceKey(dag_id='{run.dag_id}', "
    heard += f"task_id='{task_id}', run_id='{run.run_id}'"
    while heard not in log.read_text(errors="replace"):
        assert time.monotonic() < until, f"{task_id} has not asked in {timeout:.0f} s."
        time.sleep(0.2)


def waiting(airflow: Airflow, **params: Any) -> DagRun:
    """A run that has come as far as the question."""
    run = airflow.client.trigger("asking", **params)
    asked(airflow, run)
    return run


def states(airflow: Airflow, run: DagRun) -> dict[str, str | None]:
    return airflow.client.wait(run, timeout=240)


def answers(airflow: Airflow, run: DagRun) -> list[Entry]:
    """What the ledger holds of the answers in a run."""
    folder = airflow.home.var / "store/ledger/churn"
    entries = [Entry.from_stored(path.read_bytes()) for path in sorted(folder.glob("*.json"))]
    about = f"decided/{run.dag_id}/{run.run_id}/"
    decided = next(entry.sequence for entry in entries if entry.id.startswith(about))
    return [entry for entry in entries if entry.body.get("decided_sequence") == decided]


def only_number_two_may_answer_for_op(airflow: Airflow) -> None:
    """The settings say which account op has, and nothing of user."""
    run = waiting(airflow, approvers="op,user")
    op, user = (Airflow.client_of(airflow.home, airflow.url, user=name) for name in ("op", "user"))

    for stranger in (user, airflow.client):
        with pytest.raises(RequestRefused, match="403"):
            stranger.answer(run, "approve", ["Approve"], {"reason": "why not"})
    op.answer(run, "approve", ["Approve"], {"reason": "looks right"})

    assert states(airflow, run) == PROMOTED
    body = answers(airflow, run)[0].body
    assert (body["approved"], body["by"], body["by_id"]) == (True, "op", "2")
