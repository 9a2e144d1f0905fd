"""What score leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

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


RivalKind = Literal["challenger", "before"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadowing(Record):
    """What somebody else would have said of the night's rows.

    Args:
        kind: the `challenger` on trial, or the champion `before`; None if there is neither.
        scoring: its predictions, whose `sequence` is the canary's entry or the one that made it
            champion; None if there are none.
        problem: why it could not score; None if it could.
    """

    stage: ClassVar[str] = "shadow"

    model: str
    night: str
    champion_version: int
    champion_sequence: int
    kind: RivalKind | None
    scoring: Scoring | None
    problem: str | None

    def facts(self) -> tuple[str, ...]:
        """Who it was."""
        if self.problem is not None:
            return (f"The rival could not score tonight's rows. {self.problem}",)
        if self.scoring is None:
            return (f"{self.model} has nobody beside version {self.champion_version}.",)
        return (f"Silently, as {self.kind}: {self.scoring.facts()[0]}",)
