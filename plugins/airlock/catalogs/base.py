"""The base of all catalogs: entries with a number, each written once and signed.

The ledger is what counts. An object `<catalog>/<model>/…/<number>.json` is a view of its entry,
for whoever lists the store; no reader believes it. One that no entry names is of a version of
Airlock that did not sign it yet, or of somebody else: nobody acts on it until a named person adopts
it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from airlock.core.content import canonical_json, sha256
from airlock.core.errors import Conflict, ObjectMissing, StoreError, Unverified
from airlock.ledger import Chain, Entry, Kind, Ledger, State
from airlock.reading import read_json
from airlock.store import Store

_TRIES = 100  # far more writers than one night of one model ever has at once


class NumberedEntry(Protocol):
    """A dataclass with a number, 0 before it is entered, that says where it is stored.

    Attributes:
        KINDS: the ledger entries that hold such a one.
        FOLDER: where the views lie.
        WHAT: it is, for errors.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    KINDS: ClassVar[frozenset[Kind]]
    FOLDER: ClassVar[str]
    WHAT: ClassVar[str]

    @property
    def model(self) -> str:
        """Whose it is."""

    @property
    def night(self) -> str:
        """What it is about, ISO."""

    @property
    def number(self) -> int:
        """1 for the first."""

    @property
    def entry(self) -> int:
        """The ledger entry that holds it; 0 if none does."""

    @property
    def key(self) -> str:
        """Where its view is stored; the number is part of it."""

    @property
    def id(self) -> str:
        """What it is about: the same is found, not entered again."""


E = TypeVar("E", bound=NumberedEntry)


class _LedgerGrew(Exception):
    """Somebody else wrote to the ledger since the number was looked up."""


@dataclass(frozen=True, slots=True)
class Catalog(Generic[E]):
    """What the ledgers hold of one kind; `E` says where it is stored, and which entries hold it.

    Args:
        kind: the class of what is entered.
    """

    kind: type[E]

    def append(
        self,
        ledger: Ledger,
        one: E,
        *,
        as_kind: Kind,
        at: datetime,
        results: Mapping[str, Any] | None = None,
        shares: Mapping[str, str] | None = None,
    ) -> E:
        """Enter something under the next number of its night, once.

        Args:
            ledger: of its model, to be written to.
            one: without its number.
            as_kind: of the ledger entry.
            at: when, UTC.
            results: what the entry names besides, as `named` reads it.
            shares: addresses and digests of what it was put together from, which need not be kept.

        Returns:
            The entry with its number.

        Raises:
            StoreError: others write to the ledger without an end.
        """
        more = {"results": dict(results or {}), **({"shares": dict(shares)} if shares else {})}

        def known() -> list[E]:
            return self.read(ledger, night=one.night)

        entered = self.append_unless(ledger, one, known, as_kind=as_kind, at=at, more=more)
        assert entered is not None  # nothing was given that could refuse it
        return entered

    def append_unless(
        self,
        ledger: Ledger,
        one: E,
        known: Callable[[], Sequence[E]],
        *,
        as_kind: Kind,
        at: datetime,
        more: Mapping[str, Any],
        refused: Callable[[Sequence[E]], bool] = lambda known: False,
    ) -> E | None:
        """Enter something, once, unless what is known speaks against it.

        Args:
            known: what it is numbered among; asked for anew whenever the ledger grew.
            more: what the entry holds besides.
            refused: whether what is known speaks against it.

        Returns:
            The entry with its number, new or known before; None if it was refused.

        Raises:
            StoreError: others write to the ledger without an end.
        """
        for _ in range(_TRIES):
            size, before = ledger.state().size, known()
            for same in (other for other in before if other.id == one.id):
                write_view(ledger.store, same)
                return same
            if refused(before):
                return None
            numbered = replace(one, number=_next(ledger.store, one, before))

            def still_next(state: State, size: int = size) -> None:
                if state.size != size:
                    raise _LedgerGrew

            body = {**stored(numbered), **more}
            try:
                entry = ledger.append(as_kind, body, id=one.id, at=at, guard=still_next)
            except (_LedgerGrew, Conflict):
                continue
            numbered = replace(numbered, entry=entry.sequence)
            write_view(ledger.store, numbered)
            return numbered
        raise StoreError(
            f"{_TRIES} others wrote to the ledger of {ledger.model} in this moment.",
            do="Look for a process that appends in a loop.",
        )

    def read(self, chain: Chain, *, night: str | None = None) -> list[E]:
        """All that the ledger holds, night by night, each night's oldest first.

        Args:
            night: of this night alone.

        Raises:
            Unverified: what somebody adopted is not what it was.
        """
        found: list[E] = []
        for entry in chain.entries():
            if entry.kind in self.kind.KINDS and night in {None, entry.body["night"]}:
                found.append(of_body(self.kind, entry.body, entry=entry.sequence))
            if entry.kind == "adopted":
                found += _read_adopted(chain, self.kind, entry, night)
        return sorted(found, key=lambda one: (one.night, one.number, one.entry))

    def nights(self, chain: Chain) -> list[str]:
        """The nights of a model that it speaks of, in order, with or without a signature."""
        keys = (stat.key.split("/") for stat in chain.store.list(self._folder(chain)))
        seen = {night for _, _, night, *_ in keys}
        return sorted(seen | {one.night for one in self.read(chain)})

    def unsigned(self, chain: Chain, *, night: str | None = None) -> list[E]:
        """What lies there and no entry names: for a person's eyes, not to be acted on.

        Raises:
            Unverified: it is not written as such things are.
        """
        known = {one.key for one in self.read(chain, night=night)}
        found = [
            read_view(self.kind, stat.key, chain.store.get(stat.key))
            for stat in chain.store.list(self._folder(chain))
            if stat.key not in known and (night is None or f"/{night}/" in stat.key)
        ]
        return [one for one in found if night in {None, one.night}]

    def refuse_unsigned(self, chain: Chain, *, night: str | None = None) -> None:
        """Refuse all of it, or a night, with something in it that nobody vouches for.

        Raises:
            Unverified: there is such a thing.
        """
        for one in self.unsigned(chain, night=night):
            raise refusal_of_unsigned(one)

    def _folder(self, chain: Chain) -> str:
        return f"{self.kind.FOLDER}/{chain.model}/"


def refusal_of_unsigned(one: NumberedEntry) -> Unverified:
    """Why nobody acts on it, and what a person can do."""
    return Unverified(
        f"{one.key} is not under a signature: no entry of the ledger of {one.model} names it. It "
        "was written before Airlock signed such things, or by somebody else.",
        do=f"Is it from before the upgrade? Then `airlock adopt {one.model}` puts it under one, in "
        "your name; docs/ledger.md.",
    )


def stored(one: NumberedEntry) -> dict[str, Any]:
    """What is written of it, in its entry and in its view."""
    told: dict[str, Any] = asdict(one)
    del told["entry"]
    # As JSON has it: an entry that was written and one that was read are compared.
    plain: dict[str, Any] = json.loads(canonical_json(told))
    return plain


def of_body(kind: type[E], body: Mapping[str, Any], *, entry: int) -> E:
    """What a ledger entry holds."""
    names = {one.name for one in fields(kind)} - {"entry"}
    told: dict[str, Any] = {name: body[name] for name in names & body.keys()}
    return kind(**told | {"entry": entry})


def write_view(store: Store, one: NumberedEntry) -> None:
    """Write the view of an entry; what lies there is never replaced."""
    if not store.exists(one.key):
        store.create(one.key, canonical_json(stored(one)))


def read_view(kind: type[E], key: str, data: bytes) -> E:
    """What lies in the store, as it was written.

    Raises:
        Unverified: it is not written as such things are, or lies elsewhere than it says.
    """
    try:
        one = kind(**read_json(data))
        where = one.key
    except (TypeError, ValueError):
        raise Unverified(f"{key} is no {kind.WHAT}.", do="It was altered.") from None
    if key != where:
        raise Unverified(f"{key} is not the {kind.WHAT} it says it is.", do="It was altered.")
    return one


def _next(store: Store, one: E, known: Sequence[E]) -> int:
    # Numbers of what nobody signed are not given twice: a table may hold such a partition. Its name
    # says enough; what it holds must not keep the night from being entered.
    folder = one.key.rpartition("/")[0]
    names = (stat.key.rpartition("/")[2].removesuffix(".json") for stat in store.list(f"{folder}/"))
    taken = [int(name) for name in names if name.isascii() and name.isdecimal()]
    return max([*taken, *(old.number for old in known)], default=0) + 1


def _read_adopted(chain: Chain, kind: type[E], entry: Entry, night: str | None) -> Iterator[E]:
    prefix = f"{kind.FOLDER}/{chain.model}/"
    for key, name in entry.body["views"].items():
        if not key.startswith(prefix):
            continue
        if night is not None and f"/{night}/" not in key:
            continue
        try:
            data = chain.store.get(key)
        except ObjectMissing:
            data = b""
        if sha256(data) != name:
            raise Unverified(
                f"{key} is not what entry {entry.sequence} of the ledger of {chain.model} adopted.",
                do="Bring it back from a backup, and find out who changed it.",
            )
        one = replace(read_view(kind, key, data), entry=entry.sequence)
        if night in {None, one.night}:
            yield one
