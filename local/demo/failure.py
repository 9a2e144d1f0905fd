"""Why a task failed: the error's own sentence, from the task's log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from airlock.core.errors import AirlockError
from local.client import AirflowClient
from local.home import Home
from local.runs import DagRun, RequestRefused, TaskInstance


class TaskFailed(AirlockError):
    """A stage of the demo turned red."""


class WaitsForPeople(AirlockError):
    """A policy asks people, and a demo has none."""


def explained(client: AirflowClient, home: Home, run: DagRun, task: TaskInstance) -> TaskFailed:
    """The error that the demo ends with.

    Args:
        task: the one that failed.
    """
    log = _path(home, run, task)
    return TaskFailed(
        f"{task.task_id} of {run.dag_id} failed: {reason(client, run, task)}",
        do=f"Its log is {log}." if log.exists() else f"The services' logs are in {home.logs}.",
    )


def reason(client: AirflowClient, run: DagRun, task: TaskInstance) -> str:
    """Why the last attempt of a task failed."""
    return sentence(_log(client, run, task))


def sentence(lines: Iterable[Mapping[str, Any]]) -> str:
    """What the last error of a log says."""
    said = "it left no word; its process was probably killed."
    for line in lines:
        if errors := line.get("error_detail"):
            said = f"{errors[0]['exc_value']}".strip() or str(errors[0]["exc_type"])
        elif line.get("level") in {"error", "critical"}:
            said = str(line["event"])
    return said


def _log(client: AirflowClient, run: DagRun, task: TaskInstance) -> list[Mapping[str, Any]]:
    try:
        answer = client.request(
            "GET",
            f"{run.path}/taskInstances/{task.task_id}/logs/{max(task.tries, 1)}",
            params={"map_index": task.map_index, "full_content": True},
            headers={"accept": "application/json"},
        )
    except RequestRefused:
        # The reason why there is no log is in the services' logs, which the message names.
        return []
    return [line for line in answer["content"] if isinstance(line, Mapping)]


def _path(home: Home, run: DagRun, task: TaskInstance) -> Path:
    # Airflow's default log_filename_template.
    return (
        home.var
        / f"airflow/logs/dag_id={run.dag_id}/run_id={run.run_id}/task_id={task.task_id}"
        / f"attempt={task.tries}.log"
    )
