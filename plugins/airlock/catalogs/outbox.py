"""What others must be told, derived from the ledger, and how far telling them has come.

    outbox/<sink>/<model>/since.json                       from which entry on a sink is told
    outbox/<sink>/<model>/<sequence>/<attempt>.json        how one attempt to tell it ended, once

A tracker, which keeps a ticket for each retrain, is told of the ticket's steps; those that no entry
is about lie at `<sequence>-<step>`, behind the entry that they come after.

The messages themselves are stored nowhere: they are the ledger's entries, so that a crash loses
none. An attempt is written after the receiver answered: whoever is killed in between tells it
again, under the same id, by which the receiver knows it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from airlock.catalogs.tickets import Ran, Ticket, tickets, with_run
from airlock.core.content import canonical_json
from airlock.core.errors import ObjectMissing, Unverified
from airlock.core.names import level
from airlock.ledger import Chain, Entry
from airlock.reading import read_json
from airlock.store import Store

TOLD = frozenset(
    {"decided", "approved", "promoted", "canary", "rolled_back", "confirmed", "cleared", "retrain"}
)
"""The kinds of entries that others are told of."""

ATTEMPTS = 12
"""After so many that failed a message is dead until a person asks for it again."""

_FIRST, _LONGEST = timedelta(seconds=30), timedelta(hours=3)

How = Literal["delivered", "failed", "again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How one attempt ended.

    Args:
        how: `again` is a person's word that a dead message is to be tried anew.
        at: when, UTC.
        why: it failed, without a word of what the receiver said; or who asked for it again.
        thread: the ticket that it is about; "" for an entry, and in notes of earlier versions.
    """

    how: How
    at: datetime
    why: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One entry of a ledger, or one step of a ticket, that one sink is told of.

    Args:
        sink: its name, the id of a connection.
        entry: what is told; of a ticket's step the entry that it is, or comes after.
        told: every attempt so far, oldest first.
        ticket: as it was at this step; None for a sink that keeps no tickets.
        pack: reads the evidence pack, verified, for a sink that takes one; None without one.
    """

    sink: str
    entry: Entry
    told: tuple[Told, ...]
    ticket: Ticket | None = None
    pack: Callable[[], bytes] | None = None

    @property
    def part(self) -> str:
        """Which step after the entry it is; "" for the entry itself."""
        return self.ticket.steps[-1].part if self.ticket else ""

    @property
    def place(self) -> str:
        """Its folder among those of the sink and the model."""
        return f"{self.entry.sequence:08d}{'-' if self.part else ''}{self.part}"

    @property
    def what(self) -> str:
        """What it is about, in a word or two."""
        return self.ticket.state if self.ticket else self.entry.kind

    @property
    def thread(self) -> str:
        """Messages of one thread come in their order, and hold up none of another."""
        return self.ticket.id if self.ticket else self.entry.model

    @property
    def id(self) -> str:
        """The same whenever it is told: `airlock.<model>.<sequence>`."""
        part = f".{self.part}" if self.part else ""
        return f"airlock.{self.entry.model}.{self.entry.sequence}{part}"

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken it."""
        return taken(self.told)

    @property
    def failures(self) -> int:
        """Since it was first tried, or a person asked for it again."""
        count = 0
        for one in self.told:
            count = 0 if one.how == "again" else count + 1
        return count

    @property
    def dead(self) -> bool:
        """Whether nobody tries any more."""
        return not self.delivered and self.failures >= ATTEMPTS

    @property
    def due(self) -> datetime | None:
        """When it is tried again; None for at once."""
        if not self.told or self.told[-1].how == "again":
            return None
        return self.told[-1].at + pause(self.id, self.failures)


def pause(about: str, failures: int) -> timedelta:
    """How long to wait after so many failures: twice as long each time, half of it by lot.

    The lot is drawn from what it is about, so that many messages do not come back together.
    """
    whole = min(_FIRST * int(2 ** (failures - 1)), _LONGEST)
    lot = hashlib.sha256(f"{about}/{failures}".encode()).digest()[0] / 255
    return whole / 2 + whole / 2 * lot


_TOLD = TypeAdapter(Told)
CLAIMS = "claims"
"""The folder beside the messages' own in which processes say that they write to a ticket."""
_PLACE = re.compile(r"\d{8}(?:-\d-[a-z]+)?", re.ASCII)


def messages(chain: Chain, sink: str) -> list[Message]:
    """What a sink is told of a model, oldest first.

    Raises:
        Unverified: what lies in the outbox was not written by it.
    """
    since = _since(chain.store, sink, chain.model)
    if since is None:
        return []
    known = notes_of(chain, sink)
    return [
        Message(sink=sink, entry=one, told=known.get(f"{one.sequence:08d}", ()))
        for one in chain.entries()
        if one.kind in TOLD and one.sequence > since
    ]


def steps(chain: Chain, sink: str, ran: Ran, *, only_drift: bool = False) -> list[Message]:
    """What a tracker is told of a model: every step of every ticket, oldest first.

    A ticket that had begun before the sink was named is no news, whatever becomes of it.

    Args:
        ran: what a run did before its candidate came to the gate.
        only_drift: leave out retrains that drift did not ask for.

    Raises:
        Unverified: what lies in the outbox was not written by it.
    """
    since = _since(chain.store, sink, chain.model)
    if since is None:
        return []
    entries, known, found = chain.entries(), notes_of(chain, sink), list[Message]()
    for ticket in tickets(entries):
        if ticket.steps[0].sequence <= since or (only_drift and not ticket.drift):
            continue
        if not all(taken(known.get(one.place, ())) for one in ticket.steps):
            # Whatever its run did is asked for as long as there is something to tell.
            ticket = with_run(ticket, ran)
        every = [
            Message(
                sink=sink,
                entry=entries[one.sequence - 1],
                told=known.get(one.place, ()),
                ticket=ticket.until(one),
            )
            for one in ticket.steps
            # Where the gate's entry begins the ticket, its text says what came before.
            if ticket.drift or not one.part
        ]
        # A ticket never goes back to what it was: a step behind one that was told is over.
        last = max((at for at, one in enumerate(every) if one.delivered), default=0)
        found += [one for at, one in enumerate(every) if at >= last or one.delivered]
    return sorted(found, key=lambda one: one.place)


def taken(told: Sequence[Told]) -> bool:
    """Whether the receiver has taken what these attempts were about."""
    return any(one.how == "delivered" for one in told)


def notes_of(chain: Chain, sink: str) -> dict[str, tuple[Told, ...]]:
    """How every attempt ended, by the place of its message."""
    known: dict[str, list[Told]] = {}
    prefix = folder(sink, chain.model)
    for stat in sorted(chain.store.list(prefix), key=lambda one: one.key):
        place, _, name = stat.key.removeprefix(prefix).partition("/")
        if name and place != CLAIMS:
            known.setdefault(_place(place, stat.key), []).append(_read(chain.store, stat.key))
    return {place: tuple(told) for place, told in known.items()}


def begin(chain: Chain, sink: str, *, at_once: int = 0) -> None:
    """Tell a sink of what comes from now on; what was decided before it was named is not news.

    Args:
        at_once: how many of the last entries it is told of all the same: those of the task that
            came upon a new sink.
    """
    key = f"{folder(sink, chain.model)}since.json"
    if not chain.store.exists(key):
        size = max(len(chain.entries()) - at_once, 0)
        chain.store.create(key, canonical_json({"sequence": size}))


def note(store: Store, message: Message, told: Told) -> bool:
    """Write down how an attempt ended; whether nobody else did so for this attempt."""
    place = f"{folder(message.sink, message.entry.model)}{message.place}"
    key = f"{place}/{len(message.told) + 1:04d}.json"
    return store.create(key, canonical_json(_TOLD.dump_python(told, mode="json")))


def open_messages(some: Sequence[Message]) -> Iterator[Message]:
    """Those that the receiver has not taken."""
    return (one for one in some if not one.delivered)


def _since(store: Store, sink: str, model: str) -> int | None:
    key = f"{folder(sink, model)}since.json"
    try:
        found: Any = read_json(store.get(key))["sequence"]
    except ObjectMissing:
        return None
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, int):
        raise strange(key)
    return found


def _read(store: Store, key: str) -> Told:
    try:
        data = store.get(key)
        read_json(data)
        return _TOLD.validate_json(data)
    except (ValueError, ValidationError):
        raise strange(key) from None


def _place(place: str, key: str) -> str:
    if not _PLACE.fullmatch(place):
        raise strange(key)
    return place


def strange(key: str) -> Unverified:
    """What is to be raised of an object that the outbox did not write."""
    return Unverified(
        f"{key} is no note of the outbox.", do="Delete it, and find out who wrote it."
    )


def folder(sink: str, model: str) -> str:
    """Where everything about a sink and a model lies."""
    return f"outbox/{level(sink)}/{model}/"
