"""Publishes what an attempt made: uploads its files, and fills the slot once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from airlock.engine.observed import part

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.engine.publication import Published
    from airlock.engine.record import Result


@part("publish")
def publish_once(
    attempt: Attempt, key: str, result: Result, *, accept: Callable[[Published], bool], known: bool
) -> Published:
    """What lies in the slot in the end: this attempt's result, or an earlier one that may stand.

    Args:
        key: of the slot.
        accept: whether what lies in the slot may stand for this work.
        known: whether an equal result may lie there: what was seen before is not stored again.
    """
    # A parser of DAG files does without the store.
    from airlock.engine import publication

    scratch = attempt.scratch / "in"
    if known:
        same = publication.find(
            attempt.stores,
            result.stage,
            key,
            scratch,
            accept=lambda one: publication.is_same(one.result, result) or accept(one),
        )
        if same is not None:
            return same
    publication.upload_described(attempt.data, result.data, attempt.stores)
    publication.upload_described(attempt.report, result.report, attempt.stores)
    return publication.publish(attempt.stores, key, result, scratch, accept=accept)
