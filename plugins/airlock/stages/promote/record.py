"""What promote leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion(Record):
    """A candidate became the champion, or began to prove itself as a canary.

    Args:
        sequence: the ledger entry that made it so; 0 if it waits.
        replaced_version: the champion before; None for the first.
        alias_follows: whether MLflow's alias `champion` points at it already; if not, reconcile
            repairs it, and nothing that decides reads it.
        share: of the keys that it answers from now on; less than 1 for a canary.
        waits_for: the version that is on trial already, so that this one was not begun with.
    """

    stage: ClassVar[str] = "promote"

    model: str
    version: int
    bundle: str
    sequence: int
    replaced_version: int | None
    alias_follows: bool
    share: float = 1.0
    waits_for: int | None = None

    @property
    def verdict(self) -> Verdict:
        """To wait is a fine end of a run."""
        if self.waits_for is None:
            return Verdict(passed=True)
        return Verdict(
            passed=False,
            reasons=(
                f"Version {self.waits_for} is on trial; version {self.version} was not begun with.",
            ),
        )

    def facts(self) -> tuple[str, ...]:
        """Who is champion now."""
        if self.waits_for is not None:
            return self.verdict.reasons
        if self.share < 1:
            return (
                f"{self.model} version {self.version} is a canary on {self.share:.0%} of the keys, "
                f"ledger entry {self.sequence}; version {self.replaced_version} stays champion.",
            )
        before = f"replaces version {self.replaced_version}" if self.replaced_version else "first"
        alias = () if self.alias_follows else ("MLflow's alias does not follow yet.",)
        return (
            f"{self.model} version {self.version} is champion ({before}), "
            f"ledger entry {self.sequence}.",
            *alias,
        )
