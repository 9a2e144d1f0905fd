"""Names results in a ledger entry by address and SHA-256."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from airlock.ledger.canary import Canary
from airlock.ledger.champion import Champion
from airlock.ledger.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedResult:
    """A result that an entry names.

    Args:
        sequence: of the entry.
        address: where the result is stored.
        sha256: of it, as stored; through it of every file of its data and its report.
        receipt: SHA-256 of the receipt by which a run ended with it; "" if the entry names none.
    """

    sequence: int
    address: str
    sha256: str
    receipt: str = ""


# Where a kind of entry has the address of what it is about; `sha256` stands beside it.
_ABOUT = {
    "scored": "scoring",
    "rescored": "scoring",
    "labelled": "labelling",
    "drifted": "drift",
    "retrain": "drift",
    "measured": "address",
    "recorded": "address",
}


def named(entry: Entry) -> Iterator[NamedResult]:
    """Everything that one entry names directly."""
    if (field := _ABOUT.get(entry.kind)) is not None:
        yield NamedResult(
            sequence=entry.sequence, address=entry.body[field], sha256=entry.body["sha256"]
        )
    # What a stage looked at, and what it left: `run`, and every kind that a night leaves.
    results = {} if entry.kind == "tombstone" else entry.body.get("results") or {}
    for one in results.values():
        yield NamedResult(
            sequence=entry.sequence,
            address=one["address"],
            sha256=one["sha256"],
            receipt=one.get("receipt", ""),
        )
    champion = None
    if entry.kind in {"promoted", "rolled_back"}:
        champion = Champion.from_entry(entry)
    if entry.kind == "canary":
        champion = Canary.from_entry(entry).challenger
    if champion is not None:
        made = (
            (champion.training, champion.training_sha256),
            (champion.validation, champion.validation_sha256),
        )
        for address, sha256 in made:
            yield NamedResult(sequence=entry.sequence, address=address, sha256=sha256)


def entry_that_names(entries: Iterable[Entry], address: str, sha256: str) -> Entry | None:
    """The first entry that names exactly this result; None if none does."""
    return next(
        (
            entry
            for entry in entries
            if any((one.address, one.sha256) == (address, sha256) for one in named(entry))
        ),
        None,
    )


def entry_about(entries: Iterable[Entry], address: str, sha256: str) -> Entry | None:
    """The first entry that is about exactly this result; None if none is.

    Its own stage signed it, or the gate judged by it, or a person adopted it. That an entry names a
    result among what its run produced says less: receipts say what a run produced, and whoever can
    write to the store can write one.
    """
    return next(
        (
            entry
            for entry in entries
            if any((one.address, one.sha256) == (address, sha256) for one in _about(entry))
        ),
        None,
    )


def _about(entry: Entry) -> Iterator[NamedResult]:
    if (field := _ABOUT.get(entry.kind)) is not None:
        yield NamedResult(
            sequence=entry.sequence, address=entry.body[field], sha256=entry.body["sha256"]
        )
        for address, sha256 in entry.body.get("shares", {}).items():
            yield NamedResult(sequence=entry.sequence, address=address, sha256=sha256)
    elif entry.kind in {"run", "adopted"}:
        for one in entry.body["results"].values():
            yield NamedResult(sequence=entry.sequence, address=one["address"], sha256=one["sha256"])
