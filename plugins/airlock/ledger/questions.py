"""Finds questions to people that are out of date: a newer candidate passed the gate."""

from __future__ import annotations

from collections.abc import Sequence

from airlock.ledger.entry import Entry


def superseded(entries: Sequence[Entry], sequence: int) -> Entry | None:
    """The decision that took the place of an earlier one, if there is one.

    It is about a newer night, passed, and came later; whatever became of it. So a question that
    nobody has answered never outlives the next good candidate, and nobody chooses between two.

    Args:
        entries: a whole chain, verified.
        sequence: of the earlier `decided` entry.
    """
    asked = night_of(entries, entries[sequence - 1])
    if asked is None:
        return None
    for entry in reversed(entries[sequence:]):
        if entry.kind == "decided" and entry.body.get("outcome") == "passed":
            night = night_of(entries, entry)
            if night is not None and night > asked:
                return entry
    return None


def supersedes(entries: Sequence[Entry], sequence: int) -> tuple[Entry, ...]:
    """The decisions whose question a later one took the place of, and nobody had said no to."""
    return tuple(
        entry
        for entry in entries[: sequence - 1]
        if entry.kind == "decided"
        and entry.body.get("outcome") == "passed"
        and entry.body["approval_required"]
        and not _over(entries, entry)
        and (newer := superseded(entries[:sequence], entry.sequence)) is not None
        and newer.sequence == sequence
    )


def night_of(entries: Sequence[Entry], decided: Entry) -> str | None:
    """The night of a `decided` entry, by the `run` entry that the gate wrote before it."""
    run = decided.id.removeprefix("decided/").rpartition("/")[0]
    for entry in reversed(entries[: decided.sequence - 1]):
        if entry.kind == "run" and entry.id.startswith(f"run/{run}/"):
            night: str | None = entry.body.get("night")
            return night
    return None


def _over(entries: Sequence[Entry], decided: Entry) -> bool:
    """Whether a decision had its end: a no, or a champion made of it."""
    for one in entries[decided.sequence :]:
        if one.kind == "approved" and one.body["decided_sequence"] == decided.sequence:
            if not one.body["approved"]:
                return True
        elif one.kind == "promoted" and one.body.get("decided") == decided.sequence:
            return True
    return False
