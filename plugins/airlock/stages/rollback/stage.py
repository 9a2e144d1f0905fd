"""Withdraw the champion in favour of an earlier one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from airlock.errors import AirlockError, Conflict, SpecError
from airlock.ledger import Champion, Entry, Ledger, State
from airlock.registry import MlflowSettings, alias_follows
from airlock.stages import publication
from airlock.stages.record import Origin
from airlock.stages.rollback.record import Rollback
from airlock.store import Store


def target(entries: Sequence[Entry], state: State, to_version: int | None) -> Champion:
    """Who becomes champion again.

    Args:
        entries: the whole chain.
        to_version: a version that was champion once; None for the one before the present one.

    Raises:
        SpecError: there is no such champion, or it was itself rolled back.
    """
    if state.champion is None:
        raise SpecError(
            f"{state.model} has no champion that could be rolled back.",
            do=f"`airlock history {state.model}` shows what was decided.",
        )
    made = [Champion.from_entry(one) for one in entries if one.kind in {"promoted", "rolled_back"}]
    earlier = [one for one in made if one.bundle != state.champion.bundle]
    wanted = [one for one in earlier if to_version in {None, one.version}]
    allowed = [one for one in wanted if one.bundle not in state.rolled_back]
    if not allowed:
        which = "an earlier version" if to_version is None else f"version {to_version}"
        why = "was itself rolled back" if wanted else "was never champion before the present one"
        raise SpecError(
            f"{state.model} cannot go back to {which}: it {why}.",
            do=f"`airlock history {state.model}` shows who was champion.",
        )
    return allowed[-1]


def scored_nights(store: Store, model: str, bundle: str) -> Iterable[str]:
    """The nights with predictions of one bundle, in order, so that somebody can score them again.

    A result that cannot be read is left out: going back must not wait for it.

    Args:
        bundle: digest of the bundle that made the predictions.
    """
    nights = set()
    for stat in store.list("stages/score/"):
        with contextlib.suppress(AirlockError):
            record = publication.load(store, stat.key).result.record
            if (record.get("model"), record.get("bundle")) == (model, bundle):
                nights.add(str(record.get("night")))
    return sorted(nights)


def rollback(
    *,
    ledger: Ledger,
    to_version: int | None,
    by: str,
    reason: str,
    origin: Origin,
    verify: Callable[[Champion], None],
    scored: Callable[[Champion], Iterable[str]],
    mlflow: MlflowSettings,
    now: datetime,
) -> Rollback:
    """Append the entry and the incident, and let MLflow's alias follow; MLflow may be away.

    Args:
        to_version: see `target`.
        by: the person who asked for it.
        origin: the run. One run rolls back once: its retries find the entry.
        verify: raises `Unverified` unless every file of the older bundle is as it was.
        scored: the nights with predictions of a champion; asked about the one that is withdrawn.
        now: the time that the entry carries, UTC.

    Raises:
        SpecError: there is nobody to go back to.
        Conflict: somebody else changed the champion meanwhile.
    """
    entry_id = f"rolled_back/{origin.dag_id}/{origin.run_id}"
    if (entry := ledger.find(entry_id)) is None:
        state = ledger.state()
        to = target(ledger.entries(), state, to_version)
        verify(to)
        assert state.champion is not None  # or `target` would have refused
        nights = list(scored(state.champion))
        entry = ledger.append(
            "rolled_back",
            _body(to, state.champion, by=by, reason=reason, nights=nights),
            id=entry_id,
            at=now,
            guard=partial(_still_champion, state),
        )
    # From the entry alone: a retry after a kill says the same.
    ledger.append("incident", _incident(entry), id=f"incident/{entry_id}", at=now)
    return Rollback(
        model=ledger.model,
        from_version=entry.body["from_version"],
        to_version=entry.body["champion"]["version"],
        by=entry.body["by"],
        reason=entry.body["reason"],
        sequence=entry.sequence,
        nights=tuple(entry.body.get("nights", ())),
        alias_follows=alias_follows(ledger, mlflow),
    )


def _body(
    to: Champion, withdrawn: Champion, *, by: str, reason: str, nights: list[str]
) -> dict[str, Any]:
    return {
        "champion": to.body(),
        "from_bundle": withdrawn.bundle,
        "from_version": withdrawn.version,
        "by": by,
        "reason": reason,
        "nights": nights,
    }


def _incident(entry: Entry) -> dict[str, Any]:
    nights = entry.body.get("nights", [])
    scored = f"scored {len(nights)} night(s): {', '.join(nights)}" if nights else "scored no night"
    return {
        "what": f"Version {entry.body['from_version']} was withdrawn by {entry.body['by']} "
        f"(ledger entry {entry.sequence}). It had {scored}.",
        "rolled_back": entry.sequence,
        "bundle": entry.body["from_bundle"],
    }


def _still_champion(before: State, state: State) -> None:
    if state.champion_sequence != before.champion_sequence:
        raise Conflict(
            f"{state.model} got another champion in this moment (ledger entry "
            f"{state.champion_sequence}).",
            do="Look at `airlock history`, and trigger the rollback again if it still applies.",
        )
