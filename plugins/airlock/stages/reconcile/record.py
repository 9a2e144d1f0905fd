"""What reconcile leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.stages.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation(Record):
    """What was checked and what was put right.

    Args:
        models: those with a ledger.
        repaired: those whose alias pointed elsewhere; each is an incident in its ledger.
        reminded: how many waiting approvals somebody was told of.
        fell_back: those whose champion of a break-glass was withdrawn, as nobody confirmed it.
    """

    stage: ClassVar[str] = "reconcile"

    models: tuple[str, ...]
    repaired: tuple[str, ...]
    reminded: int = 0
    fell_back: tuple[str, ...] = ()

    def facts(self) -> tuple[str, ...]:
        """How many, and which."""
        repaired = ", ".join(self.repaired) or "none"
        reminded = (f"Reminded of {self.reminded} waiting approval(s).",) if self.reminded else ()
        return (
            f"{len(self.models)} model(s) checked; alias repaired: {repaired}.",
            *(f"{model} fell back to the champion before." for model in self.fell_back),
            *reminded,
        )
