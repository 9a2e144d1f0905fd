"""What canary leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from airlock.engine.record import Record

Outcome = Literal["grow", "promote", "hold", "fall back", "roll back", "nobody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Record):
    """What the labels say of whoever is on trial, or of the champion.

    Args:
        outcome: `grow` and `promote` give it more keys, `hold` leaves all as it is, `fall back`
            ends the trial, `roll back` withdraws the champion; `nobody` has a rule to keep.
        version: who was judged; 0 for nobody.
        share: of the keys that it answers from now on.
        because: in whole sentences, with the numbers.
        sequence: the ledger entry that says so; 0 where nothing changed.
        champion_version: the champion now.
        nights: with predictions of a withdrawn champion, ISO; somebody must score them again.
    """

    stage: ClassVar[str] = "canary"

    model: str
    outcome: Outcome
    version: int
    share: float
    because: tuple[str, ...]
    sequence: int
    champion_version: int
    nights: tuple[str, ...] = ()

    def facts(self) -> tuple[str, ...]:
        """The outcome and why."""
        if self.outcome == "nobody":
            return self.because
        nights = (f"To be scored again: {', '.join(self.nights)}.",) if self.nights else ()
        entry = f", ledger entry {self.sequence}" if self.sequence else ""
        return (
            f"{self.model} version {self.version}: {self.outcome}, {self.share:.0%} of the "
            f"keys{entry}.",
            *self.because,
            *nights,
        )
