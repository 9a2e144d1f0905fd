"""A search for hyperparameters: what is tried, how often, and on how many rows.

All of it is known when the DAG is parsed: how many tasks a search becomes follows from `trials`
alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, FiniteFloat, StrictBool, StrictInt, model_validator

from airlock.core.content import digest
from airlock.core.spec import Spec

Plain = str | int | float | bool
"""Hyperparameters are plain values, so that a checkpoint loads without unpickling anything."""

# So many settings are proposed at once. It never changes: then the first forty of sixty trials are
# those of a search of forty, and nothing is trained again when somebody asks for more.
WAVE = 10

# Of three, one goes on, with three times as many rows (Jamieson and Talwalkar, 2016).
KEEPS = 3

# With fewer rows a setting's rank says little about its rank on all of them.
LEAST_ROWS = 2_000

_UNITS: Mapping[str, float] = {"second": 1, "minute": 60, "hour": 3_600}


def _duration(said: str) -> str:
    found = re.fullmatch(r"(\d+(?:\.\d+)?) (second|minute|hour)s?", said)
    if found is None or float(found[1]) <= 0:
        raise ValueError('write a budget as "20 minutes", "90 seconds" or "2 hours"')
    return said


class Values(Spec):
    """What one name may be: the numbers of a range, or one of some values.

    Args:
        low, high: the ends of a range, both included; whole numbers both, or else any between
            them is tried.
        log: whether as many are tried from 0.01 to 0.1 as from 0.1 to 1; both are then above 0.
        values: some, in an order of no meaning, instead of a range.
    """

    low: StrictInt | FiniteFloat | None = None
    high: StrictInt | FiniteFloat | None = None
    log: bool = False
    values: tuple[StrictBool | StrictInt | FiniteFloat | str, ...] | None = Field(
        default=None, min_length=2, max_length=50
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.values is not None:
            if self.low is not None or self.high is not None or self.log:
                raise ValueError("write low and high, or values, and not both")
            if len({repr(one) for one in self.values}) < len(self.values):
                raise ValueError("a value stands there twice")
        elif self.low is None or self.high is None:
            raise ValueError("write low and high, or values")
        elif not self.low < self.high:
            raise ValueError("low must be below high")
        elif self.log and self.low <= 0:
            raise ValueError("with log, low must be above 0")
        return self

    @property
    def range(self) -> tuple[float, float]:
        """The ends, in the unit in which places are even; of values their first and last place."""
        if self.values is not None:
            return 0.0, float(len(self.values))
        assert self.low is not None and self.high is not None
        if self.log:
            return math.log(self.low), math.log(self.high)
        return float(self.low), float(self.high)

    @property
    def whole(self) -> bool:
        """Whether only whole numbers of a range are tried."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def ends(self) -> tuple[Plain, ...]:
        """What must be allowed for all of it to be."""
        if self.values is not None:
            return self.values
        assert self.low is not None and self.high is not None
        return self.low, self.high

    def at(self, share: float) -> Plain:
        """The value at a place from 0 to 1, the end excluded."""
        low, high = self.range
        if self.values is not None:
            return self.values[min(int(share * high), len(self.values) - 1)]
        assert self.low is not None and self.high is not None
        if self.whole:
            # Each number has as much room as the next one.
            high = math.log(self.high + 1) if self.log else high + 1
        value = low + share * (high - low)
        value = math.exp(value) if self.log else value
        if self.whole:
            return min(max(int(value), int(self.low)), int(self.high))
        # Six digits: libraries of mathematics differ in the last of sixteen, and keys may not.
        return min(max(float(f"{value:.6g}"), float(self.low)), float(self.high))

    def share(self, value: Plain) -> float:
        """Where a value lies, from 0 to 1; what is beyond lies at an end."""
        low, high = self.range
        if self.values is not None:
            at = next((n for n, one in enumerate(self.values) if repr(one) == repr(value)), 0)
            return at / (len(self.values) - 1)
        one = math.log(max(float(value), 1e-300)) if self.log else float(value)
        return min(max((one - low) / (high - low), 0.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung of a search: as many trainings side by side, on a share of the rows.

    Args:
        level: from 0; the rungs of a level train on the same share.
        new: whether settings are proposed; the best of the level before go on if not.
        trials: at most.
        first: the number of the first setting that is proposed.
        sample: share of the rows of the train fold.
    """

    level: int
    new: bool
    trials: int
    first: int
    sample: float


class SearchSpec(Spec):
    """What is searched, and how much of it is tried. docs/search.md tells how.

    Args:
        trials: how many settings are tried; the first of them is the TrainSpec as it stands.
        budget: "20 minutes", what all of their fitting may take together. It is looked at between
            rungs: what has begun ends.
        space: what may vary, by name: a hyperparameter, or a number of the TrainSpec such as
            `batch_size`, with `{"low": 0.01, "high": 0.3, "log": True}` or `{"values": [15, 31]}`.
        metric: of the validation fold, by which they are compared; by default the most telling.
        sampler: `quasi_random` spreads the trials evenly; `tpe` lets Optuna propose from what came
            out before (the extra `search`).
        seed: of what is proposed.
    """

    trials: int = Field(ge=2, le=200)
    budget: Annotated[str, AfterValidator(_duration)] | None = None
    space: Mapping[str, Values] = Field(min_length=1, max_length=30)
    metric: str | None = None
    sampler: Literal["quasi_random", "tpe"] = "quasi_random"
    seed: int = Field(default=0, ge=0, lt=2**32)

    @property
    def seconds(self) -> float:
        """What the fitting of all trials may take together."""
        if self.budget is None:
            return math.inf
        number, unit = self.budget.split(" ")
        return float(number) * _UNITS[unit.removesuffix("s")]

    @property
    def levels(self) -> int:
        """How often the best go on, and once."""
        return 1 if self.trials < KEEPS else 2 if self.trials < KEEPS**2 else 3

    def steps(self) -> tuple[Step, ...]:
        """All rungs, in the order in which they run."""
        last = self.levels - 1
        waves = [
            Step(
                level=0,
                new=True,
                trials=min(WAVE, self.trials - first),
                first=first,
                sample=1 / KEEPS**last,
            )
            for first in range(0, self.trials, WAVE)
        ]
        finals = [
            # The TrainSpec as it stands always goes on: nobody is served worse than without.
            Step(
                level=level,
                new=False,
                trials=min(math.ceil(self.trials / KEEPS**level) + 1, self.trials),
                first=0,
                sample=1 / KEEPS ** (last - level),
            )
            for level in range(1, self.levels)
        ]
        return (*waves, *finals)

    def family(self, *, model: str, train: str, data: str) -> str:
        """What all trials of one search have in common; MLflow shows them below one run.

        Args:
            train: digest of the TrainSpec.
            data: content digest of the redacted table.
        """
        return digest(["search", model, self.digest, train, data])

    def kept(self, trials: int, level: int) -> int:
        """How many of so many settings reach a level, without the TrainSpec as it stands."""
        return max(1, math.ceil(trials / int(KEEPS**level)))
