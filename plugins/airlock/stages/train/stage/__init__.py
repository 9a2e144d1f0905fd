"""Train: read two folds, fit, and make the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from airlock.bundle import graph
from airlock.bundle.manifest import write_json
from airlock.bundle.preprocessing import (
    FeatureType,
    Preprocessing,
    Target,
    learn,
    learn_target,
)
from airlock.core import metrics
from airlock.core.contract import ColumnType
from airlock.core.errors import DataError
from airlock.engine.record import Origin
from airlock.hooks import registry
from airlock.hooks.metrics import measure
from airlock.models.shape import Shape
from airlock.registry import MlflowSettings
from airlock.registry import run as mlflow_run
from airlock.reports.charts import Chart, Grid
from airlock.stages.redact.record import Redaction
from airlock.stages.train.identity import code_digest, environment_digest, libraries
from airlock.stages.train.record import RAN, Training
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage import folds
from airlock.stages.train.stage.data import data_class
from airlock.stages.train.stage.device import checked, hardware
from airlock.stages.train.stage.distributed.launcher import launch
from airlock.stages.train.stage.export import make_bundle
from airlock.stages.train.stage.feed import IN_MEMORY, Tensors, tensors
from airlock.stages.train.stage.fit import seed
from airlock.stages.train.stage.module import built, module_class
from airlock.stages.train.stage.plots import classified, learning, regressed, write_charts
from airlock.stages.train.stage.run_context import RunContext

_AT_ONCE = 65_536  # rows; bounds the memory that activations take


def train(
    redaction: Redaction,
    spec: TrainSpec,
    *,
    table: Path,
    model: str,
    key: str,
    origin: Origin,
    root: Path,
    mlflow: MlflowSettings,
    scratch: Path,
    out: Path,
    report: Path,
    data: str = "",
    context: RunContext = RunContext(),  # noqa: B008  frozen
    price: float | None = None,
) -> Training:
    """Fit the user's module and write its bundle.

    Args:
        redaction: the record of the table.
        spec: what to train, overrides applied.
        table: local, verified folder of the redacted parts.
        model: registered name; also the MLflow experiment.
        key: the stage key, by which a second attempt resumes the MLflow run.
        origin: who trains; only tags of the run.
        root: the project root, for the source of the user's module.
        mlflow: where the run is logged.
        scratch: for whatever Lightning may want to write.
        out: empty folder for the bundle.
        report: empty folder for the figures and charts of the training, and what it ran on.
        data: content digest of the redacted table.
        context: where it goes on from and is kept, who may stop it.
        price: of an hour of one device; None if nobody said.

    Raises:
        ModelError: the module is unusable; wrong hyperparameters are found before any row is read.
        DataError: the rows are.
        SpecError: features or target do not fit the table.
        Unverified: the table was not split into folds.
        RegistryUnavailable: MLflow does not answer.
        Preempted: it was asked to stop; the next attempt goes on.
        BudgetSpent: it took what it may take.
    """
    checked(spec)
    module_type = module_class(spec.model, spec.hyperparameters)
    data_type = None if spec.data is None else data_class(spec.data)
    split = folds.checked_split(redaction, spec)
    types = dict(folds.features(redaction, spec))
    folds.check_target(redaction, table, spec.target)
    rows = folds.read(redaction, table, [*types, spec.target], spec.entity)
    target = _target(redaction, spec, rows)
    preprocessing = learn(rows.train, _kinds(redaction, types), target)  # type: ignore[arg-type]  # asks for columns

    def converted(frame: pd.DataFrame) -> Tensors:
        return _tensors(frame, preprocessing, spec)

    # Several processes map the same files.
    in_memory = IN_MEMORY if spec.devices == 1 else -1
    taught, validation = (
        tensors(fold, converted, folder=scratch, in_memory=in_memory)
        for fold in (rows.train, rows.validation)
    )
    seed(spec.seed)
    shape = Shape(preprocessing.width, preprocessing.sizes, target.outputs, preprocessing.buckets)
    module = built(module_type, shape, spec.hyperparameters)
    # Now, and not after hours: whoever wrote forward() learns at once what no bundle may hold.
    graph.check_exportable(module, [one[:2] for one in validation.inputs])

    with mlflow_run(mlflow, model=model, key=key, tags=_tags(origin, redaction)) as run:
        run.log_params(_params(spec, redaction))
        for fold, read in (("train", taught), ("validation", validation)):
            run.log_dataset(
                f"{model}, redacted, {fold} fold",
                data,
                columns=(*types.items(), (spec.target, dict(redaction.schema)[spec.target])),
                rows=len(read),
                context=fold,
            )
        alone = registry.load(registry.trainers()[spec.trainer].fit)
        several = partial(launch, shape=shape)
        fitted = (partial(alone, data=data_type) if spec.devices == 1 else several)(
            module,
            taught,
            validation,
            spec,
            on_epoch=lambda epoch, figures: run.log_metrics(figures, step=epoch),
            on_steps=lambda points: run.log_steps("train_loss_step", points),
            scratch=scratch,
            context=context,
        )
        make_bundle(
            out, module, preprocessing, spec, types=types, split=split, validation=validation.inputs
        )
        validated, charts = _validated(module, validation, target)
        run.log_metrics(validated, step=fitted.best)
        run.log_cost(fitted.seconds, devices=spec.devices, price=price)
        write_json(report / "epochs.json", fitted.history)
        ran = {"hardware": hardware(), "precision": spec.precision, "seconds": fitted.seconds}
        write_json(report / RAN, ran)
        write_charts(learning(fitted.history) | charts, report)
        run.log_folder(report, "report")
        run_id = run.id
    return Training(
        spec=spec.digest,
        code=code_digest(spec.model, root=root, data=spec.data),
        model_class=spec.model,
        night=redaction.night,
        task=spec.task,
        target=spec.target,
        entity=spec.entity,
        classes=target.classes,
        features=preprocessing.features,
        split=split,
        seed=spec.seed,
        rows={"train": len(taught), "validation": len(validation)},
        epochs=len(fitted.history),
        metrics={**fitted.history[fitted.best - 1], **validated},
        mlflow_run=run_id,
        data=data,
        environment=environment_digest(),
        libraries=libraries(),
        precision=spec.precision,
        training=spec.decisive(),
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


def _validated(
    module: torch.nn.Module, fold: Tensors, target: Target
) -> tuple[Mapping[str, float], dict[str, Chart | Grid]]:
    """Metrics and charts of the validation fold, for people; the gate judges by the holdout."""
    with torch.inference_mode():
        some = [
            module(*(column[at : at + _AT_ONCE] for column in fold.inputs))
            for at in range(0, len(fold), _AT_ONCE)
        ]
        outputs = torch.cat(some).double()
    once = metrics.plain(len(fold))
    if target.classes:
        probabilities = outputs.softmax(dim=1).numpy()
        found = measure("classification", fold.target.numpy(), probabilities, once)
        charts = classified(fold.target.numpy(), probabilities, target.classes)
    else:
        truth = fold.target.double().numpy() * target.scale + target.mean
        predicted = outputs[:, 0].numpy() * target.scale + target.mean
        found = measure("regression", truth, predicted, once)
        charts = regressed(truth, predicted)
    # A metric that is not defined for these rows has no place in a record.
    validated = {
        f"validation_{name}": float(value[0])
        for name, value in found.items()
        if not pd.isna(value[0])
    }
    return validated, charts


def _tags(origin: Origin, redaction: Redaction) -> Mapping[str, str]:
    tags = {
        "airlock.dag_id": origin.dag_id,
        "airlock.run_id": origin.run_id,
        "airlock.git_commit": origin.git_commit,
        "airlock.night": redaction.night,
    }
    return {name: value for name, value in tags.items() if value}


def _params(spec: TrainSpec, redaction: Redaction) -> Mapping[str, object]:
    chosen = (
        *("model", "task", "target", "max_epochs", "max_steps", "patience", "batch_size"),
        *("accumulate", "gradient_clip", "precision", "devices", "seed"),
    )
    return {
        **{name: getattr(spec, name) for name in chosen},
        **{f"hyperparameters.{name}": value for name, value in spec.hyperparameters.items()},
        "rows": redaction.rows,
    }
