"""One signed ledger entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from airlock.core.content import canonical_json, sha256
from airlock.reading import read_json

Kind = Literal[
    "run",  # the digests of one run's stage results
    "decided",  # what the gate said
    "approved",  # what the named people said
    "promoted",  # a candidate became the champion
    "canary",  # a candidate is given a share of the keys, more of them, or none
    "rolled_back",  # an earlier version became the champion again
    "confirmed",  # another person stands by a champion that was made past the gate
    "cleared",  # a named person allows a rolled-back bundle to be a candidate again
    "key",  # a signing key was added or retired
    "tombstone",  # something was erased
    "held",  # a named person holds a result or a version: nothing of it may be deleted
    "released",  # a named person lifts a hold
    "incident",  # something happened that should not have
    "scored",  # predictions of a night: served, routed, or a shadow's
    "rescored",  # predictions that replace those of a withdrawn version
    "labelled",  # what turned out to be true of a night, as one delivery says
    "measured",  # what the predictions were worth
    "drifted",  # what a night came to beside the data that its champion learnt from
    "retrain",  # a training that drift asked for
    "recorded",  # the page that a stage left about what it decided
    "adopted",  # a named person puts under a signature what was written before there was one
]
KINDS: frozenset[str] = frozenset(get_args(Kind))
NIGHTLY: frozenset[str] = frozenset(
    {"scored", "rescored", "labelled", "measured", "drifted", "recorded"}
)
"""What every night leaves; the others decide something."""
BEFORE_THE_FIRST = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One link of the chain.

    Args:
        model: the model whose chain this is.
        sequence: 1 for the first entry, then without a gap. Sequence orders; `at` only informs.
        previous: SHA-256 of the entry before, as stored; 64 zeros before the first.
        kind: what sort of decision this is.
        id: what the decision is about; the same id is never appended twice.
        at: when it was written, UTC.
        body: digests, counts, addresses and names of approvers; never rows.
        key_id: the key that signed.
        signature: Ed25519 over everything above, base64.
    """

    model: str
    sequence: int
    previous: str
    kind: Kind
    id: str
    at: datetime
    body: Mapping[str, Any]
    key_id: str
    signature: str = ""

    def claim(self) -> bytes:
        """The bytes that are signed: the entry without its signature."""
        return canonical_json(self._fields())

    def stored(self) -> bytes:
        """The bytes that are stored."""
        return canonical_json({**self._fields(), "signature": self.signature})

    @property
    def sha256(self) -> str:
        """The name of the entry, which the next one repeats as `previous`."""
        return sha256(self.stored())

    @classmethod
    def from_stored(cls, data: bytes) -> Entry:
        """Read an entry back.

        Raises:
            ValueError: the bytes are not exactly what an entry with these fields is stored as.
        """
        try:
            fields = read_json(data)
            entry = cls(**{**fields, "at": datetime.fromisoformat(fields["at"])})
            written = entry.kind in KINDS and entry.stored() == data
        except Exception as error:  # noqa: BLE001 -- whoever wrote it chose what goes wrong
            # Its own text may quote what was read.
            raise ValueError(f"not an entry ({type(error).__name__})") from None
        if not written:
            raise ValueError("not written as entries are")
        return entry

    def _fields(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "sequence": self.sequence,
            "previous": self.previous,
            "kind": self.kind,
            "id": self.id,
            "at": self.at.astimezone(UTC).isoformat(),
            "body": dict(self.body),
            "key_id": self.key_id,
        }
