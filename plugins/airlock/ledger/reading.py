"""Reads chains: an entry at its place, a chain at one moment, and which chains there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from airlock.core.names import may_be_model
from airlock.ledger.entry import Entry
from airlock.ledger.rotation import KEYS
from airlock.store import Store


class Chain(Protocol):
    """The entries about one model, for whoever only reads them."""

    @property
    def store(self) -> Store:
        """Where the entries are, and what they name."""

    @property
    def model(self) -> str:
        """The model's registered name."""

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, oldest first, each one verified."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A chain as it was when somebody began to read: many questions, one answer."""

    store: Store
    model: str
    read: tuple[Entry, ...]

    @classmethod
    def of(cls, chain: Chain) -> Moment:
        """That of now."""
        return cls(chain.store, chain.model, chain.entries())

    def entries(self) -> tuple[Entry, ...]:
        """Those of then."""
        return self.read


def linked(data: bytes, *, model: str, sequence: int, previous: str) -> Entry:
    """Read an entry that belongs at one place of one chain; its signature is not looked at.

    Args:
        previous: SHA-256 of the entry before it, as stored.

    Raises:
        ValueError: it is none, or one of another place; the text goes on from "Entry 3 …".
    """
    try:
        entry = Entry.from_stored(data)
    except ValueError as error:
        raise ValueError(f"is {error}") from None
    if (entry.model, entry.sequence) != (model, sequence):
        raise ValueError("was written for another place")
    if entry.previous != previous:
        raise ValueError("does not follow the entry before it")
    return entry


def models(store: Store) -> Iterator[str]:
    """Every model that has a ledger, in alphabetical order."""
    yield from (name for name in chains(store) if name != KEYS)


def chains(store: Store) -> Iterator[str]:
    """Every ledger there is: those of the models, and that of the keys."""
    found = store.folders("ledger/")
    # A folder that can be no model's was put there by somebody else, and holds no decision.
    yield from sorted(name for name in found if name == KEYS or may_be_model(name))
