"""Keeps why a try of a task failed, for the tab of its run: a sentence, and what to do.

    failures/<dag>/<run>/<task>-<map index>-<try>.json

A note is for people's eyes: nothing is decided by one, no ledger names it, and gc removes it. Where
it cannot be written, the log says the same.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from airlock.config.settings import Settings
from airlock.core.content import canonical_json
from airlock.core.errors import SpecError
from airlock.core.names import checked_run, level
from airlock.engine.night import night_of

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airlock.engine.attempt import Attempt
    from airlock.store import Store

FOLDER = "failures"
_MOST = 200  # of a run's notes that are read; a run has some dozens of tasks, each some tries

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why one try of one task failed.

    Args:
        map_index: -1 for a task that is not mapped.
        night: that the run is about; "" where that was not known yet.
        what: what happened, and to what; never a cell's value.
        do: what the reader should do; "" where nobody foresaw the error.
        again: whether Airflow tries it again by itself, as long as tries are left.
        at: UTC.
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int = -1
    try_number: int
    night: str
    what: str
    do: str
    again: bool
    at: datetime


_KIND = TypeAdapter(Failure)


def failure_of(context: Context, what: str, do: str, *, again: bool) -> Failure:
    """The note about this try; of a run whose night is no date it names none.

    Raises:
        SpecError: the run's id is no name.
    """
    ti, night = context["ti"], ""
    checked_run(ti.dag_id, ti.run_id)
    with suppress(SpecError):
        night = night_of(context)
    return Failure(
        dag_id=ti.dag_id,
        run_id=ti.run_id,
        task_id=ti.task_id,
        map_index=ti.map_index if ti.map_index is not None else -1,
        try_number=ti.try_number,
        night=night,
        what=what,
        do=do,
        again=again,
        at=datetime.now(UTC),
    )


def keep_sentence(context: Context, what: str, do: str, *, again: bool) -> None:
    """Keep why this try failed, for the run's tab; that it cannot be kept changes nothing.

    Args:
        what: what happened, and to what; never a cell's value.
        do: what the reader should do; "" where nobody foresaw the error.
        again: whether Airflow tries it again by itself.
    """
    try:
        keep_failure(Settings.read().store(), failure_of(context, what, do, again=again))
    except Exception as error:  # noqa: BLE001 -- the error itself is what people must hear of
        log.warning("The tab will not say why it failed (%s); the log does.", type(error).__name__)


def keep_failure(store: Store, failure: Failure) -> None:
    """Write a note down, once."""
    data = canonical_json({**asdict(failure), "at": failure.at.isoformat()})
    store.create(_key(failure), data)


def begun_by_schedule(attempt: Attempt) -> bool:
    """Whether this DAG's schedule began a run before this one; from now on it did.

    A run that began leaves a receipt or a note; one that passed its night over leaves the note that
    is written here.
    """
    origin, store = attempt.origin, attempt.stores["store"]
    for folder in ("runs", FOLDER):
        for stat in store.list(f"{folder}/{level(origin.dag_id)}/"):
            run = stat.key.split("/")[2]
            if not run.startswith("manual__") and run != level(origin.run_id):
                return True
    note = Failure(
        dag_id=origin.dag_id,
        run_id=origin.run_id,
        task_id=origin.task_id,
        try_number=origin.try_number,
        night=attempt.night,
        what="The night was passed over: the pipeline was switched on only after it.",
        do="",
        again=False,
        at=attempt.now,
    )
    keep_failure(store, note)
    return False


def failures(store: Store, *, dag_id: str, run_id: str) -> dict[str, Failure]:
    """The last note of each task of a run; one that does not read as one is left out."""
    found: dict[str, Failure] = {}
    for one in _notes(store, dag_id, run_id):
        last = found.get(one.task_id)
        if last is None or (last.try_number, last.at) < (one.try_number, one.at):
            found[one.task_id] = one
    return found


def _notes(store: Store, dag_id: str, run_id: str) -> Iterator[Failure]:
    folder = f"{FOLDER}/{level(dag_id)}/{level(run_id)}/"
    for at, stat in enumerate(store.list(folder)):
        if at >= _MOST:
            return
        with suppress(ValidationError):
            one = _KIND.validate_json(store.get(stat.key))
            # In another place it would speak of another run.
            if stat.key == _key(one):
                yield one


def _key(one: Failure) -> str:
    name = level(f"{one.task_id}-{one.map_index}-{one.try_number}.json")
    return f"{FOLDER}/{level(one.dag_id)}/{level(one.run_id)}/{name}"
