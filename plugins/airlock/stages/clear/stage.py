"""Lets a bundle that was rolled back be a candidate again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from airlock.core.errors import SpecError
from airlock.engine.record import Origin
from airlock.ledger import Entry, Ledger, State
from airlock.ledger.versions import refuse_unknown
from airlock.stages.clear.record import Clearance


def clear(
    *, ledger: Ledger, version: int, by: str, reason: str, origin: Origin, now: datetime
) -> Clearance:
    """Append the entry. The gate then judges the bundle like any other; nothing is promoted.

    Args:
        version: that was withdrawn by a rollback and not cleared since.
        by: the person who answers for it.
        origin: the run. One run clears once: its retries find the entry.
        now: the time that the entry carries, UTC.

    Raises:
        SpecError: no such version is withdrawn.
    """
    entry_id = f"cleared/{origin.dag_id}/{origin.run_id}"
    if (entry := ledger.find(entry_id)) is None:
        bundle = withdrawn(ledger.entries(), ledger.state(), version)
        entry = ledger.append(
            "cleared",
            {"bundle": bundle, "version": version, "by": by, "reason": reason},
            id=entry_id,
            at=now,
            guard=lambda state: _still_withdrawn(state, bundle, version),
        )
    return Clearance(
        model=ledger.model,
        version=entry.body["version"],
        bundle=entry.body["bundle"],
        by=entry.body["by"],
        reason=entry.body["reason"],
        sequence=entry.sequence,
    )


def withdrawn(entries: Sequence[Entry], state: State, version: int) -> str:
    """The bundle of a version that the gate refuses at present.

    Args:
        entries: the whole chain.

    Raises:
        SpecError: no such version is withdrawn.
    """
    # A canary that fell back is withdrawn as well.
    by_version = {
        entry.body["version"]: entry.body["promotion"]["champion"]["bundle"]
        for entry in entries
        if entry.kind == "canary" and not entry.body["share"]
    } | {
        entry.body["from_version"]: entry.body["from_bundle"]
        for entry in entries
        if entry.kind == "rolled_back"
    }
    by_version = {one: name for one, name in by_version.items() if name in state.rolled_back}
    if version not in by_version:
        refuse_unknown(state.model, version, entries)
        raise _not_withdrawn(state, version, by_version)
    return str(by_version[version])


def _still_withdrawn(state: State, bundle: str, version: int) -> None:
    if bundle not in state.rolled_back:
        raise _not_withdrawn(state, version, ())


def _not_withdrawn(state: State, version: int, others: Iterable[int]) -> SpecError:
    known = ", ".join(str(one) for one in sorted(others)) or "none"
    return SpecError(
        f"Version {version} of {state.model} is not withdrawn, so there is nothing to clear.",
        do=f"Withdrawn at present: {known}. `airlock history {state.model}` shows all.",
    )
