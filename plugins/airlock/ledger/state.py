"""Computes from the entries who is champion, and who must not become champion again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from airlock.ledger.canary import Canary
from airlock.ledger.champion import Champion
from airlock.ledger.entry import BEFORE_THE_FIRST, Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed:
    """A champion that one person made by break-glass, and nobody else stands by yet.

    Args:
        champion: who it is.
        before: who becomes champion again unless somebody confirms it in time.
        decided: the ledger entry of the decision that it was made past.
        by: the person who did it.
        until: when it falls back, UTC.
    """

    champion: Champion
    before: Champion
    decided: int
    by: str
    until: datetime

    @property
    def sequence(self) -> int:
        """The ledger entry that a confirmation names."""
        return self.champion.sequence

    @classmethod
    def from_entry(cls, entry: Entry, before: Champion | None) -> Unconfirmed | None:
        """What a `promoted` entry leaves open; nothing, unless it was by break-glass."""
        glass: Mapping[str, Any] | None = entry.body.get("break_glass")
        if glass is None or before is None:
            return None
        return cls(
            champion=Champion.from_entry(entry),
            before=before,
            decided=entry.body["decided"],
            by=glass["by"],
            until=entry.at + timedelta(hours=glass["hours"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The sum of a chain.

    Args:
        model: whose chain it is.
        size: how many entries were read, all of them verified.
        head: SHA-256 of the last one; 64 zeros for an empty chain.
        champion: who is in production, or nobody yet.
        approved: the champions that a person said yes to, oldest first.
        rolled_back: bundles that were rolled back and not cleared since: digest to sequence.
        retired: keys whose signatures no longer count: key id to the entry that says so.
        unconfirmed: the champion, as long as it falls back by itself.
        canary: the challenger that a share of the keys is given to; None if nobody is on trial.
    """

    model: str
    size: int = 0
    head: str = BEFORE_THE_FIRST
    champion: Champion | None = None
    approved: tuple[Champion, ...] = ()
    rolled_back: Mapping[str, int] = field(default_factory=dict)
    retired: Mapping[str, int] = field(default_factory=dict)
    unconfirmed: Unconfirmed | None = None
    canary: Canary | None = None

    @property
    def champion_sequence(self) -> int:
        """The entry that made the champion, 0 without one. An evaluation is valid against it."""
        return self.champion.sequence if self.champion else 0

    @property
    def anchor(self) -> Champion | None:
        """The last champion that a person approved and that is not withdrawn.

        A candidate is held against it as well, so that a model that nobody looks at cannot get a
        little worse every night and stay within the margin of the night before.
        """
        stands = (one for one in reversed(self.approved) if one.bundle not in self.rolled_back)
        return next(stands, None)

    def after(self, entry: Entry) -> State:
        """The state once one more entry is read."""
        state = replace(self, size=entry.sequence, head=entry.sha256)
        if entry.kind == "promoted":
            made = Champion.from_entry(entry)
            pending = Unconfirmed.from_entry(entry, self.champion)
            # The entry names the ledger entry of the people's answer; 0 where nobody was asked.
            said_yes = (made,) if entry.body.get("approved") else ()
            approved = (*self.approved, *said_yes)
            # Whoever was on trial was compared with a champion that is none any more.
            return replace(
                state, champion=made, approved=approved, unconfirmed=pending, canary=None
            )
        if entry.kind == "rolled_back":
            withdrawn = {**self.rolled_back, entry.body["from_bundle"]: entry.sequence}
            champion = Champion.from_entry(entry)
            return replace(
                state, champion=champion, rolled_back=withdrawn, unconfirmed=None, canary=None
            )
        if entry.kind == "canary":
            canary = Canary.from_entry(entry)
            failed = {} if canary.share else {canary.challenger.bundle: entry.sequence}
            withdrawn = {**self.rolled_back, **failed}
            return replace(state, canary=canary if canary.share else None, rolled_back=withdrawn)
        if entry.kind == "confirmed" and entry.body["confirms"] == self.champion_sequence:
            return replace(state, unconfirmed=None)
        if entry.kind == "cleared":
            cleared = entry.body["bundle"]
            kept = {name: at for name, at in self.rolled_back.items() if name != cleared}
            return replace(state, rolled_back=kept)
        if entry.kind == "key":
            gone = dict.fromkeys(entry.body["retired"], entry.sequence)
            return replace(state, retired={**gone, **self.retired})
        return state

    @classmethod
    def of(cls, model: str, entries: Iterable[Entry]) -> State:
        """The state after reading verified entries from the first on."""
        state = cls(model=model)
        for entry in entries:
            state = state.after(entry)
        return state
