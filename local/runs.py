"""Runs and tasks, as Airflow's REST API tells of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from airlock.core.errors import AirlockError

FINISHED = frozenset({"success", "failed"})
"""The last states of a run."""


class RequestRefused(AirlockError):
    """Airflow's API did not answer as hoped."""


class RunTimedOut(AirlockError):
    """A run was still going after the time that it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DagRun:
    """One run of one DAG."""

    dag_id: str
    run_id: str

    @property
    def path(self) -> str:
        """Its address below `/api/v2`."""
        return f"/dags/{self.dag_id}/dagRuns/{self.run_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskInstance:
    """One task of a run, as Airflow saw it last.

    Args:
        map_index: -1 unless the task is mapped.
        state: Airflow's word; None before it is scheduled.
        tries: attempts so far.
        seconds: how long the last attempt has run; None before it started.
    """

    task_id: str
    map_index: int
    state: str | None
    tries: int
    started: datetime | None
    ended: datetime | None
    seconds: float | None
