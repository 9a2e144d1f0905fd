"""What route leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record
from airlock.stages.snapshot.record import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDistance:
    """How far two models are from each other on some rows.

    Args:
        column: of the slice; "" for all rows.
        value: of it; "no value" where there is none.
        agreement: share of the rows with the same prediction; None for a regression.
        champion: mean score of the champion: of the positive class, or the prediction.
        rival: the same of the other.
        distance: mean absolute difference of their scores.
    """

    column: str
    value: str
    rows: int
    agreement: float | None
    champion: float
    rival: float
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing(Record):
    """Who answers which rows of a night.

    Args:
        champion_version: answers whatever the rival does not.
        rival_version: None if nobody scored beside the champion.
        rival_bundle: digest of its bundle.
        share: of the keys that the rival answers; 0 for a shadow.
        canary: the ledger entry that gives it the share; 0 without one.
        sequence: the ledger entry that made the champion.
        rows: of the night.
        routed: rows that the rival answers.
        unscored: rows that one of the two has no score for; they are left out of `apart`.
        apart: for all rows, then for each slice that is large enough.
        parts: as scored, with the rival's rows in their places; none where it answers nothing.
        review: the unsure ones of these rows, as whoever answers them scored them.
    """

    stage: ClassVar[str] = "route"

    model: str
    night: str
    champion_version: int
    rival_version: int | None
    rival_bundle: str | None
    share: float
    canary: int
    sequence: int
    rows: int
    routed: int
    apart: tuple[ModelDistance, ...]
    parts: tuple[Part, ...]
    review: tuple[Part, ...] = ()
    unscored: int = 0

    def facts(self) -> tuple[str, ...]:
        """How many rows the rival answers, and how far the two are apart."""
        if self.rival_version is None or not self.apart:
            return (f"Version {self.champion_version} answers all {self.rows:,} rows.",)
        whole = self.apart[0]
        agree = "" if whole.agreement is None else f"agree on {whole.agreement:.1%} of them, "
        rows = f"{whole.rows:,} rows" if self.unscored else "all rows"
        return (
            f"Version {self.rival_version} answers {self.routed:,} of {self.rows:,} rows, "
            f"version {self.champion_version} the others.",
            f"On {rows} they {agree}mean scores are {whole.champion:.4f} and {whole.rival:.4f}, "
            f"{whole.distance:.4f} apart.",
            *(
                (f"{self.unscored:,} rows have no score of one of the two, and are not compared.",)
                if self.unscored
                else ()
            ),
        )
