"""Adds the canary and the review queue to the page of drift; never fails the stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from airlock.core.errors import AirlockError

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt
    from airlock.reports.content import ReportTable
    from airlock.reports.night import ChallengerSummary


def canary_and_queue_tables(attempt: Attempt, model: str) -> Iterator[ReportTable]:
    """Who is on trial, and what waits for people; why not, where that cannot be read."""
    from airlock.catalogs.review_queue import queue
    from airlock.reports.night import challenger_table, queue_table, unread_table

    shown: dict[str, Callable[[], ReportTable]] = {
        "Canary": lambda: challenger_table(_trial(attempt, model)),
        "Put to people": lambda: queue_table(queue(attempt.archive(model), attempt.night)),
    }
    for title, table in shown.items():
        try:
            yield table()
        except AirlockError as error:
            yield unread_table(title, error.what)


def _trial(attempt: Attempt, model: str) -> ChallengerSummary | None:
    """The challenger on trial, else the last one unless it became champion."""
    from airlock.ledger import Canary
    from airlock.reports.night import ChallengerSummary

    ledger = attempt.ledger(model)
    entries, state = ledger.entries(), ledger.state()
    last = next((one for one in reversed(entries) if one.kind == "canary"), None)
    if last is None:
        return None
    canary = Canary.from_entry(last)
    if canary.share and (state.canary is None or state.canary.sequence != canary.sequence):
        return None
    beside = next(one for one in entries if one.sequence == canary.champion_sequence)
    return ChallengerSummary(
        version=canary.challenger.version,
        beside=beside.body["champion"]["version"],
        share=canary.share,
        step=canary.step,
        steps=len(canary.rule["steps"]),
        nights=_scored(attempt, model, canary.sequence),
        least=canary.rule["nights"],
        sequence=canary.sequence,
        because=last.body["because"],
    )


def _scored(attempt: Attempt, model: str, sequence: int) -> int:
    """How many nights a challenger scored under one ledger entry."""
    from airlock.catalogs import predictions
    from airlock.catalogs.review_queue import KEPT
    from airlock.ledger import Moment

    chain = Moment.of(attempt.ledger(model))
    return sum(
        any(
            (one.role, one.sequence) == ("shadow", sequence)
            for one in predictions.partitions(chain, night)
        )
        for night in predictions.nights(chain)[-KEPT:]
    )
