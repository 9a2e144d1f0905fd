"""A pipeline's schedule, its trigger form, and its retries."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import CronPartitionTimetable, Param

from airlock.config.notify import notify_failure
from airlock.core.errors import SpecError
from airlock.core.schedule import check_nightly
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


def nightly(cron: str) -> CronPartitionTimetable:
    """A schedule in UTC whose runs are about the night before, by partition date.

    Args:
        cron: five fields; "0 2 * * *" runs at 02:00 about the day that has just ended.

    Raises:
        SpecError: it is no cron line.
    """
    for one in check_nightly(cron):
        if one.severity == "error":
            raise SpecError(f"{one.what}.", do=one.do)
        warnings.warn(f"{one.what}. {one.do}", PipelineWarning, stacklevel=2)
    return CronPartitionTimetable(cron, timezone="UTC", run_offset=-1, key_format="%Y-%m-%d")
