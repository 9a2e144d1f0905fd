"""Tells the sinks what was decided: a first try in the task, the rest by reconcile."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from airlock.catalogs.outbox import (
    ATTEMPTS,
    TOLD,
    Message,
    Told,
    begin,
    messages,
    note,
    open_messages,
)
from airlock.core.errors import AirlockError
from airlock.ledger import Chain
from airlock.sinks.sink import NotTaken, Sink, open_sink

if TYPE_CHECKING:
    from airlock.config.settings import Settings
    from airlock.engine.attempt import Attempt

log = logging.getLogger(__name__)


def deliver(chain: Chain, sink: Sink, *, now: datetime) -> list[Message]:
    """Tell a sink what is due of one model, in the order of the ledger.

    What was not taken holds back what comes after it, so that a receiver reads a story in its
    order; a dead message no longer does.

    Args:
        now: UTC.

    Returns:
        What died in this call: somebody must be told.

    Raises:
        BrokenChain: the ledger does not verify; nothing of it is told to anybody.
        Unverified: what lies in the outbox was not written by it.
    """
    begin(chain, sink.name)
    died = []
    for message in open_messages(messages(chain, sink.name)):
        if message.dead:
            continue
        if message.due is not None and message.due > now:
            break
        told = _try(sink, message, now)
        note(chain.store, message, told)
        if told.how == "failed":
            log.warning("%s was not told of %s: %s.", sink.name, message.id, told.why)
            if message.failures + 1 >= ATTEMPTS:
                died.append(message)
                continue
            break
    return died


def open_sinks(settings: Settings) -> Iterator[Sink]:
    """Every receiver that the settings name.

    Raises:
        SettingsError: a connection is missing, or describes none.
    """
    from airlock.config import connections

    for name in settings.sinks:
        found = connections.connection(name)
        yield open_sink(name, extra=connections.extra(found), secret=found.password)


def try_now(attempt: Attempt, model: str) -> None:
    """The first try, in the task that wrote an entry. Never raises, and never stops a run."""
    try:
        for sink in open_sinks(attempt.settings):
            chain = attempt.ledger(model)
            entries = chain.entries()
            older = next(
                (at for at, one in enumerate(entries) if one.at == attempt.now), len(entries)
            )
            if any(one.kind in TOLD for one in entries[older:]):
                begin(chain, sink.name, at_once=len(entries) - older)
                deliver(chain, sink, now=attempt.now)
    except AirlockError as error:
        log.warning("Sinks are told later: %s", error)


def deliver_all(chains: Iterable[Chain], sinks: Iterable[Sink], *, now: datetime) -> list[Message]:
    """Tell every sink what is due of every model; a chain that is broken holds up no other.

    Returns:
        What died in this call.

    Raises:
        AirlockError: the first that went wrong, once everything else was told.
    """
    every, died, wrong = list(chains), list[Message](), list[AirlockError]()
    for sink in sinks:
        for chain in every:
            try:
                died += deliver(chain, sink, now=now)
            except AirlockError as error:
                wrong.append(error)
    if wrong:
        raise wrong[0]
    return died


def _try(sink: Sink, message: Message, now: datetime) -> Told:
    try:
        sink.send(message, now)
    except NotTaken as error:
        return Told(how="failed", at=now, why=str(error))
    return Told(how="delivered", at=now)
