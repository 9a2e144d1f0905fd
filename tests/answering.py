"""People who answer what a run on a real Airflow asks."""

from __future__ import annotations

import time

from local.client import Run
from local.services import Airflow


def asked(airflow: Airflow, run: Run, task_id: str = "approve", *, timeout: float = 240) -> None:
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
