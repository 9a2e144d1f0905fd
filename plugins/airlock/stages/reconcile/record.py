"""What reconcile leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation(Record):
    """What was checked and what was put right.

    Args:
        models: those with a ledger.
        repaired: those whose alias pointed elsewhere; each is an incident in its ledger.
        reminded: how many waiting approvals somebody was told of.
        fell_back: those whose champion of a break-glass was withdrawn, as nobody confirmed it.
        described: how many model cards MLflow has got only now.
        shared: what is wrong with models that several pipelines train, in sentences.
    """

    stage: ClassVar[str] = "reconcile"

    models: tuple[str, ...]
    repaired: tuple[str, ...]
    reminded: int = 0
    fell_back: tuple[str, ...] = ()
    described: int = 0
    shared: tuple[str, ...] = ()

    @property
    def eventful(self) -> bool:
        """It looks every few minutes, and mostly finds the alias where it should be."""
        return bool(self.repaired or self.reminded or self.fell_back or self.described)

    def facts(self) -> tuple[str, ...]:
        """How many, and which."""
        repaired = ", ".join(self.repaired) or "none"
        reminded = (f"Reminded of {self.reminded} waiting approval(s).",) if self.reminded else ()
        described = (f"Added {self.described} model card(s) to MLflow.",) if self.described else ()
        return (
            f"{len(self.models)} model(s) checked; alias repaired: {repaired}.",
            *(f"{model} fell back to the champion before." for model in self.fell_back),
            *reminded,
            *described,
            *self.shared,
        )
