"""Promotes past the gate: by a named person, for a limited time, with an incident entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from airlock.core.errors import Conflict, SpecError, Unverified
from airlock.engine.record import Origin
from airlock.ledger import Champion, Entry, Ledger, State
from airlock.ledger.questions import run_of
from airlock.ledger.versions import refuse_unknown
from airlock.registry import MlflowSettings, point_alias
from airlock.stages.break_glass.record import BreakGlass


def break_glass(
    *,
    ledger: Ledger,
    version: int,
    hours: float,
    by: str,
    reason: str,
    origin: Origin,
    split: Callable[[str, str], str],
    verify: Callable[[Champion], None],
    mlflow: MlflowSettings,
    now: datetime,
) -> BreakGlass:
    """Append the entries that make a version champion for a while; MLflow may be away.

    Args:
        version: one that the gate decided about since the present champion came.
        hours: until it falls back.
        by: the person who answers for it.
        origin: the run. One run does it once: its retries find the entry.
        split: the split id of the training with this address and SHA-256.
        verify: raises `Unverified` unless every file of the bundle is as it was.
        now: the time that the entries carry, UTC.

    Raises:
        SpecError: the policy does not allow it, or not to them, or not for so long; or there is
            nobody to fall back to.
        Conflict: somebody else changed the champion meanwhile.
    """
    entry_id = f"promoted/break_glass/{origin.dag_id}/{origin.run_id}"
    if (entry := ledger.find(entry_id)) is None:
        entries, state = ledger.entries(), ledger.state()
        decided = _decided(entries, state, version)
        _allow(decided, state, by=by, hours=hours, reason=reason)
        champion = _candidate(decided, _run(decided, entries), split)
        verify(champion)

        def guard(after: State) -> None:
            if after.champion_sequence != state.champion_sequence:
                raise Conflict(
                    f"{ledger.model} got another champion in this moment (ledger entry "
                    f"{after.champion_sequence}).",
                    do="Look at `airlock history`, and trigger it again if it still applies.",
                )

        body = {
            "champion": champion.body(),
            "decided": decided.sequence,
            "approved": 0,
            "approvals": [],
            "replaces": state.champion_sequence,
            "break_glass": {"by": by, "reason": reason, "hours": hours},
        }
        entry = ledger.append("promoted", body, id=entry_id, at=now, guard=guard)
    return _append_incident(entry, ledger, mlflow)


def _append_incident(entry: Entry, ledger: Ledger, mlflow: MlflowSettings) -> BreakGlass:
    glass, entries = entry.body["break_glass"], ledger.entries()
    before = Champion.from_entry(entries[entry.body["replaces"] - 1])
    record = BreakGlass(
        model=ledger.model,
        version=entry.body["champion"]["version"],
        before=before.version,
        outcome=entries[entry.body["decided"] - 1].body["outcome"],
        by=glass["by"],
        reason=glass["reason"],
        until=f"{entry.at + timedelta(hours=glass['hours']):%Y-%m-%d %H:%M} UTC",
        sequence=entry.sequence,
        alias_follows=point_alias(ledger, mlflow),
    )
    # An entry of its own, so that whoever looks for what should not have happened finds it.
    ledger.append(
        "incident",
        {"what": " ".join(record.facts()), "break_glass": entry.sequence},
        id=f"incident/break_glass/{entry.sequence}",
        at=entry.at,
    )
    return record


def _decided(entries: Sequence[Entry], state: State, version: int) -> Entry:
    """The last decision about a version, made against the present champion."""
    refuse_unknown(state.model, version, entries)
    found = [one for one in entries if one.kind == "decided" and one.body["version"] == version]
    if not found or found[-1].body["champion_sequence"] != state.champion_sequence:
        raise SpecError(
            f"The gate has not decided about version {version} of {state.model} since the present "
            "champion came.",
            do="Clear its run from evaluate on; then there is a decision to go past.",
        )
    return found[-1]


def _allow(decided: Entry, state: State, *, by: str, hours: float, reason: str) -> None:
    rule: Mapping[str, Any] | None = (decided.body.get("approval") or {}).get("break_glass")
    problem = None
    if rule is None:
        problem = "the policy that it was judged by does not allow it"
    elif by not in rule["people"]:
        problem = f"the policy does not name {by}"
    elif not 0 < hours <= rule["max_hours"]:
        problem = f"the policy allows at most {rule['max_hours']:g} hours"
    elif not reason.strip():
        problem = "nobody said why"
    elif state.champion is None:
        problem = "there is no champion to fall back to"
    elif state.unconfirmed is not None:
        problem = f"{state.unconfirmed.by} did it already, and nobody has confirmed that yet"
    elif decided.body["bundle"] == state.champion.bundle:
        problem = "it is champion already"
    elif decided.body["bundle"] in state.rolled_back:
        problem = "it was rolled back, and nobody has cleared it"
    if problem is not None:
        raise SpecError(
            f"No break-glass for version {decided.body['version']} of {state.model}: {problem}.",
            do="docs/approve.md says what a policy can allow. Nothing was changed.",
        )


def _run(decided: Entry, entries: Sequence[Entry]) -> Entry:
    """The entry that names the results which the decision stands on."""
    prefix = "/".join(run_of(decided))
    evidence = decided.body["evidence"]
    for entry in reversed(entries[: decided.sequence]):
        if entry.kind != "run" or not entry.id.startswith(f"run/{prefix}/"):
            continue
        results = entry.body["results"]
        made = {name: results[name]["content"] for name in ("train", "validate")}
        if made == {"train": evidence["training"], "validate": evidence["validation"]}:
            return entry
    raise Unverified(
        f"No entry names the results that the decision in entry {decided.sequence} stands on.",
        do="Clear its run from gate on.",
    )


def _candidate(decided: Entry, run: Entry, split: Callable[[str, str], str]) -> Champion:
    train, validate = (run.body["results"][name] for name in ("train", "validate"))
    return Champion(
        sequence=0,
        version=decided.body["version"],
        bundle=decided.body["bundle"],
        training=train["address"],
        training_sha256=train["sha256"],
        validation=validate["address"],
        validation_sha256=validate["sha256"],
        split=split(train["address"], train["sha256"]),
        night=run.body["night"],
    )
