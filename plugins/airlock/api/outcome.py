"""What a run left behind so far: its stages, their records, and why some failed.

An open tab asks every few seconds. As long as Airflow says the same about the tasks, nothing of the
store is read again: a task's record and its note are written before the task ends.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from airlock.api.access import Unknown
from airlock.api.progress import OF_NO_NIGHT, Found, StageView, TaskState, stage_of, stage_views
from airlock.api.v1.overviews import overviews
from airlock.api.vouching import Vouching
from airlock.compat.airflow import TaskInstance
from airlock.config.settings import Settings
from airlock.core.errors import AirlockError
from airlock.engine import publication
from airlock.engine.failure_notes import Failure, failures
from airlock.engine.publication import Published
from airlock.engine.record import Receipt
from airlock.reports import kinds
from airlock.store import Store

# What was erased or altered meanwhile is found after so many seconds at the latest.
_KEPT_S = 60.0
_KEPT = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcome:
    """A run, as far as it has come.

    Args:
        found: what the tasks left that the ledger vouches for.
        refused: the tasks of whose record nothing is shown, and why.
        failed: the last note of each task about why it failed.
    """

    stages: tuple[StageView, ...]
    found: Mapping[str, Found]
    refused: Mapping[str, str]
    failed: Mapping[str, Failure]

    @property
    def night(self) -> str | None:
        """That the run is about, by whatever stage came so far; None if it is about a moment."""
        if all(one.stage in OF_NO_NIGHT for one in self.stages):
            return None
        nights = [one.receipt.night for one in self.found.values()]
        nights += [one.night for one in self.failed.values()]
        return next((night for night in nights if night), None)

    @property
    def at(self) -> datetime | None:
        """When the last stage so far ended, UTC."""
        ends = [one.receipt.at for one in self.found.values()]
        return max((*ends, *(one.at for one in self.failed.values())), default=None)

    @property
    def model(self) -> str | None:
        """That the run is about; None before a record names one."""
        named = (getattr(one.record, "model", None) for one in self.found.values())
        return next((name for name in named if name), None)


class Outcomes:
    """Those that were asked for lately."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], tuple[float, Sequence[TaskState], RunOutcome]] = (
            OrderedDict()
        )
        self._lock = Lock()

    def of(self, settings: Settings, session: Session, dag_id: str, run_id: str) -> RunOutcome:
        """What a run left; read anew if Airflow says something else than before.

        Raises:
            Unknown: Airflow knows no such run.
        """
        tasks, key = tasks_of(session, dag_id, run_id), (dag_id, run_id)
        with self._lock:
            at, then, kept = self._kept.get(key, (0.0, (), None))
        if kept is not None and then == tasks and time.monotonic() - at < _KEPT_S:
            return kept
        found = _read(settings, tasks, dag_id, run_id)
        with self._lock:
            # What is refused now may be signed in a moment.
            if not found.refused:
                self._kept[key] = (time.monotonic(), tasks, found)
                self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


@lru_cache(maxsize=1)
def outcomes() -> Outcomes:
    """Those of this server."""
    return Outcomes()


def tasks_of(session: Session, dag_id: str, run_id: str) -> Sequence[TaskState]:
    """The stages of a run that Airflow knows; the store is asked about no other.

    Raises:
        Unknown: it knows no such run.
    """
    rows = session.execute(
        select(
            TaskInstance.task_id,
            TaskInstance.custom_operator_name,
            TaskInstance.operator,
            TaskInstance.state,
            TaskInstance.try_number,
        ).where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id)
    ).all()
    if not rows:
        raise Unknown(f"Airflow knows no run {run_id} of {dag_id}.")
    return sorted(
        (
            TaskState(
                task_id=row.task_id, stage=stage, state=row.state, try_number=row.try_number or 0
            )
            for row in rows
            if (stage := stage_of(row.task_id, row.operator)) is not None
        ),
        key=lambda one: (one.task_id, one.state or "", one.try_number),
    )


def receipts_of(store: Store, dag_id: str, run_id: str) -> dict[str, Receipt]:
    """The last receipt of each task."""
    return {
        receipt.task_id: receipt
        for receipt in publication.receipts(store, dag_id=dag_id, run_id=run_id)
    }


def published_of(store: Store, receipt: Receipt) -> Published:
    """The result that a receipt is about, verified."""
    return publication.load(store, receipt.address, expected=receipt.sha256)


def vouching_of(settings: Settings) -> Vouching:
    """That of one request."""
    return Vouching(settings, overviews().entries)


def _read(settings: Settings, tasks: Sequence[TaskState], dag_id: str, run_id: str) -> RunOutcome:
    store = settings.store()
    receipts = receipts_of(store, dag_id, run_id)
    published = {
        task_id: published_of(store, receipt)
        for task_id, receipt in receipts.items()
        if receipt.stage in kinds()
    }
    found = {
        task_id: Found(
            receipt=receipts[task_id],
            record=kinds()[receipts[task_id].stage].from_json(made.result.record),
        )
        for task_id, made in published.items()
    }
    refused = _refused(settings, published, found)
    for task_id in refused:
        del found[task_id]
    # A run in which nothing failed has none.
    failing = any(one.state in {"failed", "up_for_retry"} for one in tasks)
    failed = failures(store, dag_id=dag_id, run_id=run_id) if failing else {}
    return RunOutcome(
        stages=stage_views(tasks, found, refused=refused, failed=failed),
        found=found,
        refused=refused,
        failed=failed,
    )


def _refused(
    settings: Settings, published: Mapping[str, Published], found: Mapping[str, Found]
) -> dict[str, str]:
    """The tasks whose record the ledger does not vouch for, and why nothing of it is shown."""
    refused, vouching = {}, vouching_of(settings)
    named = (getattr(one.record, "model", None) for one in found.values())
    likely = next((name for name in named if name), None)
    for task_id, made in published.items():
        try:
            vouching.of(made, found[task_id].record, first=likely)
        except AirlockError as error:
            refused[task_id] = str(error)
    return refused
