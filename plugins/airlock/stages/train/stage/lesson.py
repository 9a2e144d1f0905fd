"""The training data of a model: two folds as tensors, and their description."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd
import torch

from airlock.bundle.preprocessing import (
    UNKNOWN,
    FeatureType,
    Preprocessing,
    Target,
    learn,
    learn_target,
)
from airlock.core.contract import ColumnType
from airlock.core.errors import DataError
from airlock.models.shape import Shape
from airlock.stages.redact.record import Redaction
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage import folds
from airlock.stages.train.stage.feed import IN_MEMORY, Tensors, tensors
from airlock.stages.train.stage.run_context import Folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Everything that a training learns from.

    Args:
        types: contract type of every feature.
        split: id of the split whose holdout is not in here.
        preprocessing: learnt from the train fold.
        target: what is to be predicted.
        train: rows to learn from.
        validation: rows to watch.
        clipped: cells of each column, of both folds, beyond the range that was learnt.
        unused, constant, rare: as the record has them.
    """

    types: dict[str, ColumnType]
    split: str
    preprocessing: Preprocessing
    target: Target
    train: Tensors
    validation: Tensors
    clipped: dict[str, int] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()
    rare: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def shape(self) -> Shape:
        """What a model is built for."""
        learnt = self.preprocessing
        return Shape(learnt.width, learnt.sizes, self.target.outputs, learnt.buckets)


def read_lesson(redaction: Redaction, spec: TrainSpec, folders: Folders) -> Lesson:
    """Read the train and the validation fold; the holdout stays where it is.

    Raises:
        DataError: the rows cannot be learnt from.
        SpecError: features or target do not fit the table.
        Unverified: the table was not split into folds.
    """
    split = folds.checked_split(redaction, spec)
    types = dict(folds.features(redaction, spec))
    folds.check_target(redaction, folders.table, spec.target)
    rows = folds.read(redaction, folders.table, [*types, spec.target], redaction.entity)
    rows = replace(rows, train=rows.train.sampled(spec.sample, seed=spec.seed))
    target = _target(redaction, spec, rows)
    preprocessing = learn(rows.train, _kinds(redaction, types), target)  # type: ignore[arg-type]  # asks for columns

    clipped: Counter[str] = Counter()
    unknown: Counter[str] = Counter()

    def converted(frame: pd.DataFrame) -> Tensors:
        clipped.update(preprocessing.clipped(frame))
        found = _tensors(frame, preprocessing, spec)
        for column, indices in zip(preprocessing.categorical, found.inputs[1].T, strict=True):
            unknown[column.name] += int((indices == UNKNOWN).sum())
        return found

    # Several processes map the same files.
    in_memory = IN_MEMORY if spec.devices == 1 else -1
    train, validation = (
        tensors(fold, converted, folder=folders.scratch, in_memory=in_memory)
        for fold in (rows.train, rows.validation)
    )
    return Lesson(
        types=types,
        split=split,
        preprocessing=preprocessing,
        target=target,
        train=train,
        validation=validation,
        clipped=dict(clipped),
        unused=folds.unused(redaction, spec, types),
        constant=folds.constant(redaction, folders.table, types),
        rare={
            column.name: (len(column.values), unknown[column.name])
            for column in preprocessing.categorical
            if unknown[column.name]
        },
    )


def _target(redaction: Redaction, spec: TrainSpec, rows: folds.Folds) -> Target:
    kind = dict(redaction.schema)[spec.target]
    # The labels of both folds: a class that training lacks may still be validated on.
    column = pd.concat([rows.train[spec.target], rows.validation[spec.target]])
    if spec.task == "regression":
        column = rows.train[spec.target]
        if kind not in {"integer", "number"}:
            raise DataError(
                f"The target {spec.target} is a {kind}, no number.",
                do="Set task='classification' in the TrainSpec, or choose another target.",
            )
    return learn_target(
        spec.target,
        kind,  # type: ignore[arg-type]  # a record holds plain text; learn_target checks it
        column,
        classify=spec.task == "classification",
    )


def _tensors(fold: pd.DataFrame, preprocessing: Preprocessing, spec: TrainSpec) -> Tensors:
    target = preprocessing.target.encode(fold[spec.target])
    return Tensors(tuple(torch.from_numpy(one) for one in (*preprocessing.apply(fold), target)))


def _kinds(
    redaction: Redaction, types: Mapping[str, ColumnType]
) -> tuple[tuple[str, FeatureType], ...]:
    """How each feature is learnt from: what was scanned is free text."""
    scanned = {column.name for column in redaction.columns if column.action == "scan"}
    return tuple((name, "text" if name in scanned else kind) for name, kind in types.items())
