"""Judges an approver's answer, and appends it to the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from airlock.core.errors import Unverified
from airlock.engine.record import Input
from airlock.ledger import Entry, Ledger, State
from airlock.stages.approve.record import Approval
from airlock.stages.approve.stage.question import APPROVE
from airlock.stages.approve.stage.standing import (
    Roles,
    called,
    deadline,
    earlier_yes,
    entitled,
    overtaken,
    seat_id,
    still_stands,
    superseding,
)
from airlock.stages.gate.record import Decision

# What Airflow's server says when nobody answered in time.
TIMEOUT: Mapping[str, Any] = {"error_type": "timeout"}
# A reason is a few words; what is longer belongs into a ticket that it names.
_LONGEST_REASON = 500
# The name that Airflow gives to whoever comes in where nobody signs in.
_NOBODY = frozenset({"anonymous"})


def answered_before(decision: Input[Decision], ledger: Ledger, *, seat: int = 1) -> Approval | None:
    """The answer that the ledger holds already: a seat answers a decision once."""
    entry = ledger.find(seat_id(decision.record, seat))
    if entry is None:
        return None
    if entry.body["decision"] != decision.content:
        raise Unverified(
            f"Ledger entry {entry.sequence} answers another decision than this run's.",
            do="Clear the run from gate on.",
        )
    return _approval(decision, entry.body, sequence=entry.sequence)


def answer(
    decision: Input[Decision],
    event: Mapping[str, Any],
    *,
    ledger: Ledger,
    now: datetime,
    seat: int = 1,
    roles: Roles | None = None,
    accounts: Mapping[str, str] | None = None,
) -> Approval:
    """Judge what came back, and write it into the ledger, yes or no.

    Whatever is not a clear yes, with a reason, in time, by somebody who may give it and has not
    given it before, is a no.

    Args:
        event: what Airflow's server recorded: chosen_options, params_input, responded_by_user and
            responded_at; or error_type "timeout".
        now: the time that the entry carries, UTC.
        seat: which of the people that are asked.
        roles: who has which role, now.
        accounts: ids of people's accounts, where those are not their user names.

    Raises:
        Unverified: the ledger does not hold this decision, or not the yes of the seats before.
        Conflict: a yes, but another champion was made since the decision.
        LedgerError: the chain cannot be extended.
    """
    asked = decision.record
    until = deadline(decision, ledger)
    earlier = earlier_yes(decision, ledger, seat)
    by, why_not = _author(event), None
    if event.get("error_type") != "timeout":
        names = entitled(asked, roles or {})
        circle = [(accounts or {}).get(name, name) for name in names]
        why_not = next(_objections(asked, event, earlier, until, circle), None)
        why_not = why_not or superseding(asked, ledger.entries())
    elif now < until:
        why_not = overtaken(asked, ledger)
    approved = by is not None and why_not is None and _chosen(event) == [APPROVE]
    body = _said(decision, event, seat, why_not=why_not, approved=approved)

    def guard(state: State) -> None:
        # A no is true whatever was decided meanwhile; a yes is about one champion only.
        if approved:
            still_stands(asked, state)
            if superseding(asked, ledger.verified()):
                raise _Superseded

    about = seat_id(asked, seat)
    try:
        entry = ledger.append("approved", body, id=about, at=now, guard=guard)
    except _Superseded:
        why_not, approved = superseding(asked, ledger.verified()), False
        body = _said(decision, event, seat, why_not=why_not, approved=False)
        entry = ledger.append("approved", body, id=about, at=now)
    return _approval(decision, body, sequence=entry.sequence)


class _Superseded(Exception):
    """A newer night passed the gate between the answer and its entry."""


def _said(
    decision: Input[Decision],
    event: Mapping[str, Any],
    seat: int,
    *,
    why_not: str | None,
    approved: bool,
) -> dict[str, Any]:
    asked, given = decision.record, _reason(event)
    return {
        "decision": decision.content,
        "decided_sequence": asked.sequence,
        "bundle": asked.bundle,
        "version": asked.version,
        "seat": seat,
        "approved": approved,
        "by": _author(event),
        "by_id": _user(event).get("id"),
        "answered_at": _moment(event),
        "reason": " ".join(part for part in (why_not, given) if part) or None,
    }


def _objections(
    asked: Decision,
    event: Mapping[str, Any],
    earlier: Sequence[Entry],
    until: datetime,
    circle: Sequence[str],
) -> Iterator[str]:
    """Why an answer does not count as a yes."""
    names = {_user(event).get("id"), _user(event).get("name")}
    if _author(event) is None:
        yield "Airflow does not say who answered."
    if any(str(name).lower() in _NOBODY for name in names):
        yield "Nobody has to sign in to this Airflow, so nobody answered."
    if circle and _user(event).get("id") not in circle:
        yield "The policy does not name them as approver."
    if asked.triggered_by is not None and asked.triggered_by in names:
        yield "Whoever triggers a run may not approve it."
    if any(names & called(entry) for entry in earlier):
        yield "They said yes already, and another person is asked for."
    if not _in_time(event, until):
        yield "The answer came too late."
    if _chosen(event) == [APPROVE] and not _reason(event):
        yield "They approved without a reason."


def _user(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return event.get("responded_by_user") or {}


def _author(event: Mapping[str, Any]) -> str | None:
    return _user(event).get("name") or _user(event).get("id") or None


def _chosen(event: Mapping[str, Any]) -> list[str]:
    return list(event.get("chosen_options") or ())


def _reason(event: Mapping[str, Any]) -> str | None:
    # Airflow's API does not hold the answer against the form: it can be of any type.
    given = (event.get("params_input") or {}).get("reason")
    return given.strip()[:_LONGEST_REASON] or None if isinstance(given, str) else None


def _moment(event: Mapping[str, Any]) -> str | None:
    at = event.get("responded_at")
    return at.isoformat() if isinstance(at, datetime) else at


def _in_time(event: Mapping[str, Any], until: datetime) -> bool:
    try:
        at = datetime.fromisoformat(_moment(event) or "")
    except ValueError:
        return False
    return at.tzinfo is not None and at <= until


def _approval(decision: Input[Decision], body: Mapping[str, Any], *, sequence: int) -> Approval:
    return Approval(
        model=decision.record.model,
        version=decision.record.version,
        decision=decision.content,
        required=True,
        approved=body["approved"],
        by=body["by"],
        answered_at=body["answered_at"],
        reason=body["reason"],
        seat=body.get("seat", 1),
        sequence=sequence,
    )
