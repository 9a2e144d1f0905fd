"""Finds the questions to people that are open, and those that a newer candidate replaced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from airlock.core.nights import by_time
from airlock.ledger.entry import Entry
from airlock.ledger.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A decision that people are asked about, and have not decided yet.

    Args:
        decided: its ledger entry.
        yes: how many said yes so far; fewer than are asked.
        until: when the time to answer is over, UTC.
    """

    decided: Entry
    yes: int
    until: datetime


def open_questions(entries: Sequence[Entry], state: State, *, now: datetime) -> Iterator[Question]:
    """What waits for an answer, the oldest first.

    Args:
        entries: a whole chain, verified.
        state: the sum of it.
        now: UTC.
    """
    for entry in entries:
        # Entries of earlier versions do not say what the policy wanted.
        rule = entry.body.get("approval") if entry.kind == "decided" else None
        if not rule or not entry.body["approval_required"]:
            continue
        until = entry.at + timedelta(hours=rule["expires_after_hours"])
        yes = _yes(entry, entries)
        stale = entry.body["champion_sequence"] != state.champion_sequence
        if (
            not stale
            and superseded(entries, entry.sequence) is None
            and yes is not None
            and yes < rule["count"]
            and now < until
        ):
            yield Question(decided=entry, yes=yes, until=until)


def run_of(decided: Entry) -> tuple[str, str]:
    """DAG and run that a `decided` entry is of."""
    run = decided.id.removeprefix("decided/").rpartition("/")[0]
    dag_id, _, run_id = run.partition("/")
    return dag_id, run_id


def _yes(decided: Entry, entries: Sequence[Entry]) -> int | None:
    """How many said yes; None once somebody said no, or the time was over."""
    said = [
        entry.body["approved"]
        for entry in entries[decided.sequence :]
        if entry.kind == "approved" and entry.body["decided_sequence"] == decided.sequence
    ]
    return len(said) if all(said) else None


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
            if night is not None and by_time(night) > by_time(asked):
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


def run_entry(entries: Sequence[Entry], decided: Entry) -> Entry | None:
    """The `run` entry that the gate wrote before a `decided` one; None if there is none."""
    before = f"run/{'/'.join(run_of(decided))}/"
    seen = reversed(entries[: decided.sequence - 1])
    return next((one for one in seen if one.kind == "run" and one.id.startswith(before)), None)


def night_of(entries: Sequence[Entry], decided: Entry) -> str | None:
    """The night of a `decided` entry; None for a source without nights."""
    run = run_entry(entries, decided)
    night: str | None = run.body.get("night") if run is not None else None
    return night


def _over(entries: Sequence[Entry], decided: Entry) -> bool:
    """Whether a decision had its end: a no, or a champion made of it."""
    for one in entries[decided.sequence :]:
        if one.kind == "approved" and one.body["decided_sequence"] == decided.sequence:
            if not one.body["approved"]:
                return True
        elif one.kind == "promoted" and one.body.get("decided") == decided.sequence:
            return True
    return False
