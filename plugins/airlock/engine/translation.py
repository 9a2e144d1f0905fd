"""Translates errors for Airflow: fail, retry, or reschedule without using up a try."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowRescheduleException,
)

from airlock.config.notify import notify
from airlock.core.errors import AirlockError, Preempted

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

# Until a task whose machine was taken away may start again, on another one.
_ELSEWHERE = timedelta(seconds=5)

# Seconds until the first look, and between the last ones: it doubles in between.
_FIRST, _LONGEST = 10, 300
# A service that restarts is nobody's business; after so many looks, 20 minutes, it is somebody's.
_TOLD_AT = 8


class Foreseen:
    """Mixin of errors whose sentence says all: a traceback would only hide it in the log."""


class ForeseenError(Foreseen, AirflowException):
    """One that Airflow tries again."""


class ForeseenFailure(Foreseen, AirflowFailException):
    """One that Airflow does not try again."""


def translated(
    error: AirlockError, context: Context | None = None, *, hours: float = 0
) -> AirflowException:
    """The error as Airflow understands it: tried again only where that can help.

    Args:
        context: of the task; without it nothing is handed back but what was preempted.
        hours: how long the task may wait for a service that is away.
    """
    now = datetime.now(UTC)
    again = now + _ELSEWHERE if isinstance(error, Preempted) else None
    if error.outage and context is not None:
        again = next_look(context, error, now=now, hours=hours)
    if again is not None:
        # Airflow counts no try for it, and says nothing of why.
        log.warning("%s No try is used up: the task goes on at %s UTC.", error, f"{again:%H:%M:%S}")
        return AirflowRescheduleException(again)  # type: ignore[no-untyped-call]  # not typed
    if error.retry_can_help:
        return ForeseenError(str(error))
    return ForeseenFailure(f"{type(error).__name__}: {error}")


def next_look(
    context: Context, error: AirlockError, *, now: datetime, hours: float
) -> datetime | None:
    """When a task that found a service away may look again; None if that is to count as a try.

    Airflow counts no try for a task that is handed back, and keeps the time of the first time.

    Args:
        now: UTC.
        hours: how long it may wait since then, in one life of the task; clearing it begins anew.
    """
    if not hours:
        return None
    looks, since = _looked(context, now)
    until = since + timedelta(hours=hours)
    if now >= until:
        return None
    if looks == _TOLD_AT:
        notify(
            context,
            subject=f"{context['ti'].task_id} waits for a service",
            message=f"{error} It looks again every {_LONGEST // 60} minutes until "
            f"{until:%Y-%m-%d %H:%M} UTC, and goes on by itself; then its retries begin.",
        )
    return now + timedelta(seconds=min(_FIRST * 2 ** min(looks, 10), _LONGEST))


def _looked(context: Context, now: datetime) -> tuple[int, datetime]:
    """How often the task was handed back, and when it was so first."""
    ti: Any = context["ti"]
    looks = int(context.get("task_reschedule_count") or 0)
    return looks, (ti.get_first_reschedule_date(context) if looks else None) or now


def without_values(error: Exception) -> str:
    """Class and place of an error whose text may quote the data."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    place = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[:-6:-1])
    return (
        f"{type(error).__name__} at {place}. Its text is withheld, because it may quote the data. "
        "This is a bug in Airlock or in the project's own code: run the stage's function on a "
        "small table to see it whole."
    )
