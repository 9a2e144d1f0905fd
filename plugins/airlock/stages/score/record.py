"""What score leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.stages.record import Record
from airlock.stages.snapshot.record import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring(Record):
    """Predictions of one night by one champion.

    Args:
        version: of the champion, on every row.
        sequence: the ledger entry that made it champion.
        bundle: digest of its bundle.
        mean_score: mean of the positive class's probability, or of the prediction.
        parts: files with the entity's pseudonym, prediction, probabilities, version, sequence,
            night.
    """

    stage: ClassVar[str] = "score"

    model: str
    night: str
    rows: int
    version: int
    sequence: int
    bundle: str
    mean_score: float
    parts: tuple[Part, ...]

    def facts(self) -> tuple[str, ...]:
        """How many rows, by whom."""
        return (
            f"{self.rows:,} rows of {self.night} scored by {self.model} version {self.version} "
            f"(ledger entry {self.sequence}); mean score {self.mean_score:.4f}.",
        )
