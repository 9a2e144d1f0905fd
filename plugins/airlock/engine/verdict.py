"""Does what a record's verdict asks for: go on, stop green, or stop red."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airlock.config.notify import notify
from airlock.engine.record import Record
from airlock.engine.translation import ForeseenFailure

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.engine.operator import StageOperator


def obey_verdict(stage: StageOperator, record: Record, address: str, context: Context) -> None:
    """Let the run go on, or end it here.

    Raises:
        ForeseenFailure: somebody must repair something.
        DownstreamTasksSkipped: nobody must; all that follows is skipped.
    """
    verdict = record.verdict
    if verdict.passed:
        return
    why = " ".join(verdict.reasons)
    if verdict.repair:
        raise ForeseenFailure(f"{why} The report is at {address}.")
    # The address first: skipping ends the task by an exception.
    context["ti"].xcom_push(key="return_value", value=address)
    skip_followers(stage, why, context)


def skip_followers(stage: StageOperator, why: str, context: Context) -> None:
    """Say why, to people as well, and skip all that follows.

    Raises:
        DownstreamTasksSkipped: tells Airflow.
    """
    stage.log.info("Not passed on: %s", why)
    notify(context, subject=f"{stage.stage}: not passed on", message=why)
    # Every depth, not only the direct followers: a task with another trigger rule must not run.
    stage.skip(context["ti"], stage.get_flat_relatives(upstream=False))
