"""What confirm leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation(Record):
    """A champion that was made by break-glass stays champion.

    Args:
        version: the champion.
        confirms: the ledger entry that made it champion.
        by: who stands by it; another person than who made it.
        sequence: the ledger entry.
    """

    stage: ClassVar[str] = "confirm"

    model: str
    version: int
    confirms: int
    by: str
    reason: str
    sequence: int

    def facts(self) -> tuple[str, ...]:
        """Who stays champion, and by whose word."""
        return (
            f"{self.model}: version {self.version} stays champion (ledger entry {self.sequence}).",
            f"{self.by}: {self.reason}",
        )
