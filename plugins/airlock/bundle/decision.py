"""decision.json: what is made of a classifier's probabilities, frozen with the model.

Calibration makes of them shares that happen: `temperature` divides all logits by one number (Guo
and others, 2017), `platt` bends each class's by a slope and a shift (Platt, 1999), `isotonic` by a
line that only rises (Zadrozny and Elkan, 2002); with several classes, shares are scaled to sum to 1
again. The threshold says from which probability of the positive class, the last of two, a row is
decided as such. Both were chosen on the validation fold.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat, ValidationError, model_validator

from airlock.bundle.computing import Floats, read_artefact, refused
from airlock.bundle.manifest import write_json
from airlock.core.spec import Spec
from airlock.reading import Malformed, read_json

FILE = "decision.json"

_MOST_BYTES = 16 << 20
_MOST_KNOTS = 1000
_TINY = 1e-12

Method = Literal["isotonic", "platt", "temperature"]


class Curve(Spec):
    """Knots of a function that only rises, from probability to probability."""

    x: tuple[FiniteFloat, ...] = Field(min_length=1, max_length=_MOST_KNOTS)
    y: tuple[FiniteFloat, ...] = Field(min_length=1, max_length=_MOST_KNOTS)

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if len(self.x) != len(self.y):
            raise ValueError("a knot has two numbers")
        if any(low >= high for low, high in pairwise(self.x)):
            raise ValueError("the knots must rise")
        if any(low > high for low, high in pairwise(self.y)):
            raise ValueError("the function must not fall")
        if not all(0 <= one <= 1 for one in (*self.x, *self.y)):
            raise ValueError("probabilities lie within 0 and 1")
        return self


class ProbabilityMap(Spec):
    """How probabilities are bent.

    Args:
        temperature: of `temperature`.
        slopes: of `platt`, a class each; of two classes one, the positive's.
        shifts: likewise.
        curves: of `isotonic`, likewise.
    """

    method: Method
    temperature: FiniteFloat | None = Field(default=None, gt=0)
    slopes: tuple[FiniteFloat, ...] = Field(default=(), max_length=10_000)
    shifts: tuple[FiniteFloat, ...] = Field(default=(), max_length=10_000)
    curves: tuple[Curve, ...] = Field(default=(), max_length=10_000)

    def apply(self, probabilities: Floats) -> Floats:
        """Calibrated ones, `[rows, classes]`; rows sum to 1, and NaN stays."""
        logs = np.log(np.clip(probabilities, _TINY, 1))
        if self.method == "temperature":
            assert self.temperature is not None  # as `fits` has found
            scaled = logs / self.temperature
            powers: Floats = np.exp(scaled - scaled.max(axis=1, keepdims=True))
            powers /= powers.sum(axis=1, keepdims=True)
            return powers
        bent = self._bent(probabilities)
        if probabilities.shape[1] == 2:
            return np.stack([1 - bent[:, 0], bent[:, 0]], axis=1)
        sums = bent.sum(axis=1, keepdims=True)
        # Where no class is likely by itself, the model's own word stands.
        found: Floats = np.divide(bent, sums, out=probabilities.copy(), where=sums > _TINY)
        return found

    def _bent(self, probabilities: Floats) -> Floats:
        """Each class against the rest; of two classes the positive one alone."""
        some = probabilities[:, 1:] if probabilities.shape[1] == 2 else probabilities
        if self.method == "isotonic":
            columns = [np.interp(some[:, at], one.x, one.y) for at, one in enumerate(self.curves)]
            return np.stack(columns, axis=1)
        known = np.clip(some, _TINY, 1 - _TINY)
        logits = np.log(known) - np.log1p(-known)
        bent: Floats = 1 / (1 + np.exp(-(logits * self.slopes + self.shifts)))
        return bent

    def fits(self, classes: int) -> bool:
        """Whether it has what it needs for so many classes."""
        count = 1 if classes == 2 else classes
        if self.method == "temperature":
            return self.temperature is not None
        if self.method == "platt":
            return len(self.slopes) == len(self.shifts) == count
        return len(self.curves) == count


class Threshold(Spec):
    """From where on a row is decided as the positive class.

    Args:
        value: the probability.
        reason: what it was chosen by, for people.
    """

    value: FiniteFloat = Field(ge=0, le=1)
    reason: str = Field(max_length=500)


class DecisionRule(Spec):
    """What is made of probabilities."""

    calibration: ProbabilityMap | None = None
    threshold: Threshold | None = None

    def positive(self, probabilities: Floats) -> NDArray[np.bool_]:
        """Which rows are decided as the positive class; a row without a score is not."""
        assert self.threshold is not None  # asked by the caller
        chosen: NDArray[np.bool_] = probabilities[:, 1] >= self.threshold.value
        return chosen


NOTHING = DecisionRule()


def write(bundle: Path, decision: DecisionRule) -> None:
    """Write the file, if there is something to say."""
    if decision != NOTHING:
        write_json(bundle / FILE, decision.to_json())


def load(bundle: Path, classes: int) -> DecisionRule:
    """What a bundle says; nothing if it has no such file.

    Raises:
        Unverified: it does not fit the model's classes, or does not read.
    """
    if not (bundle / FILE).exists():
        return NOTHING
    try:
        found: Any = read_json(read_artefact(bundle / FILE, most=_MOST_BYTES), size=_MOST_BYTES)
        decision = DecisionRule.model_validate(found)
    except (Malformed, ValidationError):
        raise refused(FILE, "it does not read as one") from None
    fits = decision.calibration is None or decision.calibration.fits(classes)
    if not classes or not fits or (decision.threshold is not None and classes != 2):
        raise refused(FILE, "it is of another number of classes")
    return decision
