"""What promote leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.stages.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion(Record):
    """A candidate became the champion.

    Args:
        sequence: the ledger entry that made it so.
        replaced_version: the champion before; None for the first.
        alias_follows: whether MLflow's alias `champion` points at it already; if not, reconcile
            repairs it, and nothing that decides reads it.
    """

    stage: ClassVar[str] = "promote"

    model: str
    version: int
    bundle: str
    sequence: int
    replaced_version: int | None
    alias_follows: bool

    def facts(self) -> tuple[str, ...]:
        """Who is champion now."""
        before = f"replaces version {self.replaced_version}" if self.replaced_version else "first"
        alias = () if self.alias_follows else ("MLflow's alias does not follow yet.",)
        return (
            f"{self.model} version {self.version} is champion ({before}), "
            f"ledger entry {self.sequence}.",
            *alias,
        )
