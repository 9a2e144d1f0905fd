"""Withdraws a champion in favour of an earlier one; all callers use this one protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from airlock.core.errors import Conflict, SpecError
from airlock.ledger import Champion, Entry, Ledger, State
from airlock.ledger.versions import refuse_unknown


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
    made = [Champion.from_entry(one) for one in entries if _made(one)]
    earlier = [one for one in made if one.bundle != state.champion.bundle]
    wanted = [one for one in earlier if to_version in {None, one.version}]
    allowed = [one for one in wanted if one.bundle not in state.rolled_back]
    if to_version is not None and not any(one.version == to_version for one in made):
        refuse_unknown(state.model, to_version, entries)
    if not allowed:
        which = "an earlier version" if to_version is None else f"version {to_version}"
        why = "was itself rolled back" if wanted else "was never champion before the present one"
        raise SpecError(
            f"{state.model} cannot go back to {which}: it {why}.",
            do=f"`airlock history {state.model}` shows who was champion.",
        )
    return allowed[-1]


def _made(entry: Entry) -> bool:
    return entry.kind in {"promoted", "rolled_back"}


def withdraw(
    ledger: Ledger,
    state: State,
    *,
    to_version: int | None,
    entry_id: str,
    by: str,
    reason: str,
    verify: Callable[[Champion], None],
    scored: Callable[[Champion], Iterable[str]],
    now: datetime,
) -> Entry:
    """Append the entry that withdraws the champion, and the incident; again finds both.

    Args:
        state: in which somebody decided to do it; any other champion since is left alone.
        to_version: see `target`.
        entry_id: what the decision is about, so that it is done once.
        by: who decided it.
        verify: raises `Unverified` unless every file of the older bundle is as it was.
        scored: the nights with predictions of a champion; asked about the one that is withdrawn.
        now: the time that the entry carries, UTC.

    Returns:
        The `rolled_back` entry.

    Raises:
        SpecError: there is nobody to go back to.
        Conflict: somebody else changed the champion meanwhile.
    """
    if (entry := ledger.find(entry_id)) is None:
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
    return entry


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
