"""Reads from Airflow's context what a task is about."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from airlock.config.settings import Settings
from airlock.core.names import checked_run
from airlock.engine.night import night_of
from airlock.engine.record import Origin

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.engine.attempt import Attempt

# Parameters that say when or why, not on what: setting them is no departure from the usual run.
_HARMLESS = frozenset({"night", "reason", "recompute"})


def attempt_of(context: Context, folder: Path) -> Attempt:
    """This try of this task.

    Args:
        folder: private to it.
    """
    from airlock.engine.attempt import Attempt

    ti, dag_run, params = context["ti"], context["dag_run"], dict(context["params"])
    checked_run(ti.dag_id, ti.run_id)
    settings = Settings.read()
    defaults = context["dag"].params.dump()
    changed = sorted(
        name
        for name, value in params.items()
        if name not in _HARMLESS and value != defaults.get(name)
    )
    return Attempt(
        origin=Origin(
            dag_id=ti.dag_id,
            run_id=ti.run_id,
            task_id=ti.task_id,
            try_number=ti.try_number,
            git_commit=settings.git_commit(),
        ),
        night=night_of(context),
        params=params,
        overrides=tuple(changed),
        usual={name: defaults.get(name) for name in changed},
        triggered_by=dag_run.triggering_user_name,
        by_hand=getattr(dag_run, "run_type", "manual") == "manual",
        now=datetime.now(UTC),
        settings=settings,
        scratch=folder,
    )
