"""What every kind of model does in a training: learns, tells how it goes, and is sealed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from airlock.bundle.computing import Floats, ModelCompute
from airlock.bundle.preprocessing import Preprocessing
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.lesson import Lesson
from airlock.stages.train.stage.run_context import RunContext

History = list[Mapping[str, float]]
OnEpoch = Callable[[int, Mapping[str, float]], None]
OnSteps = Callable[[list[tuple[int, float]]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """How a training went.

    Args:
        history: the figures of every epoch.
        best: the number of the best one, from 1.
        seconds: that all attempts spent fitting.
    """

    history: History
    best: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Who is told how a training goes.

    Args:
        epoch: the number (from 1) and the figures of an epoch.
        steps: the training losses of some steps.
        series: the name of a figure, and its values at some epochs; for many short ones.
    """

    epoch: OnEpoch
    steps: OnSteps
    series: Callable[[str, Sequence[tuple[int, float]]], None]


class Learner(Protocol):
    """One training of one kind; made of the TrainSpec, before any row is read.

    `check`, `prepare`, `fit`, then `outputs` and `seal` are called, in this order.
    """

    def __init__(self, spec: TrainSpec) -> None: ...

    def check(self) -> None:
        """Refuse what this machine cannot do, and a model that is none.

        Raises:
            ModelError: before any row is read.
        """

    def prepare(self, lesson: Lesson) -> TrainSpec:
        """Look at the rows; the spec with all numbers that follow from them.

        Raises:
            ModelError: what would fail after hours of fitting.
            SpecError: the spec names columns or classes that are not there.
        """

    def fit(
        self, lesson: Lesson, *, telling: Telling, scratch: Path, context: RunContext
    ) -> Fitted:
        """Fit, and go on from a checkpoint if there is one.

        Raises:
            Preempted: it was asked to stop; the checkpoint is kept.
            BudgetSpent: it took what it may take; the checkpoint is kept.
            ModelError: there is no finite loss.
        """

    def outputs(self, fold: Tensors) -> Floats:
        """What the fitted model says of a fold, as `ModelCompute.outputs` does."""

    def seal(self, bundle: Path, lesson: Lesson) -> ModelCompute:
        """Write the kind's artefacts, read them again, and prove that they say the same.

        Raises:
            ModelError: they do not.
        """

    def described(self, preprocessing: Preprocessing) -> Mapping[str, object]:
        """What model.json says of this kind alone."""
