"""Reads, checks and extends the chain of one model.

Each entry is one create-once object `ledger/<model>/<sequence>.json`: two writers can want the
same sequence number, and exactly one of them gets it. The other reads what the winner wrote,
checks whether its own decision still stands, and only then tries the next number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any

from airlock.core.content import digest, sha256
from airlock.core.errors import BrokenChain, Conflict, ObjectMissing, SettingsError
from airlock.core.names import checked_model
from airlock.ledger.entry import Entry, Kind
from airlock.ledger.keys import Signer, TrustedKeys
from airlock.ledger.reading import linked
from airlock.ledger.rotation import KEYS, Rotations
from airlock.ledger.state import State
from airlock.store import Stat, Store

# More lost slots than this in one append is not a race but a fault.
_ATTEMPTS = 1000
# Entries that are read by one call, by how many threads, and how many are not worth any.
_AT_ONCE, _READERS, _FEW = 512, 16, 32
_ENTRY = re.compile(r"/\d{8}\.json$")


def _anything_goes(state: State) -> None:
    """The guard of an entry that is true whatever was decided meanwhile."""


class Ledger:
    """The decisions about one model.

    Args:
        store: where the entries are.
        model: the model's registered name.
        trusted: the public keys whose signatures count.
        signer: the platform's key; None for readers.
    """

    def __init__(
        self, store: Store, model: str, *, trusted: TrustedKeys, signer: Signer | None = None
    ) -> None:
        self.store = store
        self.model = model if model == KEYS else checked_model(model)
        self.trusted = trusted
        self.signer = signer
        self._entries: list[Entry] = []
        self._marks: dict[int, Stat] = {}
        self._state = State(model=model)
        self._rotations = Rotations()
        self._keys = None if model == KEYS else Ledger(store, KEYS, trusted=trusted)

    def entries(self) -> tuple[Entry, ...]:
        """Every entry, oldest first, each one verified.

        Raises:
            BrokenChain: at the first entry that is missing, altered or not signed by a trusted key;
                also if it was altered after this ledger had read it.
        """
        # First: what the ledger of keys names in this one is then surely there.
        if self._keys is not None:
            self._rotations = Rotations.about(self.model, self._keys.entries())
        present = {stat.key: stat for stat in self.store.list(f"ledger/{self.model}/")}
        for entry in self._entries:
            if (stat := present.get(self._key(entry.sequence))) is None:
                raise self._broken(entry.sequence, "disappeared while the ledger was in use")
            self._look_again(entry, stat)
        last = max((key for key in present if _ENTRY.search(key)), default="")
        while self._key(len(self._entries) + 1) <= last:
            self._read_some(last)
        for entry in self._entries[len(self._marks) :]:
            if stat := present.get(self._key(entry.sequence)):
                self._marks[entry.sequence] = stat
        if len(self._entries) < max(self._rotations.noted, default=0):
            raise self._broken(len(self._entries) + 1, "is gone: the ledger of keys knows it")
        return tuple(self._entries)

    def verified(self) -> tuple[Entry, ...]:
        """What was read and verified so far: before a broken entry, all that still holds."""
        return tuple(self._entries)

    def state(self) -> State:
        """Who is champion now, from a fresh read of the chain."""
        self.entries()
        return self._state

    def find(self, entry_id: str) -> Entry | None:
        """The entry with that id, if it was written."""
        return next((entry for entry in self.entries() if entry.id == entry_id), None)

    def valid_keys(self) -> TrustedKeys:
        """The trusted keys that no entry has retired."""
        return self.still_valid(self.state())

    def still_valid(self, state: State) -> TrustedKeys:
        """The trusted keys that count after a state of this chain."""
        gone = state.retired.keys() | self._rotations.barred.keys()
        return TrustedKeys(
            {name: key for name, key in self.trusted.keys.items() if name not in gone}
        )

    def rotate(self, *, at: datetime) -> Entry | None:
        """From here on only the key of this platform counts; None if that is so already.

        The entry takes trust away and gives none: whose signatures count at all is written in the
        file of trusted keys, which lies outside of the store.

        Args:
            at: when, UTC.
        """
        mine = self._signer().key_id
        retired = sorted(self.valid_keys().keys.keys() - {mine})
        if not retired:
            return None
        body = {
            "what": f"Key {mine} signs from here on; {', '.join(retired)} no longer.",
            "key": mine,
            "retired": retired,
        }
        return self.append("key", body, id=f"key/{mine}/{digest(retired)}", at=at)

    def append(
        self,
        kind: Kind,
        body: Mapping[str, Any],
        *,
        id: str,  # noqa: A002 -- the field's name in the entry
        at: datetime,
        guard: Callable[[State], None] = _anything_goes,
    ) -> Entry:
        """Write a decision down, once.

        Args:
            kind: what sort of decision this is.
            body: JSON-ready facts.
            id: what the decision is about. If an entry has it already, that one is returned.
            at: when, UTC.
            guard: called with the state that the entry would follow; raises `Conflict` if the
                decision no longer stands. Asked again after every lost slot.

        Raises:
            Conflict: the guard refused, or the id belongs to a decision of another content.
            BrokenChain: the chain before it does not verify; nothing is added to such a chain.
        """
        signer = self._signer()
        for _ in range(_ATTEMPTS):
            state = self.state()
            if (written := self._same_id(kind, body, id)) is not None:
                return written
            guard(state)
            self._refuse_retired(signer, state)
            entry = Entry(
                model=self.model,
                sequence=state.size + 1,
                previous=state.head,
                kind=kind,
                id=id,
                at=at,
                body=body,
                key_id=signer.key_id,
            )
            entry = replace(entry, signature=signer.sign(entry.claim()))
            if self.store.create(self._key(entry.sequence), entry.stored()):
                self._accept(entry)
                return entry
        raise Conflict(
            f"{_ATTEMPTS} other entries were written to the ledger of {self.model} meanwhile.",
            do="Look for a process that appends in a loop.",
        )

    def _same_id(self, kind: Kind, body: Mapping[str, Any], entry_id: str) -> Entry | None:
        written = next((entry for entry in self._entries if entry.id == entry_id), None)
        if written is not None and (written.kind, dict(written.body)) != (kind, dict(body)):
            raise Conflict(
                f"Entry {written.sequence} of {self.model} already says something else about "
                f"{entry_id}.",
                do="Look at it with `airlock history`; a decision is never rewritten.",
            )
        return written

    def key(self) -> Signer:
        """The platform's key, if it may sign about this model.

        Raises:
            SettingsError: there is none, nobody trusts it, or it was retired.
        """
        signer = self._signer()
        self._refuse_retired(signer, self.state())
        return signer

    def _signer(self) -> Signer:
        if self.signer is None:
            raise SettingsError(
                f"There is no key to sign decisions about {self.model}.",
                do="Give this process the key file airlock_signing.key; docs/keys.md shows how.",
            )
        if self.signer.key_id not in self.trusted.keys:
            raise SettingsError(
                f"The key in airlock_signing ({self.signer.key_id}) is not among the trusted keys.",
                do="Add its public half to the file that [airlock] trusted_keys names.",
            )
        return self.signer

    def _refuse_retired(self, signer: Signer, state: State) -> None:
        where = self.model
        if (since := state.retired.get(signer.key_id)) is None:
            since, where = self._rotations.barred.get(signer.key_id), KEYS
        if since is not None:
            raise SettingsError(
                f"The key in airlock_signing ({signer.key_id}) was retired by entry {since} of the "
                f"ledger of {where}.",
                do="Put the new key into airlock_signing.key on this machine, too; docs/keys.md.",
            )

    def _look_again(self, entry: Entry, stat: Stat) -> None:
        """Read an entry once more if the store says that it is not the object of before."""
        if self._marks.get(entry.sequence, stat) == stat:
            return
        if sha256(self._read(entry.sequence)) != entry.sha256:
            raise self._broken(entry.sequence, "was rewritten while the ledger was in use")
        self._marks[entry.sequence] = stat

    def _read_some(self, last: str) -> None:
        """Read and verify entries that were not read yet, several at once: a store may be far."""
        first = len(self._entries) + 1
        wanted = [one for one in range(first, first + _AT_ONCE) if self._key(one) <= last]
        if len(wanted) < _FEW:
            for sequence in wanted:
                self._accept(self._verified(sequence, self._read(sequence)))
            return
        with ThreadPoolExecutor(_READERS) as pool:
            for sequence, data in zip(wanted, pool.map(self._read, wanted), strict=True):
                self._accept(self._verified(sequence, data))

    def _read(self, sequence: int) -> bytes:
        # Asked for by its name: a listing that goes on while others write may show a later entry
        # and not the one before it.
        try:
            return self.store.get(self._key(sequence))
        except ObjectMissing:
            raise self._broken(sequence, "is missing") from None

    def _verified(self, sequence: int, data: bytes) -> Entry:
        try:
            entry = linked(data, model=self.model, sequence=sequence, previous=self._state.head)
        except ValueError as error:
            raise self._broken(sequence, str(error)) from None
        self._admit(entry)
        if not self.trusted.signed(entry.claim(), by=entry.key_id, signature=entry.signature):
            raise self._broken(sequence, f"is not signed by a trusted key ({entry.key_id})")
        return entry

    def _admit(self, entry: Entry) -> None:
        if (since := self._state.retired.get(entry.key_id)) is not None:
            raise self._broken(
                entry.sequence, f"is signed by {entry.key_id}, which entry {since} retired"
            )
        if (since := self._rotations.barred.get(entry.key_id)) is not None:
            raise self._broken(
                entry.sequence,
                f"is signed by {entry.key_id}, which entry {since} of the ledger of {KEYS} retired",
            )
        if self._rotations.noted.get(entry.sequence, entry.sha256) != entry.sha256:
            raise self._broken(
                entry.sequence, "is not the one that the ledger of keys knows: it was rewritten"
            )
        if entry.kind == "key" and entry.key_id in entry.body["retired"]:
            raise self._broken(entry.sequence, "retires the key that signed it")

    def _accept(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._state = self._state.after(entry)

    def _broken(self, sequence: int, why: str) -> BrokenChain:
        error = BrokenChain(
            f"Entry {sequence} of the ledger of {self.model} {why}.",
            do="Nothing is promoted or scored until this is explained: docs/ledger.md.",
        )
        error.sequence = sequence
        return error

    def _key(self, sequence: int) -> str:
        return f"ledger/{self.model}/{sequence:08d}.json"
