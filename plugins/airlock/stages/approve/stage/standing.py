"""Says who is asked, until when, and whether the question is still current."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from airlock.core.errors import Conflict, SettingsError, Unverified
from airlock.engine.record import Input
from airlock.ledger import Entry, Ledger, State
from airlock.ledger.questions import night_of, superseded
from airlock.stages.gate.record import Decision, claim_of

Roles = Mapping[str, Sequence[str]]


def deadline(decision: Input[Decision], ledger: Ledger) -> datetime:
    """The end of the time to answer: it runs from the decision, whoever clears the task.

    Raises:
        Unverified: the ledger does not hold this decision.
    """
    asked, entries = decision.record, ledger.entries()
    known = 0 < asked.sequence <= len(entries)
    claim = claim_of(decision.result.record)
    if not known or entries[asked.sequence - 1].body.get("decision") != claim:
        raise Unverified(
            f"Ledger entry {asked.sequence} does not hold this decision.",
            do="Nobody is asked about it. Clear the run from gate on; if Airlock was not upgraded "
            "meanwhile, find out who changed it.",
        )
    return entries[asked.sequence - 1].at + timedelta(hours=asked.expires_after_hours)


def still_stands(asked: Decision, state: State) -> None:
    """Refuse a decision against a champion that is no longer the champion.

    Raises:
        Conflict: it is not.
    """
    if state.champion_sequence != asked.champion_sequence:
        raise Conflict(
            f"{asked.model} has had another champion since the decision (ledger entry "
            f"{state.champion_sequence} instead of {asked.champion_sequence}): no approval of it "
            "counts any more.",
            do="Clear the run from evaluate on, so that it is compared with that one.",
        )


def superseding(asked: Decision, entries: Sequence[Entry]) -> str | None:
    """That a candidate of a newer night took a decision's place, in a sentence; None if not."""
    if (newer := superseded(entries, asked.sequence)) is None:
        return None
    return (
        f"It was superseded: version {newer.body['version']}, of the newer night "
        f"{night_of(entries, newer)}, passed the gate after it (ledger entry {newer.sequence})."
    )


def overtaken(asked: Decision, ledger: Ledger) -> str | None:
    """Why nobody can say yes to a decision any more, in a sentence; None while somebody can."""
    if (why := superseding(asked, ledger.entries())) is not None:
        return why
    try:
        still_stands(asked, ledger.state())
    except Conflict as error:
        return str(error)
    return None


def earlier_yes(decision: Input[Decision], ledger: Ledger, seat: int) -> tuple[Entry, ...]:
    """The yes of every seat before this one.

    Raises:
        Unverified: one of them did not say yes to this decision.
    """
    found = [ledger.find(seat_id(decision.record, one)) for one in range(1, seat)]
    given = tuple(
        entry
        for entry in found
        if entry and entry.body["approved"] and entry.body["decision"] == decision.content
    )
    if len(given) < seat - 1:
        raise Unverified(
            f"Seat {seat} is asked before the {seat - 1} before it said yes.",
            do="Let the approve tasks follow one another, as training(...) does.",
        )
    return given


def entitled(asked: Decision, roles: Roles) -> tuple[str, ...]:
    """The user names of those who may answer, in the policy's order; empty for everybody.

    Raises:
        SettingsError: the policy names a role that nobody has.
    """
    for role in asked.approval.roles:
        if not roles.get(role):
            raise SettingsError(
                f"The policy {asked.policy} names the role {role}, which nobody has.",
                do="Say who has it in [airlock] roles; docs/approve.md shows how.",
            )
    members = (name for role in asked.approval.roles for name in roles[role])
    return tuple(dict.fromkeys((*asked.approvers, *members)))


def called(entry: Entry) -> set[str]:
    """What whoever answered is called, by the server."""
    return {entry.body[by] for by in ("by", "by_id") if entry.body.get(by)}


def seat_id(asked: Decision, seat: int) -> str:
    """What the ledger entry of one seat's answer is about."""
    return f"approved/{asked.sequence}" + (f"/{seat}" if seat > 1 else "")
