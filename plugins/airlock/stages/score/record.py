"""What score leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import TypeAdapter

from airlock.core.curves import HistogramBar
from airlock.core.values import beyond
from airlock.engine.record import Record, Verdict
from airlock.stages.snapshot.record import Part

HISTOGRAM = "scores.json"
"""The sidecar with the `NightHistogram`, in the report folder: no part of the scoring's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightHistogram:
    """What was said of a night, as counts.

    Args:
        of: what the bars are of: a class, whose probability; `confidence`; or `prediction`.
        labels: rows by the predicted class; empty for numbers.
    """

    of: str
    bars: tuple[HistogramBar, ...]
    labels: Mapping[str, int]

    def stored(self) -> bytes:
        """As JSON."""
        return TypeAdapter(NightHistogram).dump_json(self)

    @classmethod
    def from_stored(cls, data: bytes) -> NightHistogram:
        """Read it back.

        Raises:
            ValueError: it is none.
        """
        return TypeAdapter(cls).validate_json(data)


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
        unsure_below: a row whose confidence is lower is unsure; None for no row.
        unsure_wider: a number whose band is wider than so many times the number is unsure; None for
            no row.
        unsure: how many rows those are.
        unscored: rows that the model computes no finite number for; they have no prediction.
        review: files with both, why they are asked about, and what people need to judge them.
        table: address of the redaction that was scored.
        table_sha256: of that result, as stored.
        score: the ScoreSpec itself, without the number of processes; scoring again reads it.
        device: what computed it: `cpu`, or the name of a GPU.
        clipped: cells of each column that were beyond what the model may see, and counted as the
            end of it; see `airlock.bundle.ranges`.
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
    unsure_below: float | None = None
    unsure_wider: float | None = None
    unsure: int = 0
    unscored: int = 0
    review: tuple[Part, ...] = ()
    table: str = ""
    table_sha256: str = ""
    score: Mapping[str, Any] = field(default_factory=dict)
    device: str = "cpu"
    clipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def unsure_share(self) -> float:
        """Of all rows, 0 to 1."""
        return self.unsure / self.rows

    @property
    def limit(self) -> str | None:
        """What makes a row unsure, in words; None if nothing does."""
        if self.unsure_below is not None:
            return f"confidence below {self.unsure_below:g}"
        if self.unsure_wider is not None:
            return f"band wider than {self.unsure_wider:g} times the prediction"
        return None

    def facts(self) -> tuple[str, ...]:
        """How many rows, by whom."""
        scored = (
            f"{self.rows:,} rows of {self.night} scored by {self.model} version {self.version} "
            f"(ledger entry {self.sequence}); mean score {self.mean_score:.4f}."
        )
        computed: tuple[str, ...] = () if self.device == "cpu" else (f"Computed on {self.device}.",)
        if self.unscored:
            computed += (
                f"The model computes no finite number for {self.unscored:,} rows: they have no "
                "prediction, and are put to people.",
            )
        computed += beyond(self.clipped)
        if self.limit is None:
            return (scored, *computed)
        return (
            scored,
            f"{self.unsure:,} rows ({self.unsure_share:.1%}) have a {self.limit}.",
            *computed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPart:
    """What a part adds to the record.

    Args:
        totals: of each batch.
        review: the file of its rows that people are asked about.
        clipped: see `Scoring`.
        unscored: see `Scoring`.
    """

    totals: tuple[float, ...]
    review: Part
    clipped: Mapping[str, int] = field(default_factory=dict)
    unscored: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredShare(Record):
    """Predictions of some parts of a night, by one of several tasks; no consumer reads them.

    Args:
        recipe: digest of everything that decides a row's score, the champion included.
        share: which one, from 0.
        shares: how many there are.
        version: of the champion.
        sequence: the ledger entry that made it champion.
        parts: the files, in row order.
        scored: what each part adds to the record of the whole.
        device: what computed it.
    """

    stage: ClassVar[str] = "score_share"

    model: str
    night: str
    recipe: str
    share: int
    shares: int
    version: int
    sequence: int
    parts: tuple[Part, ...]
    scored: tuple[ScoredPart, ...]
    device: str = "cpu"

    def facts(self) -> tuple[str, ...]:
        """Which share, how many rows, by whom."""
        rows = sum(part.rows for part in self.parts)
        return (
            f"Share {self.share + 1} of {self.shares}: {rows:,} rows of {self.night} scored by "
            f"{self.model} version {self.version} (ledger entry {self.sequence}).",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A night that was scored again: `number` of the catalog serves instead of `replaced`."""

    night: str
    rows: int
    replaced: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnscoredNight:
    """A night that could not be scored again, and why; what the version said still serves."""

    night: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescoring(Record):
    """The nights that a withdrawn version had stamped, scored again by the champion.

    Args:
        withdrawn: the version whose predictions were replaced.
        version: of the champion that scored them again.
        by: who asked for it.
    """

    stage: ClassVar[str] = "rescore"

    model: str
    withdrawn: int
    version: int
    sequence: int
    by: str
    reason: str
    again: tuple[Again, ...]
    left: tuple[UnscoredNight, ...]

    @property
    def verdict(self) -> Verdict:
        """Somebody must look at a night that is left: consumers still read what was withdrawn."""
        why = tuple(
            f"{one.night} still serves version {self.withdrawn}: {one.why}" for one in self.left
        )
        return Verdict(passed=not self.left, reasons=why, repair=True)

    def facts(self) -> tuple[str, ...]:
        """Which nights, by whom."""
        nights = ", ".join(one.night for one in self.again) or "none"
        return (
            f"Nights of {self.model} that version {self.withdrawn} had stamped and version "
            f"{self.version} scored again: {nights}.",
            f"{self.by}: {self.reason}",
            *self.verdict.reasons,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Why a row has its score.

    Args:
        of: what the score is: "probability of <class>", or "prediction".
        score: of the row.
        average: the score of the average row.
        features: what each feature adds, the strongest first.
        remainder: what is missing from their sum.
    """

    of: str
    score: float
    average: float
    features: tuple[tuple[str, float], ...]
    remainder: float
