"""What explain leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Record):
    """How far a candidate's scores move when one column is shuffled.

    Args:
        model: registered name.
        bundle: digest of the candidate's bundle.
        rows: of the validation fold that were looked at.
        moved: each feature and the mean absolute change of the scores, the largest first.
    """

    stage: ClassVar[str] = "explain"

    model: str
    bundle: str
    rows: int
    moved: tuple[tuple[str, float], ...]

    def facts(self) -> tuple[str, ...]:
        """The three strongest."""
        said = ", ".join(f"{name} {by:.3f}" for name, by in self.moved[:3])
        return (f"Scores of {self.rows:,} rows are moved most by {said}.",)
