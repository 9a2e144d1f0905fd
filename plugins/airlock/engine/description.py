"""What the work of a stage is known by: its key, its result, its receipt and its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airlock.core.content import digest
from airlock.engine.record import Receipt, Record, Result
from airlock.hooks import registry

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.store import Zone


def stage_key(
    attempt: Attempt,
    stage: str,
    version: int,
    inputs: Mapping[str, str],
    ingredients: Mapping[str, Any],
) -> str:
    """The digest of all that decides a result; equal keys share one slot.

    Args:
        inputs: by the names of their fields, what their contents are called.
        ingredients: what decides the result besides; JSON-ready.
    """
    recompute = attempt.origin.run_id if attempt.params.get("recompute") else None
    extended = registry.extensions()
    return digest(
        {
            "stage": stage,
            "version": version,
            "inputs": dict(inputs),
            "ingredients": dict(ingredients),
            "recompute": recompute,
            # Another version of an extension may give another result. Without any, keys are
            # those of before there were extensions.
            **({"extensions": extended} if extended else {}),
        }
    )


def result_of(
    attempt: Attempt,
    stage: str,
    version: int,
    inputs: Mapping[str, str],
    record: Record,
    *,
    zone: Zone,
) -> Result:
    """What an attempt left, as its slot will name it.

    Args:
        zone: where its data will lie; the report always lies in the store.
    """
    # A parser of DAG files does without the store.
    from airlock.engine.folders import described

    return Result(
        stage=stage,
        version=version,
        inputs=dict(inputs),
        record=record.to_json(),
        data=described(attempt.data, stage=stage, part="data", zone=zone),
        report=described(attempt.report, stage=stage, part="report", zone="store"),
        made_by=attempt.origin,
    )


def receipt_of(
    attempt: Attempt, stage: str, published: Published, *, reused: bool, seconds: float
) -> Receipt:
    """That this run ended a stage with a result.

    Args:
        seconds: what it took, by a clock that nobody sets.
    """
    return Receipt(
        stage=stage,
        dag_id=attempt.origin.dag_id,
        run_id=attempt.origin.run_id,
        task_id=attempt.origin.task_id,
        try_number=attempt.origin.try_number,
        night=attempt.night,
        address=published.address,
        sha256=published.sha256,
        reused=reused,
        seconds=round(seconds, 3),
        at=attempt.now + timedelta(seconds=seconds),
    )


def with_page(attempt: Attempt, work: Callable[[Attempt], Record]) -> Record:
    """Do the work, and write the report page of its record."""
    record = work(attempt)
    if record.eventful:
        # By its name: pages know every record, and the engine knows no page.
        registry.load("airlock.reports:write_report")(record, attempt.report)
    return record
