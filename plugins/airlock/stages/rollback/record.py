"""What rollback leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback(Record):
    """A champion was withdrawn.

    Args:
        from_version: the version that was withdrawn; the gate refuses its bundle from now on.
        to_version: the champion now.
        by: who asked for it.
        sequence: the ledger entry.
        nights: with predictions of the withdrawn version, ISO; somebody must score them again.
        alias_follows: whether MLflow's alias points at it already; reconcile repairs it if not.
    """

    stage: ClassVar[str] = "rollback"

    model: str
    from_version: int
    to_version: int
    by: str
    reason: str
    sequence: int
    alias_follows: bool
    nights: tuple[str, ...] = ()

    def facts(self) -> tuple[str, ...]:
        """Who is champion now, and why."""
        nights = ", ".join(self.nights) or "none"
        return (
            f"{self.model}: version {self.to_version} is champion again instead of "
            f"{self.from_version}, ledger entry {self.sequence}.",
            f"{self.by}: {self.reason}",
            f"Nights with predictions of version {self.from_version}: {nights}.",
        )
