"""Finds the night (partition date) that a run is about."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
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
        return (context["dag_run"].run_after - timedelta(days=1)).date().isoformat()
    with suppress(ValueError):
        return date.fromisoformat(str(named)[:10]).isoformat()
    raise SpecError(
        "The parameter night is not a date.", do="Write it as year-month-day, such as 2026-01-05."
    )
