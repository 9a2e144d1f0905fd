"""Finds the night (partition date) that a run is about."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from airlock.core.errors import SpecError

if TYPE_CHECKING:
    from airflow.sdk import Context


def night_of(context: Context) -> str:
    """The night that a run is about, as an ISO date.

    The run's `night` parameter, else its partition, else the last full day before it may run.

    Raises:
        SpecError: the parameter is no date.
    """
    named = context["params"].get("night") or context["dag_run"].partition_key
    if not named:
        # In UTC, where every day has 24 hours: 01:30 in Berlin is a time of the day before.
        today = context["dag_run"].run_after.astimezone(UTC).date()
        return (today - timedelta(days=1)).isoformat()
    return _day(str(named)).isoformat()


def _day(text: str) -> date:
    """A day, or the day in UTC of a time: partitions may be named by either.

    Raises:
        SpecError: it is neither.
    """
    with suppress(ValueError):
        return date.fromisoformat(text)
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
    raise SpecError(
        "The parameter night is not a date.", do="Write it as year-month-day, such as 2026-01-05."
    )
