"""What drift leaves behind: distances and counts, never values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from airlock.core.values import beyond
from airlock.engine.record import Record

Kind = Literal["input", "prediction", "label"]
Standing = Literal["calm", "drifting", "alarm"]

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far one column of tonight is from the reference.

    Args:
        kind: whether the model reads it, says it, or should have said it.
        psi: population stability index, nats.
        js: Jensen-Shannon divergence, bits.
        ks: largest difference of cumulated shares; None where values have no order.
        p: chance that two samples of one distribution differ as much, corrected for all columns of
            the night (Benjamini and Hochberg).
        missing: share of rows without a value, in the reference and tonight.
        drifted: whether a distance is above its limit, and chance does not explain it.
        excess: the largest distance as a multiple of its limit; ranks the columns.
        counts: rows of the reference and of tonight, bin by bin; a bin of fewer than ten rows
            counts none, so that none speaks of a person.
        others: the statistics of extensions, by their names.
    """

    column: str
    kind: Kind
    psi: float
    js: float
    ks: float | None
    p: float
    missing: tuple[float, float]
    drifted: bool
    excess: float
    counts: tuple[tuple[int, int], ...] = ()
    others: Mapping[str, float] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        """Where, and how far."""
        what = {"input": self.column, "prediction": "the predictions", "label": "the outcomes"}
        return f"{what[self.kind]} (PSI {self.psi:.2f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Predictions held against outcomes.

    Args:
        rows: with both.
        predicted: mean prediction, or mean probability of the positive class.
        observed: mean outcome, or share of the positive class.
        off: their difference in standard deviations of the outcomes.
        p: chance of a difference as large if there were none (paired t-test).
        drifted: whether it is above its limit, and chance does not explain it.
    """

    rows: int
    predicted: float
    observed: float
    off: float
    p: float
    drifted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Where a model stands after a night.

    Args:
        standing: `calm`; `drifting` until the alarm is raised; `alarm` until it is cleared.
        streak: drifted nights in a row, this one included.
        calm: nights without drift in a row, this one included.
        since: first night of what is going on; None if nothing is.
        asked: last night that asked for a retrain; None if none ever did.
        asks: whether this night asks for one.
        because: why it does not although there is an alarm, in a sentence; "" else.
    """

    standing: Standing = "calm"
    streak: int = 0
    calm: int = 0
    since: str | None = None
    asked: str | None = None
    asks: bool = False
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(Record):
    """How far one night is from the data that the champion was trained on.

    Args:
        version: of the champion.
        sequence: the ledger entry that made it champion; another one begins a new course.
        rows: of tonight.
        enough: whether they are enough to say anything.
        distances: the worst first.
        left_out: what could not be compared, and why.
        calibration: None where tonight's outcomes are not known.
        course: where the model stands now.
        previous: address of the `Drift` that the course goes on from; None for the first.
        clipped: cells of each column beyond what the champion may see, see `Scoring`.
    """

    stage: ClassVar[str] = "drift"

    model: str
    night: str
    version: int
    sequence: int
    rows: int
    enough: bool
    distances: tuple[Distance, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    calibration: Calibration | None = None
    course: Course = Course()
    previous: str | None = None
    clipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def drifted(self) -> bool:
        """Whether this night has."""
        off = self.calibration is not None and self.calibration.drifted
        return self.enough and (off or any(one.drifted for one in self.distances))

    @property
    def blamed(self) -> tuple[Distance, ...]:
        """The columns that drifted, the worst first."""
        return tuple(one for one in self.distances if one.drifted)

    @property
    def alarm(self) -> str:
        """The name of the alarm that this night may ask a retrain by: one a night and champion."""
        return f"{self.night}-{self.sequence}"

    @property
    def reason(self) -> str:
        """Why a retrain, in one sentence."""
        named = [one.sentence for one in self.blamed[:3]]
        if len(self.blamed) > 3:
            named.append(f"{len(self.blamed) - 3} more")
        if self.calibration is not None and self.calibration.drifted:
            named.append(f"calibration off by {self.calibration.off:+.2f} standard deviations")
        return f"Drift in {', '.join(named)} since {self.course.since}, seen on {self.night}."

    def facts(self) -> tuple[str, ...]:
        """What drifted, where the model stands, and what follows."""
        if not self.enough:
            if self.distances or not self.left_out:
                return (f"{self.rows:,} rows are too few to tell drift.", *self._standing())
            said = "Nothing could be compared, so that nobody can tell drift."
            return (said, *self._blind(), *self._standing())
        if not self.drifted:
            said = f"None of {len(self.distances)} columns that were compared drifted."
            return (said, *self._blind(), *self._standing())
        named = ", ".join(one.sentence for one in self.blamed) or "no column"
        return (
            f"{len(self.blamed)} of {len(self.distances)} columns drifted: {named}.",
            *self._calibration(),
            *self._blind(),
            *self._standing(),
        )

    def _blind(self) -> tuple[str, ...]:
        """What nothing is said about, and what the champion did not see as it was."""
        if not self.left_out:
            return beyond(self.clipped)
        ranked = sorted(self.left_out.items())
        named = ", ".join(f"{name} ({why})" for name, why in ranked[:_NAMED])
        more = f" and {len(ranked) - _NAMED:,} more" if len(ranked) > _NAMED else ""
        return (f"Not compared: {named}{more}.", *beyond(self.clipped))

    def _calibration(self) -> tuple[str, ...]:
        if self.calibration is None or not self.calibration.drifted:
            return ()
        return (
            f"The mean prediction is {self.calibration.predicted:.4g}, the mean outcome "
            f"{self.calibration.observed:.4g}.",
        )

    def _standing(self) -> tuple[str, ...]:
        course = self.course
        if course.standing == "calm":
            return ()
        if course.asks:
            return (f"A retrain is asked for. {self.reason}",)
        if course.standing == "alarm":
            return (f"The alarm stands since {course.since}. {course.because}".rstrip(),)
        return (f"{course.streak} in a row; no alarm yet.",)
