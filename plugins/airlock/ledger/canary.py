"""Ledger entries of a canary: a challenger that gets a share of the keys before promotion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airlock.ledger.champion import Champion
from airlock.ledger.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A challenger on trial, as the last `canary` entry about it says.

    Args:
        sequence: that entry; a judgement is valid for it alone.
        challenger: who is on trial; its `sequence` is that of the entry, too.
        champion_sequence: the champion that it is compared with.
        share: of the keys, 0 to 1; 0 once it fell back.
        step: how many steps of the rule it has taken, from 1.
        rule: the policy's `canary` that it began under, as JSON.
        promotion: the body of the `promoted` entry that its last step writes.
    """

    sequence: int
    challenger: Champion
    champion_sequence: int
    share: float
    step: int
    rule: Mapping[str, Any]
    promotion: Mapping[str, Any]

    @classmethod
    def from_entry(cls, entry: Entry) -> Canary:
        """What a `canary` entry says."""
        promotion: Mapping[str, Any] = entry.body["promotion"]
        return cls(
            sequence=entry.sequence,
            challenger=Champion.from_body(promotion["champion"], sequence=entry.sequence),
            champion_sequence=promotion["replaces"],
            share=entry.body["share"],
            step=entry.body["step"],
            rule=entry.body["rule"],
            promotion=promotion,
        )

    def body(self, *, share: float, step: int, because: str) -> dict[str, Any]:
        """The body of the next entry about this challenger."""
        return {
            "promotion": dict(self.promotion),
            "rule": dict(self.rule),
            "share": share,
            "step": step,
            "because": because,
            "version": self.challenger.version,
        }
