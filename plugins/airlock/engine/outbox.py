"""Tells the sinks what was decided: a first try in the task, the rest by reconcile."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from airlock.catalogs.claims import CLAIMED, claim, release
from airlock.catalogs.outbox import (
    ATTEMPTS,
    TOLD,
    Message,
    Told,
    begin,
    messages,
    note,
    open_messages,
    steps,
)
from airlock.core.content import sha256
from airlock.core.errors import AirlockError, Unverified
from airlock.engine import publication
from airlock.ledger import Chain
from airlock.sinks.sink import SECONDS, NotTaken, Sink, open_sink

if TYPE_CHECKING:
    from airlock.catalogs.tickets import Ran
    from airlock.config.settings import Settings
    from airlock.engine.attempt import Attempt

log = logging.getLogger(__name__)


def deliver(chain: Chain, sink: Sink, *, now: datetime, ran: Ran | None = None) -> list[Message]:
    """Tell a sink what is due of one model, in the order of the ledger.

    What was not taken holds back what comes after it in its thread, so that a receiver reads a
    story in its order; a dead message no longer does.

    Args:
        now: UTC.
        ran: what a run did before its candidate came to the gate; for a sink that keeps tickets.

    Returns:
        What died in this call: somebody must be told.

    Raises:
        BrokenChain: the ledger does not verify; nothing of it is told to anybody.
        Unverified: what lies in the outbox was not written by it.
    """
    begin(chain, sink.name)
    due = sorted(open_messages(waiting(chain, sink, ran=ran)), key=lambda one: one.thread)
    died = []
    for _, thread in groupby(due, key=lambda one: one.thread):
        died += _tell(chain, sink, list(thread), now)
    return died


def waiting(chain: Chain, sink: Sink, *, ran: Ran | None = None) -> list[Message]:
    """Everything that a sink is told of a model, with how far that has come.

    Raises:
        Unverified: what lies in the outbox was not written by it.
    """
    if not sink.tickets:
        return messages(chain, sink.name)
    known = ran or partial(_ran, chain)
    return steps(chain, sink.name, known, only_drift=sink.tickets == "drift")


def open_sinks(settings: Settings) -> Iterator[Sink]:
    """Every receiver that the settings name.

    Raises:
        SettingsError: a connection is missing, or describes none.
    """
    from airlock.config import connections
    from airlock.config.settings import api_url

    for name in settings.sinks:
        found = connections.connection(name)
        yield open_sink(
            name,
            extra=connections.extra(found),
            secret=found.password,
            login=found.login,
            airflow=api_url(),
        )


def try_now(attempt: Attempt, model: str) -> None:
    """The first try, in the task that wrote an entry. Never raises, and never stops a run."""
    try:
        for sink in open_sinks(attempt.settings):
            chain = attempt.ledger(model)
            entries = chain.entries()
            older = next(
                (at for at, one in enumerate(entries) if one.at == attempt.now), len(entries)
            )
            if any(one.kind in TOLD or _packs(one.body) for one in entries[older:]):
                begin(chain, sink.name, at_once=len(entries) - older)
                deliver(chain, sink, now=attempt.now, ran=ran_of(attempt))
    except AirlockError as error:
        log.warning("Sinks are told later: %s", error)


def deliver_all(
    chains: Iterable[Chain], sinks: Iterable[Sink], *, now: datetime, ran: Ran | None = None
) -> list[Message]:
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
                died += deliver(chain, sink, now=now, ran=ran)
            except AirlockError as error:
                wrong.append(error)
    if wrong:
        raise wrong[0]
    return died


def ran_of(attempt: Attempt) -> Ran:
    """What runs did, by the receipts that this installation wrote."""
    return partial(_vouched_ran, attempt)


def _tell(chain: Chain, sink: Sink, thread: Sequence[Message], now: datetime) -> list[Message]:
    """Tell one thread, in its order, as far as it goes; what died of it."""
    first = next((one for one in thread if not one.dead), None)
    if first is None or (first.due is not None and first.due > now):
        return []
    claimed = None
    if sink.tickets and (claimed := claim(chain.store, first, now=now)) is None:
        return []
    ends = time.monotonic() + CLAIMED.total_seconds() - 2 * SECONDS
    died = []
    try:
        for message in thread:
            if message.dead:
                continue
            # Nobody writes to a ticket once another process may have taken it over.
            if (message.due is not None and message.due > now) or time.monotonic() > ends:
                break
            told = _try(chain, sink, message, now)
            note(chain.store, message, told)
            if told.how == "failed":
                log.warning("%s was not told of %s: %s.", sink.name, message.id, told.why)
                if message.failures + 1 < ATTEMPTS:
                    break
                died.append(message)
    finally:
        if claimed is not None:
            release(chain.store, claimed)
    return died


def _try(chain: Chain, sink: Sink, message: Message, now: datetime) -> Told:
    thread = message.ticket.id if message.ticket is not None else ""
    try:
        pack = message.ticket.pack if message.ticket is not None and sink.pack else None
        read = partial(_pack, chain, *pack) if pack is not None else None
        sink.send(replace(message, pack=read), now)
    except NotTaken as error:
        return Told(how="failed", at=now, why=str(error), thread=thread)
    return Told(how="delivered", at=now, thread=thread)


def _pack(chain: Chain, address: str, sha: str) -> bytes:
    """The evidence pack of a result that an entry of the ledger names, verified."""
    result = publication.load(chain.store, address, expected=sha).result
    (file,) = result.data.files
    data = chain.store.get(f"{result.data.prefix}/{file.path}")
    if sha256(data) != file.sha256:
        raise Unverified(
            f"The evidence pack {address} was altered after it was published.",
            do="Bring the original back from a backup, and find out who changed it.",
        )
    return data


def _packs(body: Mapping[str, object]) -> bool:
    return body.get("stage") == "evidence"


def _ran(chain: Chain, dag_id: str, run_id: str) -> dict[str, datetime]:
    ended = publication.receipts(chain.store, dag_id=dag_id, run_id=run_id)
    return {one.stage: one.at for one in ended}


def _vouched_ran(attempt: Attempt, dag_id: str, run_id: str) -> dict[str, datetime]:
    """The same by receipts that this installation wrote."""
    ended = publication.receipts(attempt.stores["store"], dag_id=dag_id, run_id=run_id)
    sealed = attempt.settings.sealed
    return {one.stage: one.at for one in ended if not sealed or attempt.vouched(one)}
