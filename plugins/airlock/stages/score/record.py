"""What score leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.stages.record import Record
from airlock.stages.snapshot.record import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """How far a band reaches to each side of what is predicted.

    Markov's inequality, which needs no assumption about the errors, on what the champion's own
    evaluation measured on the holdout (the upper end of its 95 % interval):

    - a number: at most a share of 1 - coverage of the rows is off by more than
      rmse / sqrt(1 - coverage) (Chebyshev's form of it);
    - a probability: for at most that share of the rows the frequency in their bin of the
      reliability diagram is off by more than ece / (1 - coverage).

    It is wide, and honest: it holds for rows like those of the holdout, and for no single row.

    Args:
        coverage: share of rows that the band is meant for.
        metric: that it comes from, `rmse` or `ece`.
        width: to each side, in the unit of the prediction or of a probability.
    """

    coverage: float
    metric: str
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring(Record):
    """Predictions of one night by one champion.

    Args:
        version: of the champion, on every row.
        sequence: the ledger entry that made it champion.
        bundle: digest of its bundle.
        mean_score: mean of the positive class's probability, or of the prediction.
        parts: files with the entity's pseudonym, the row's number, prediction, probabilities,
            confidence, band, version, sequence, night.
        margin: of the band; None where nothing sound is known, and then rows have no band.
        review_below: people are asked about rows whose confidence is lower; None for no row.
        unsure: how many rows those are.
        table: address of the redaction that was scored.
        table_sha256: of that result, as stored.
        csv: whether the same rows lie in `csv/` beside the parts.
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
    # Records of earlier versions do not have them.
    margin: Margin | None = None
    review_below: float | None = None
    unsure: int = 0
    table: str = ""
    table_sha256: str = ""
    csv: bool = False

    @property
    def unsure_share(self) -> float:
        """Of all rows, 0 to 1."""
        return self.unsure / self.rows

    def facts(self) -> tuple[str, ...]:
        """How many rows, by whom."""
        scored = (
            f"{self.rows:,} rows of {self.night} scored by {self.model} version {self.version} "
            f"(ledger entry {self.sequence}); mean score {self.mean_score:.4f}."
        )
        if self.review_below is None:
            return (scored,)
        return (
            scored,
            f"{self.unsure:,} rows ({self.unsure_share:.1%}) have a confidence below "
            f"{self.review_below:g}: people are asked about them.",
        )
