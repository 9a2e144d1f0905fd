"""What clear leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance(Record):
    """A withdrawn bundle may be a candidate again; it is not champion by that.

    Args:
        version: the version that was withdrawn.
        bundle: its digest; every version with the same bundle is cleared.
        by: who answers for it.
        sequence: the ledger entry.
    """

    stage: ClassVar[str] = "clear"

    model: str
    version: int
    bundle: str
    by: str
    reason: str
    sequence: int

    def facts(self) -> tuple[str, ...]:
        """What the gate no longer refuses, and why."""
        return (
            f"{self.model}: version {self.version} is no longer refused because it was rolled back "
            f"(ledger entry {self.sequence}).",
            f"{self.by}: {self.reason}",
        )
