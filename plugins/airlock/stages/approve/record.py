"""What approve leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Record):
    """What the people said, or that nobody had to be asked.

    Args:
        decision: content digest of the decision that was shown; the answer counts for no other.
        required: whether people were asked.
        approved: their answer; True where nobody had to be asked.
        by: user name as Airflow's server recorded it; None if nobody was asked, or nobody answered.
        answered_at: ISO time of the answer, UTC.
        reason: what they wrote, after the reason why a yes did not count.
        seat: which of the people that the policy asks for, from 1.
        sequence: the ledger entry of the answer; 0 where nobody was asked.
    """

    stage: ClassVar[str] = "approve"

    model: str
    version: int
    decision: str
    required: bool
    approved: bool
    by: str | None = None
    answered_at: str | None = None
    reason: str | None = None
    seat: int = 1
    sequence: int = 0

    @property
    def verdict(self) -> Verdict:
        """A "no", or no answer in time, is a fine end of a run."""
        return Verdict(passed=self.approved, reasons=() if self.approved else self.facts())

    def facts(self) -> tuple[str, ...]:
        """Who said what."""
        if not self.required:
            return ("The policy asks nobody.",)
        if self.by is None:
            return (self.reason or "Nobody answered in time, so it is not promoted.",)
        said = "approved" if self.approved else "rejected"
        return (f"{self.by} {said} it at {self.answered_at}: {self.reason or 'no reason given'}",)
