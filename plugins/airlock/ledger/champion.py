"""The champion, as a ledger entry carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airlock.ledger.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """The model version that is in production.

    Args:
        sequence: the ledger entry that made it champion.
        version: its version number in MLflow's registry.
        bundle: digest of the bundle's files; versions with the same bundle are the same model.
        training: address of the training result, whose data folder is the bundle.
        training_sha256: SHA-256 of that result, as stored.
        validation: address of the validation result with the histograms of its training data.
        validation_sha256: SHA-256 of that result, as stored.
        split: id of the split whose holdout it never saw.
        night: partition date of its data, ISO; None for a source without nights.
    """

    sequence: int
    version: int
    bundle: str
    training: str
    training_sha256: str
    validation: str
    validation_sha256: str
    split: str
    night: str | None

    def body(self) -> dict[str, Any]:
        """The part that a `promoted` or `rolled_back` entry carries as `champion`."""
        return {name: getattr(self, name) for name in _BODY}

    @classmethod
    def from_entry(cls, entry: Entry) -> Champion:
        """The champion that a `promoted` or `rolled_back` entry made."""
        return cls.from_body(entry.body["champion"], sequence=entry.sequence)

    @classmethod
    def from_body(cls, body: Mapping[str, Any], *, sequence: int) -> Champion:
        """The same from the part that `body` gives."""
        return cls(sequence=sequence, **{name: body[name] for name in _BODY})


_BODY = (
    "version",
    "bundle",
    "training",
    "training_sha256",
    "validation",
    "validation_sha256",
    "split",
    "night",
)
