"""Airflow's deadlines: until when a run that the schedule began is over, and whom it is told.

Airflow's scheduler keeps one deadline for each run, drops it when the run succeeds in time, and
calls `tell_late` once when it does not: in an executor's process, which needs no triggerer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from airflow.sdk.definitions.callback import SyncCallback
from airflow.sdk.definitions.deadline import BaseDeadlineReference, DeadlineAlert

from airlock.core.clock import next_at

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

# Nobody is kept waiting by what a person starts, and a rerun of an old night is late by nature.
_SCHEDULED = frozenset({"scheduled", "asset_triggered"})


@dataclass(eq=False)
class DoneBy(BaseDeadlineReference):
    """The next time of day after a run was due to begin; none for a run that a person started.

    Args:
        at: such as 06:00, UTC.
    """

    at: str = "06:00"
    required_kwargs = frozenset({"dag_id", "run_id"})

    def serialize_reference(self) -> dict[str, Any]:
        """As Airflow keeps it with the DAG."""
        return {"reference_type": self.reference_name, "at": self.at}

    @classmethod
    def deserialize_reference(cls, reference_data: dict[str, Any]) -> DoneBy:
        """Read it back."""
        return cls(at=str(reference_data["at"]))

    def _evaluate_with(self, *, session: Any, dag_id: str, run_id: str) -> datetime | None:
        """Asked by the scheduler, once for each run."""
        from sqlalchemy import select

        from airlock.compat.airflow import DagRun

        run = session.execute(
            select(DagRun.run_type, DagRun.run_after).where(
                DagRun.dag_id == dag_id, DagRun.run_id == run_id
            )
        ).one_or_none()
        if run is None or str(getattr(run[0], "value", run[0])) not in _SCHEDULED:
            return None
        # A run that begins at that very time has until the next day.
        return next_at(run[1] + timedelta(seconds=1), self.at)


def done_by(at: str, *, model: str) -> DeadlineAlert:
    """The deadline of a DAG's runs.

    Args:
        at: time of day, UTC.
        model: that the pipeline is about.
    """
    return DeadlineAlert(
        reference=DoneBy(at=at),
        interval=timedelta(0),
        callback=SyncCallback(tell_late, kwargs={"model": model, "at": at}),
        name=f"done by {at} UTC",
    )


def tell_late(*, model: str, at: str, context: Mapping[str, Any]) -> None:
    """Tell somebody that a run is late; of one that failed they were told already.

    Args:
        at: the time of day that it should have been over by.
        context: what Airflow knows of the run, as JSON.
    """
    from airlock.config.notify import notify

    run = SimpleNamespace(**context["dag_run"])
    run.run_id = getattr(run, "run_id", None) or run.dag_run_id
    if str(run.state) in {"failed", "success"}:
        log.info("%s of %s ended as %s: nobody is told again.", run.run_id, run.dag_id, run.state)
        return
    waits = _waits_for_people(model, run.dag_id, run.run_id)
    notify(
        cast("Context", {"dag_run": run}),
        subject=f"not done by {at} UTC",
        message=f"Run {run.run_id} should have been over by {at} UTC and still goes on. {waits}",
    )


def _waits_for_people(model: str, dag_id: str, run_id: str) -> str:
    """Whether people hold it up, as far as the ledger can be read from here."""
    from airlock.config.settings import Settings
    from airlock.ledger import State
    from airlock.ledger.questions import open_questions, run_of

    try:
        entries = Settings.read().ledger(model).entries()
        for one in open_questions(entries, State.of(model, entries), now=datetime.now(UTC)):
            if run_of(one.decided) == (dag_id, run_id):
                version = one.decided.body["version"]
                return f"Version {version} waits for a yes or a no until {one.until:%H:%M} UTC."
    except Exception as error:  # noqa: BLE001 -- that it is late must be told whatever else is wrong
        log.warning("Whether it waits for people is not known (%s).", type(error).__name__)
        return "Look at the run: what is it waiting for?"
    return "Look at the run: which task is running, waiting or being tried again?"
