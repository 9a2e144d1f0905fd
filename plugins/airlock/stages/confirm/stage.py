"""Lets a champion from break-glass stay champion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from airlock.core.errors import Conflict, SpecError
from airlock.engine.record import Origin
from airlock.ledger import Entry, Ledger, State, Unconfirmed
from airlock.stages.confirm.record import Confirmation


def confirm(
    *,
    ledger: Ledger,
    by: str,
    reason: str,
    roles: Mapping[str, Sequence[str]],
    origin: Origin,
    now: datetime,
) -> Confirmation:
    """Append the entry, after which the champion no longer falls back.

    Args:
        by: the person who stands by it.
        roles: who has which role.
        origin: the run. One run confirms once: its retries find the entry.
        now: the time that the entry carries, UTC.

    Raises:
        SpecError: there is nothing to confirm, it is too late, or they may not.
        Conflict: it fell back, or somebody else confirmed it, in this moment.
    """
    entry_id = f"confirmed/{origin.dag_id}/{origin.run_id}"
    if (entry := ledger.find(entry_id)) is None:
        pending = ledger.state().unconfirmed
        problem = _problem(pending, ledger.entries(), by=by, reason=reason, roles=roles, now=now)
        if pending is None or problem is not None:
            raise SpecError(
                f"{ledger.model} cannot be confirmed: {problem}.",
                do=f"`airlock history {ledger.model}` shows what was decided.",
            )
        body = {
            "confirms": pending.sequence,
            "version": pending.champion.version,
            "bundle": pending.champion.bundle,
            "by": by,
            "reason": reason,
        }
        entry = ledger.append(
            "confirmed",
            body,
            id=entry_id,
            at=now,
            guard=lambda state: _still_pending(state, pending),
        )
    return Confirmation(
        model=ledger.model,
        version=entry.body["version"],
        confirms=entry.body["confirms"],
        by=entry.body["by"],
        reason=entry.body["reason"],
        sequence=entry.sequence,
    )


def _problem(
    pending: Unconfirmed | None,
    entries: Sequence[Entry],
    *,
    by: str,
    reason: str,
    roles: Mapping[str, Sequence[str]],
    now: datetime,
) -> str | None:
    if pending is None:
        return "its champion was not made by break-glass, or is confirmed already"
    if now >= pending.until:
        return "its time is over, and the champion before is champion again in a moment"
    if by == pending.by:
        return "whoever breaks the glass cannot confirm it"
    rule = entries[pending.decided - 1].body["approval"]
    members = {name for role in rule["roles"] for name in roles.get(role, ())}
    if by not in {*rule["break_glass"]["people"], *rule["approvers"], *members}:
        return f"the policy does not name {by}, neither as approver nor under break_glass"
    return None if reason.strip() else "nobody said why"


def _still_pending(state: State, pending: Unconfirmed) -> None:
    if state.unconfirmed is None or state.unconfirmed.sequence != pending.sequence:
        raise Conflict(
            f"{state.model} fell back or was confirmed in this moment (champion by ledger entry "
            f"{state.champion_sequence}).",
            do=f"`airlock history {state.model}` shows which.",
        )
