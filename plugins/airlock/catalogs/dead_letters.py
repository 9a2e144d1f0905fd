"""What was given up after many tries, until a person asks for it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from airlock.catalogs.outbox import Message, notes_of, taken
from airlock.ledger import Chain


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that nobody tries any more.

    Args:
        sink: who was not told; the id of a connection.
        message: its id.
        tries: how often it was tried.
        at: the last time, UTC.
        why: it failed then.
    """

    sink: str
    message: str
    tries: int
    at: datetime
    why: str


def dead_letters(chain: Chain) -> list[DeadLetter]:
    """What was given up, of every sink that was ever told of a model; no connection is asked.

    A step of a ticket that a later one was told of is over, and not dead.

    Raises:
        Unverified: what lies in the outbox was not written by it.
    """
    entries, found = chain.entries(), list[DeadLetter]()
    for sink in sorted(chain.store.folders("outbox/")):
        notes = notes_of(chain, sink)
        last = {told[-1].thread: place for place, told in sorted(notes.items()) if taken(told)}
        for place, told in sorted(notes.items()):
            entry = entries[int(place[:8]) - 1]
            message = Message(sink=sink, entry=entry, told=told)
            thread = told[-1].thread
            if message.dead and not (thread and last.get(thread, "") > place):
                found.append(
                    DeadLetter(
                        sink=sink,
                        message=message.id + place[8:].replace("-", ".", 1),
                        tries=message.failures,
                        at=told[-1].at,
                        why=told[-1].why,
                    )
                )
    return found
