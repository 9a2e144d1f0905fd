"""What break-glass leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass(Record):
    """A version is champion past the gate or the approvers, until it falls back.

    Args:
        version: the champion now.
        before: the version that comes back unless another person confirms in time.
        outcome: what the gate had said of it.
        by: who did it.
        until: ISO time when it falls back, UTC.
        sequence: the ledger entry.
        alias_follows: whether MLflow's alias points at it already; reconcile repairs it if not.
    """

    stage: ClassVar[str] = "break_glass"

    model: str
    version: int
    before: int
    outcome: str
    by: str
    reason: str
    until: str
    sequence: int
    alias_follows: bool

    def facts(self) -> tuple[str, ...]:
        """Who is champion now, by whose word, and until when."""
        return (
            f"BREAK-GLASS: {self.model} version {self.version} is champion, though the gate or the "
            f"approvers did not let it through (ledger entry {self.sequence}).",
            f"{self.by}: {self.reason}",
            f"Unless another person confirms it until {self.until}, version {self.before} is "
            "champion again.",
        )
