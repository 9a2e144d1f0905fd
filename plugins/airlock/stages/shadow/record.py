"""What shadow leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from airlock.engine.record import Record
from airlock.stages.score.record import Scoring

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
