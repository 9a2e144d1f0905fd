"""What others must be told, derived from the ledger, and how far telling them has come.

    outbox/<sink>/<model>/since.json                       from which entry on a sink is told
    outbox/<sink>/<model>/<sequence>/<attempt>.json        how one attempt to tell it ended, once

The messages themselves are stored nowhere: they are the ledger's entries, so that a crash loses
none. An attempt is written after the receiver answered: whoever is killed in between tells it
again, under the same id, by which the receiver knows it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

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
    """

    how: How
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One entry of a ledger that one sink is told of.

    Args:
        sink: its name, the id of a connection.
        entry: what is told.
        told: every attempt so far, oldest first.
    """

    sink: str
    entry: Entry
    told: tuple[Told, ...]

    @property
    def id(self) -> str:
        """The same whenever it is told: `airlock.<model>.<sequence>`."""
        return f"airlock.{self.entry.model}.{self.entry.sequence}"

    @property
    def delivered(self) -> bool:
        """Whether the receiver has taken it."""
        return any(one.how == "delivered" for one in self.told)

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


def messages(chain: Chain, sink: str) -> list[Message]:
    """What a sink is told of a model, oldest first.

    Raises:
        Unverified: what lies in the outbox was not written by it.
    """
    store = chain.store
    since = _since(store, sink, chain.model)
    if since is None:
        return []
    known: dict[int, list[Told]] = {}
    prefix = _folder(sink, chain.model)
    for stat in sorted(store.list(prefix), key=lambda one: one.key):
        place, _, name = stat.key.removeprefix(prefix).partition("/")
        if name:
            known.setdefault(_number(place, stat.key), []).append(_read(store, stat.key))
    return [
        Message(sink=sink, entry=one, told=tuple(known.get(one.sequence, ())))
        for one in chain.entries()
        if one.kind in TOLD and one.sequence > since
    ]


def begin(chain: Chain, sink: str, *, at_once: int = 0) -> None:
    """Tell a sink of what comes from now on; what was decided before it was named is not news.

    Args:
        at_once: how many of the last entries it is told of all the same: those of the task that
            came upon a new sink.
    """
    key = f"{_folder(sink, chain.model)}since.json"
    if not chain.store.exists(key):
        size = max(len(chain.entries()) - at_once, 0)
        chain.store.create(key, canonical_json({"sequence": size}))


def note(store: Store, message: Message, told: Told) -> bool:
    """Write down how an attempt ended; whether nobody else did so for this attempt."""
    place = f"{_folder(message.sink, message.entry.model)}{message.entry.sequence:08d}"
    key = f"{place}/{len(message.told) + 1:04d}.json"
    return store.create(key, canonical_json(_TOLD.dump_python(told, mode="json")))


def open_messages(some: Sequence[Message]) -> Iterator[Message]:
    """Those that the receiver has not taken."""
    return (one for one in some if not one.delivered)


def _since(store: Store, sink: str, model: str) -> int | None:
    key = f"{_folder(sink, model)}since.json"
    try:
        found: Any = read_json(store.get(key))["sequence"]
    except ObjectMissing:
        return None
    except (ValueError, KeyError, TypeError):
        found = None
    if not isinstance(found, int):
        raise _strange(key)
    return found


def _read(store: Store, key: str) -> Told:
    try:
        data = store.get(key)
        read_json(data)
        return _TOLD.validate_json(data)
    except (ValueError, ValidationError):
        raise _strange(key) from None


def _number(place: str, key: str) -> int:
    if not (place.isascii() and place.isdecimal()):
        raise _strange(key)
    return int(place)


def _strange(key: str) -> Unverified:
    return Unverified(
        f"{key} is no note of the outbox.", do="Delete it, and find out who wrote it."
    )


def _folder(sink: str, model: str) -> str:
    return f"outbox/{level(sink)}/{model}/"
