"""What to train, on what, and how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from airlock.core.content import digest
from airlock.core.contract import ColumnType
from airlock.core.errors import SpecError
from airlock.core.problems import Misplaced
from airlock.core.spec import Spec
from airlock.hooks import registry

LEARNABLE: tuple[ColumnType, ...] = ("string", "integer", "number", "boolean")
"""What a model can learn from."""

Plain = str | int | float | bool
"""Hyperparameters are plain values, so that a checkpoint loads without unpickling anything."""

_AROUND = frozenset({"budget", "checkpoint_seconds", "checkpoint_steps", "strategy"})
"""What has no influence on the weights of a training that ends."""


class Budget(Spec):
    """What a training may take in all its attempts; beyond it nothing is published.

    Args:
        wall_minutes: time spent fitting.
        cost: in the currency of `[airlock] device_hour_price`.
    """

    wall_minutes: float | None = Field(default=None, gt=0)
    cost: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.wall_minutes is None and self.cost is None:
            raise ValueError("a budget has wall_minutes, cost, or both")
        return self

    def seconds(self, *, device_hour_price: float | None, devices: int) -> float:
        """How long a training may fit.

        Raises:
            SpecError: a cost without a price.
        """
        limits = [] if self.wall_minutes is None else [self.wall_minutes * 60]
        if self.cost is not None:
            if device_hour_price is None:
                raise SpecError(
                    "The training has a budget in money, and nothing says what a device costs.",
                    do="Set [airlock] device_hour_price, or give the budget in wall_minutes.",
                )
            limits.append(self.cost / (device_hour_price * devices) * 3600)
        return min(limits)


def _named_class(name: str) -> str:
    if re.fullmatch(r"[\w.]+:\w+", name):
        return name
    module, _, cls = name.replace(":", ".").rpartition(".")
    do = (
        f"Did you mean {module}:{cls}?"
        if re.fullmatch(r"[\w.]+\.\w+", name)
        else ("Write it as include.models.churn:ChurnClassifier.")
    )
    raise Misplaced([((), "must be package.module:Class", do)])


ClassName = Annotated[str, AfterValidator(_named_class)]
"""A class of the project, "include.models.churn:ChurnClassifier"."""


def _known_trainer(name: str) -> str:
    if name not in (known := registry.trainers()):
        raise ValueError(f"trainer must be one of {', '.join(known)}")
    return name


class TrainSpec(Spec):
    """One training.

    Args:
        model: the user's LightningModule, "include.models.churn:ChurnClassifier".
        data: a LightningDataModule of one's own that makes the batches,
            "include.models.churn:ChurnData"; on one device.
        target: the column to predict.
        entity: the column that names whom a row is about; rows of one entity share a fold.
        task: `classification` or `regression`.
        trainer: who fits it; `lightning`, or one that an extension adds.
        features: columns to learn from; by default every kept column except target and entity
            whose type is string, integer, number or boolean.
        hyperparameters: passed to the model's constructor by name.
        max_epochs: upper bound; early stopping may end sooner. By default what suits the model and
            the number of rows, as for the next two: docs/train.md.
        max_steps: of the optimizer, another upper bound.
        patience: epochs without a better validation loss before training stops.
        batch_size: rows of a batch, of all devices together.
        accumulate: batches per optimizer step.
        gradient_clip: largest norm of the gradient.
        seed: of initialisation and shuffling.
        precision: `bf16` computes in bfloat16 where that is safe; weights stay float32.
        accelerator: `auto` takes a GPU where there is one.
        devices: GPUs, or cores, of one machine that share every batch; a process each.
        strategy: how several devices train: `ddp`, each holds all weights and they add up their
            gradients. `auto` is the same, and takes one device as well.
        checkpoint_seconds: at most so much is lost to a kill.
        checkpoint_steps: a checkpoint every so many batches as well.
        budget: what all attempts together may take.
    """

    model: ClassName
    data: ClassName | None = None
    target: str
    entity: str
    task: Literal["classification", "regression"] = "classification"
    trainer: Annotated[str, AfterValidator(_known_trainer)] = "lightning"
    features: tuple[str, ...] | None = None
    hyperparameters: Mapping[str, Plain] = Field(default_factory=dict)
    max_epochs: int | None = Field(default=None, ge=1)
    max_steps: int | None = Field(default=None, ge=1)
    patience: int | None = Field(default=None, ge=1)
    batch_size: int | None = Field(default=None, ge=1)
    accumulate: int = Field(default=1, ge=1)
    gradient_clip: float | None = Field(default=None, gt=0)
    seed: int = Field(default=0, ge=0, lt=2**32)
    precision: Literal["32", "bf16"] = "32"
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    devices: int = Field(default=1, ge=1)
    strategy: Literal["auto", "ddp"] = "auto"
    checkpoint_seconds: float = Field(default=60, gt=0)
    checkpoint_steps: int | None = Field(default=None, ge=1)
    budget: Budget | None = None

    @model_validator(mode="after")
    def _fits_devices(self) -> Self:
        if self.strategy == "ddp" and self.devices == 1:
            raise ValueError(
                "strategy='ddp' is for several devices: set devices=2 or more, or leave it out"
            )
        if self.trainer != "lightning" and self.devices > 1:
            raise ValueError("several devices are Lightning's: leave out devices, or trainer")
        if self.batch_size is not None and self.batch_size % self.devices:
            raise ValueError(
                f"batch_size is {self.batch_size} rows of all {self.devices} devices together: "
                "make it a multiple of devices, or rows of every batch would be left out"
            )
        return self

    @property
    def digest(self) -> str:
        """The name of what decides the weights."""
        return digest(self.decisive())

    def decisive(self) -> dict[str, Any]:
        """What decides the weights, JSON-ready.

        Without the budget: a training that ends is the same with a larger one, and goes on from the
        checkpoint of the smaller.
        """
        said = {name: value for name, value in self.to_json().items() if name not in _AROUND}
        # Trainings from before there were such things keep their names.
        later = {"data": None, "trainer": "lightning"}
        return {k: v for k, v in said.items() if k not in later or v != later[k]}

    def with_max_epochs(self, max_epochs: str | int) -> TrainSpec:
        """The same training with another bound, as a person may ask for in the trigger form.

        Raises:
            SpecError: not a whole number from 1 on.
        """
        try:
            return TrainSpec.model_validate({**self.model_dump(), "max_epochs": max_epochs})
        except ValidationError:
            raise SpecError(
                "The parameter max_epochs is not a whole number from 1 on.",
                do="Leave it empty for the usual number of epochs.",
            ) from None


class SizedSpec(TrainSpec):
    """A training whose batches and epochs are known, because its rows are: see `sized`."""

    max_epochs: int = Field(ge=1)
    patience: int = Field(ge=1)
    batch_size: int = Field(ge=1)
