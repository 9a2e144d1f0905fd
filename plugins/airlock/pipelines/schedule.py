"""A pipeline's schedule, its trigger form, and its retries."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import CronPartitionTimetable, Param

from airlock.config.notify import notify_failure
from airlock.core.errors import SpecError
from airlock.core.nights import Every
from airlock.core.schedule import SCHEDULES, check_schedule, keys_of
from airlock.pipelines.warned import PipelineWarning

_ANY_RUN: Mapping[str, Param] = {
    "night": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Night",
        description="Which night's data to use. Empty: the last full day before this run.",
    ),
    "source": Param(
        None,
        type=["null", "string"],
        title="Source",
        description="Read from here instead of the usual source. Such a run needs approval.",
    ),
    "recompute": Param(
        False,
        type="boolean",
        title="Recompute",
        description="Do all the work again, even if nothing has changed since an earlier run.",
    ),
    "reason": Param(
        None,
        type=["null", "string"],
        title="Reason",
        description="Why this run? For whoever reads the history later.",
    ),
}

_TRAINING_RUN: Mapping[str, Param] = {
    **_ANY_RUN,
    "max_epochs": Param(
        None,
        type=["null", "integer"],
        minimum=1,
        title="Epochs at most",
        description="Train at most this many epochs instead of the usual number. Needs approval.",
    ),
}

# Every stage is idempotent, so a retry is always safe. A killed process needs no pause, a tired
# service needs a long one: 3, 9, 27 and 81 s, and Airflow adds up to as much again. It counts all
# tries of a task's life: after a person cleared a red task the pauses would go on with 4 minutes.
_RETRIES: Mapping[str, Any] = {
    "retries": 4,
    "retry_delay": timedelta(seconds=3),
    "retry_exponential_backoff": 3.0,
    "max_retry_delay": timedelta(minutes=3),
    "on_failure_callback": notify_failure,
}

# A run that waits for people is active to Airflow, and must not keep the next night from its work:
# many runs may be active, and of each task that works only one.
_WAITING_RUNS = 16
_ONE_AT_A_TIME: Mapping[str, Any] = {**_RETRIES, "max_active_tis_per_dag": 1}

NIGHTLY: Mapping[str, Any] = {
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,
    "max_active_runs": _WAITING_RUNS,
    "default_args": _ONE_AT_A_TIME,
    "params": _TRAINING_RUN,
    "tags": ["airlock"],
}
"""What nightly trainings have in common: `DAG("…", schedule=nightly("…"), **NIGHTLY)`."""

NIGHTLY_SCORING: Mapping[str, Any] = {
    **NIGHTLY,
    "max_active_runs": 1,
    "default_args": _RETRIES,
    "params": _ANY_RUN,
}
"""The same for nightly scorings: nobody is asked, so one run at a time; the form asks for less."""


BY_HAND: Mapping[str, Any] = {
    "schedule": None,
    "max_active_runs": 1,
    # Whoever needs a rollback does not first look for a switch.
    "is_paused_upon_creation": False,
    "default_args": {
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "on_failure_callback": notify_failure,
    },
    "tags": ["airlock", "by hand"],
}
"""What DAGs that a person starts have in common: `DAG("…", params=model_form("…"), **BY_HAND)`."""


def model_form(usual: str, /, **more: Param) -> dict[str, Param]:
    """A trigger form about one model, in which a person also says why.

    Args:
        usual: the name that stands in the form already.
        more: fields between these two.
    """
    return {
        "model": Param(
            usual,
            type="string",
            pattern="^[a-z][a-z0-9_]*$",
            title="Model",
            description="The registered name of the model.",
        ),
        **more,
        "reason": Param(
            type="string",
            minLength=3,
            maxLength=500,
            title="Reason",
            description="Why? It is kept, with your name.",
        ),
    }


def hourly(cron: str) -> CronPartitionTimetable:
    """A schedule in UTC whose runs are about the hour before, such as 2026-01-05T13.

    Args:
        cron: five fields; "5 * * * *" runs at 14:05 about the hour from 13:00 to 14:00.

    Raises:
        SpecError: it is no cron line.
    """
    return _scheduled(cron, "hourly")


def nightly(cron: str) -> CronPartitionTimetable:
    """A schedule in UTC whose runs are about the day before, such as 2026-01-05.

    Args:
        cron: five fields; "0 2 * * *" runs at 02:00 about the day that has just ended, and
            "0 4 * * 1" every Monday about the Sunday before.

    Raises:
        SpecError: it is no cron line.
    """
    return _scheduled(cron, "nightly")


def weekly(cron: str) -> CronPartitionTimetable:
    """A schedule in UTC whose runs are about the last week from Monday to Sunday: 2026-W02.

    Args:
        cron: five fields; "0 4 * * 1" runs every Monday about the week that has just ended.

    Raises:
        SpecError: it is no cron line.
    """
    return _scheduled(cron, "weekly")


def monthly(cron: str) -> CronPartitionTimetable:
    """A schedule in UTC whose runs are about the month before, such as 2026-01.

    Args:
        cron: five fields; "0 5 1 * *" runs on the first about the month that has just ended.

    Raises:
        SpecError: it is no cron line.
    """
    return _scheduled(cron, "monthly")


def _scheduled(cron: str, schedule: str) -> CronPartitionTimetable:
    for one in check_schedule(cron, schedule):
        if one.severity == "error":
            raise SpecError(f"{one.what}.", do=one.do)
        warnings.warn(f"{one.what}. {one.do}", PipelineWarning, stacklevel=3)
    names, offset = keys_of(cron, SCHEDULES[schedule])
    return CronPartitionTimetable(cron, timezone="UTC", run_offset=offset, key_format=names)


def night_field(every: Every) -> Param:
    """The field `night` of a trigger form.

    Args:
        every: how long the pipeline's nights are.
    """
    if every == "day":
        return _ANY_RUN["night"]
    pattern, example = _FIELDS[every]
    return Param(
        None,
        type=["null", "string"],
        pattern=pattern,
        title="Night",
        description=f"Which {every}'s data to use, such as {example}. Empty: the last full {every} "
        "before this run.",
    )


_FIELDS: Mapping[Every, tuple[str, str]] = {
    "hour": (r"^\d{4}-\d\d-\d\dT\d\d$", "2026-01-05T13"),
    "week": (r"^\d{4}-W\d\d$", "2026-W02"),
    "month": (r"^\d{4}-\d\d$", "2026-01"),
}
