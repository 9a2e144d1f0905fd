"""What to train, on what, and how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from airlock.core.content import digest
from airlock.core.contract import ColumnType
from airlock.core.entity import Entity
from airlock.core.errors import SpecError
from airlock.core.names import is_output
from airlock.core.problems import Misplaced, Where
from airlock.core.search import Plain, SearchSpec
from airlock.core.spec import Spec, WrongArguments
from airlock.core.spelling import advice
from airlock.core.time_split import TimeSplit
from airlock.hooks import registry
from airlock.hooks.kinds import NETWORK
from airlock.stages.train.budget import Budget
from airlock.stages.train.class_names import ClassName
from airlock.stages.train.parameters import ELSEWHERE
from airlock.stages.train.space import unfit_space
from airlock.stages.train.threshold import ThresholdSpec

LEARNABLE: tuple[ColumnType, ...] = (
    *("string", "integer", "number", "boolean"),
    *("date", "timestamp"),
)
"""What a model can learn from."""

_DAYS = frozenset({"date", "timestamp"})


def by_default(name: str, kind: str) -> bool:
    """Whether a kept column is learnt from where nobody named the features.

    A day that is called as a column of Airlock's own, such as `night`, is not: tables are joined by
    it, and before days were learnt from that was fine.
    """
    return kind in LEARNABLE and not (kind in _DAYS and is_output(name))


Weight = Annotated[float, Field(gt=0, le=1e6)]

_AROUND = frozenset({"budget", "checkpoint_seconds", "checkpoint_steps", "strategy", "search"})
"""What has no influence on the weights of a training that ends."""

_SEARCHED = frozenset(
    {"max_epochs", "max_steps", "patience", "batch_size", "accumulate", "gradient_clip"}
)
"""What a search may vary besides hyperparameters."""


def _known_trainer(name: str) -> str:
    if name not in (known := registry.trainers()):
        raise ValueError(f"trainer must be one of {', '.join(known)}")
    return name


def _known_kind(name: str) -> str:
    if name not in (known := registry.model_kinds()):
        raise Misplaced([((), f"there is no kind {name}", advice(name, known, what="known"))])
    return name


class TrainSpec(Spec):
    """One training.

    Args:
        kind: of model: `network`, `lightgbm`, `linear`, or one of an extension. docs/models.md
            says which field suits which.
        model: of a network: the user's LightningModule, "include.models.churn:ChurnClassifier".
        data: a LightningDataModule of one's own that makes the batches,
            "include.models.churn:ChurnData"; on one device.
        target: the column to predict.
        entity: the column, or the columns together, that name whom a row is about; rows of one
            entity share a fold. `row` where no column does: docs/train.md says what that costs.
        split: a holdout of what came last, `TimeSplit(column="day", holdout=14)`; by default a
            fifth of the entities, drawn for the model's life.
        task: `classification` or `regression`.
        trainer: who fits it; `lightning`, or one that an extension adds.
        features: columns to learn from; by default every kept column except target and entity. Of
            days and times their year, month, weekday and hour.
        hyperparameters: passed to the model's constructor by name; of another kind than `network`
            its own, which are checked here.
        class_weight: what a row of a class counts, by its label; `balanced` lets all classes count
            the same.
        calibration: `isotonic`, `platt` or `temperature`; how probabilities are bent, by the
            validation fold, into shares that happen.
        threshold: of two classes: how the probability is chosen from which on a row is decided as
            the positive one, the last of them.
        monotone: features along which a score may only rise (1) or only fall (-1).
        max_epochs: upper bound, of a boosting in rounds; early stopping may end sooner. By default
            what suits the model and the number of rows, as for the next two: docs/train.md.
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
        sample: share of the train fold's rows that is learnt from; a search begins with few.
        search: for hyperparameters, before the training: docs/search.md.
    """

    kind: Annotated[str, AfterValidator(_known_kind)] = NETWORK
    model: ClassName | None = None
    data: ClassName | None = None
    target: str
    entity: Entity
    split: TimeSplit | None = None
    task: Literal["classification", "regression"] = "classification"
    trainer: Annotated[str, AfterValidator(_known_trainer)] = "lightning"
    features: tuple[str, ...] | None = None
    hyperparameters: Mapping[str, Plain] = Field(default_factory=dict)
    class_weight: Literal["balanced"] | Mapping[str, Weight] | None = None
    calibration: Literal["isotonic", "platt", "temperature"] | None = None
    threshold: ThresholdSpec | None = None
    monotone: Mapping[str, Literal[-1, 1]] = Field(default_factory=dict)
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
    sample: float = Field(default=1.0, gt=0, le=1)
    search: SearchSpec | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if wrong := [*self._unfit_fields(), *self._unfit_parameters()]:
            raise Misplaced(wrong)
        return self

    def _unfit_fields(self) -> Iterator[tuple[Where, str, str]]:
        if self.kind == NETWORK and self.model is None:
            yield ("model",), "is missing", 'Write model="package.module:Class", or another kind.'
        for name in sorted(self._foreign() & self.model_fields_set):
            if getattr(self, name) != type(self).model_fields[name].get_default(
                call_default_factory=True
            ):
                yield (name,), f"kind={self.kind!r} takes no {name}", "Leave it out."
        for name in ("class_weight", "calibration", "threshold"):
            if getattr(self, name) is not None and self.task != "classification":
                yield (name,), "a regression has no classes", f"Leave out {name}."

    def _foreign(self) -> frozenset[str]:
        """The fields that only other kinds take."""
        kinds = registry.model_kinds()
        return (
            frozenset[str]().union(*(one.takes for one in kinds.values())) - kinds[self.kind].takes
        )

    def _unfit_parameters(self) -> Iterator[tuple[Where, str, str]]:
        """What is wrong with the hyperparameters of a kind that says which it takes."""
        named = registry.model_kinds()[self.kind].parameters
        if named is None:
            return
        known = registry.load(named)
        try:
            known(**self.hyperparameters)
        except WrongArguments as error:
            for one in error.found:
                what, do = one.what, one.do
                name = str(one.at[0]) if one.at else ""
                if name not in known.model_fields:
                    what = f"kind={self.kind!r} takes no hyperparameter {name}"
                    do = ELSEWHERE.get(name) or advice(name, known.model_fields, what="it takes")
                yield ("hyperparameters", *one.at), what, do

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

    @model_validator(mode="after")
    def _may_vary(self) -> Self:
        if self.search is not None and (wrong := list(unfit_space(self, self.search))):
            raise Misplaced(wrong)
        return self

    def with_settings(self, settings: Mapping[str, Plain], *, sample: float = 1.0) -> TrainSpec:
        """One trial of its search: the same training with other values, without the search.

        Args:
            settings: by name, hyperparameters or numbers of this spec.
            sample: share of the train fold's rows.

        Raises:
            WrongArguments: it takes no such thing, or not this value.
        """
        own = {name: value for name, value in settings.items() if name in _SEARCHED}
        others = {name: value for name, value in settings.items() if name not in own}
        said = {name: getattr(self, name) for name in self.model_fields_set} | own
        said["hyperparameters"] = {**self.hyperparameters, **others}
        return TrainSpec(**{**said, "search": None, "sample": sample * self.sample})

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
        later: dict[str, Any] = {
            "data": None,
            "trainer": "lightning",
            "split": None,
            "kind": NETWORK,
            "class_weight": None,
            "calibration": None,
            "threshold": None,
            "monotone": {},
            "sample": 1.0,
        }
        foreign = self._foreign() if self.kind != NETWORK else frozenset()
        return {
            k: v for k, v in said.items() if (k not in later or v != later[k]) and k not in foreign
        }

    def with_max_epochs(self, max_epochs: str | int) -> TrainSpec:
        """The same training with another bound, as a person may ask for in the trigger form.

        Raises:
            SpecError: not a whole number from 1 on.
        """
        if "max_epochs" in self._foreign():
            raise SpecError(
                f"The parameter max_epochs says nothing to kind={self.kind!r}, which has none.",
                do="Leave it empty.",
            )
        try:
            return TrainSpec.model_validate({**self.model_dump(), "max_epochs": max_epochs})
        except ValidationError:
            raise SpecError(
                "The parameter max_epochs is not a whole number from 1 on.",
                do="Leave it empty for the usual number of epochs.",
            ) from None

    @property
    def model_name(self) -> str:
        """What people and records call the model: its class, or its kind."""
        return self.model or self.kind


class SizedSpec(TrainSpec):
    """A training whose batches and epochs are known, because its rows are: see `sized`."""

    max_epochs: int = Field(ge=1)
    patience: int = Field(ge=1)
    batch_size: int = Field(ge=1)
