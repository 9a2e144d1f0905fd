"""Reads two folds, fits a model, and makes the bundle."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from airlock.bundle.computing import Floats
from airlock.bundle.decision import NOTHING, DecisionRule
from airlock.bundle.manifest import write_json
from airlock.core import metrics
from airlock.core.errors import ModelError
from airlock.engine.record import Origin
from airlock.hooks import registry
from airlock.hooks.kinds import NETWORK
from airlock.hooks.metrics import measure
from airlock.registry import MlflowSettings, OpenRun
from airlock.registry import open_run as mlflow_run
from airlock.reports.charts import Chart, Grid
from airlock.serve import softmax
from airlock.stages.redact.record import Redaction
from airlock.stages.train.identity import environment_digest, libraries
from airlock.stages.train.record import RAN, Training
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.decisions import check_decision, decided
from airlock.stages.train.stage.device import hardware
from airlock.stages.train.stage.export import make_bundle
from airlock.stages.train.stage.feed import Tensors
from airlock.stages.train.stage.learner import Fitted, Learner, Telling
from airlock.stages.train.stage.lesson import Lesson, read_lesson
from airlock.stages.train.stage.plots import classified, learning, regressed, write_charts
from airlock.stages.train.stage.run_context import Folders, RunContext, TrainingIdentity

log = logging.getLogger(__name__)


def train(
    redaction: Redaction,
    spec: TrainSpec,
    *,
    identity: TrainingIdentity,
    folders: Folders,
    mlflow: MlflowSettings,
    context: RunContext = RunContext(),  # noqa: B008  frozen
) -> Training:
    """Fit the model and write its bundle.

    Args:
        redaction: the record of the table.
        spec: what to train, overrides applied.
        identity: what the training is called.
        folders: where it reads and writes.
        mlflow: where the run is logged.
        context: where it goes on from and is kept, who may stop it.

    Raises:
        ModelError: the module is unusable; wrong hyperparameters are found before any row is read.
        DataError: the rows are.
        SpecError: features or target do not fit the table.
        Unverified: the table was not split into folds.
        RegistryUnavailable: MLflow does not answer.
        Preempted: it was asked to stop; the next attempt goes on.
        BudgetSpent: it took what it may take.
    """
    kind = registry.model_kinds()[spec.kind]
    learner: Learner = registry.load(kind.learner)(spec)
    learner.check()
    lesson = read_lesson(redaction, spec, folders)
    check_decision(spec, lesson.target, tuple(lesson.types))
    asked, spec = spec, learner.prepare(lesson)
    tags = _tags(identity.origin, redaction)
    with mlflow_run(
        mlflow, model=identity.model, key=identity.key, tags=tags, below=identity.below
    ) as run:
        _log_inputs(run, redaction, spec, lesson, identity)
        telling = Telling(
            epoch=lambda epoch, figures: run.log_metrics(figures, step=epoch),
            steps=lambda points: run.log_steps("train_loss_step", points),
            series=run.log_steps,
        )
        fitted = learner.fit(lesson, telling=telling, scratch=folders.scratch, context=context)
        outputs = _outputs(learner, lesson.validation)
        decision = _decision(spec, outputs, lesson)
        make_bundle(folders.out, learner, lesson, spec, decision)
        validated = _validated(outputs, decision, lesson)
        _report(run, validated, spec, fitted, folders.report, context.price)
        run_id = run.id
    record = Training(
        spec=asked.digest,
        code=identity.code,
        model_class=spec.model_name,
        night=redaction.night,
        task=spec.task,
        target=spec.target,
        entity=redaction.entity,
        classes=lesson.target.classes,
        features=lesson.preprocessing.features,
        split=lesson.split,
        holdout_from=redaction.holdout_from,
        unused=lesson.unused or None,
        constant=lesson.constant or None,
        rare=lesson.rare or None,
        seed=spec.seed,
        rows={"train": len(lesson.train), "validation": len(lesson.validation)},
        epochs=len(fitted.history),
        metrics={**fitted.history[fitted.best - 1], **validated[0]},
        mlflow_run=run_id,
        data=identity.data,
        environment=environment_digest(spec.kind),
        libraries=libraries(spec.kind),
        precision=spec.precision,
        training=asked.decisive(),
        clipped=lesson.clipped,
        batch_size=spec.batch_size or 0,
        decision={} if decision == NOTHING else decision.to_json(),
    )
    if record.starving:
        log.warning("%s", record.starving)
    return record


def _log_inputs(
    run: OpenRun, redaction: Redaction, spec: TrainSpec, lesson: Lesson, identity: TrainingIdentity
) -> None:
    run.log_params(_params(spec, redaction))
    for fold, read in (("train", lesson.train), ("validation", lesson.validation)):
        run.log_dataset(
            f"{identity.model}, redacted, {fold} fold",
            identity.data,
            columns=(*lesson.types.items(), (spec.target, dict(redaction.schema)[spec.target])),
            rows=len(read),
            context=fold,
        )


Validated = tuple[Mapping[str, float], dict[str, Chart | Grid]]
"""Metrics and charts of the validation fold, for people; the gate judges by the holdout."""


def _report(
    run: OpenRun,
    validated: Validated,
    spec: TrainSpec,
    fitted: Fitted,
    report: Path,
    price: float | None,
) -> None:
    """Log how it went, and write it down for people."""
    figures, charts = validated
    run.log_metrics(figures, step=fitted.best)
    run.log_cost(fitted.seconds, devices=spec.devices, price=price)
    write_json(report / "epochs.json", fitted.history)
    ran = {"hardware": hardware(), "precision": spec.precision, "seconds": fitted.seconds}
    write_json(report / RAN, ran)
    write_charts(learning(fitted.history) | charts, report)
    run.log_folder(report, "report")


def _outputs(learner: Learner, fold: Tensors) -> Floats:
    outputs = learner.outputs(fold)
    if unknown := int((~np.isfinite(outputs).all(axis=1)).sum()):
        raise ModelError(
            f"The model computes no finite number for {unknown:,} of {len(fold):,} rows of the "
            "validation fold.",
            do="Lower the learning rate, or set gradient_clip in the TrainSpec.",
        )
    return outputs


def _decision(spec: TrainSpec, outputs: Floats, lesson: Lesson) -> DecisionRule:
    if spec.calibration is None and spec.threshold is None:
        return NOTHING
    return decided(spec, softmax(outputs), lesson.validation.target.numpy())


def _validated(outputs: Floats, decision: DecisionRule, lesson: Lesson) -> Validated:
    fold, target = lesson.validation, lesson.target
    once = metrics.plain(len(fold))
    if target.classes:
        probabilities = softmax(outputs)
        if decision.calibration is not None:
            probabilities = decision.calibration.apply(probabilities)
        found = measure("classification", fold.target.numpy(), probabilities, once)
        charts = classified(fold.target.numpy(), probabilities, target.classes)
    else:
        truth = fold.target.double().numpy() * target.scale + target.mean
        predicted = outputs[:, 0] * target.scale + target.mean
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
    own = {"kind": spec.kind, "max_epochs": spec.max_epochs, "patience": spec.patience}
    if spec.kind != NETWORK:
        said = own | {"task": spec.task, "target": spec.target, "seed": spec.seed}
        return {**said, **_given(spec), "rows": redaction.rows}
    chosen = (
        *("model", "task", "target", "max_epochs", "max_steps", "patience", "batch_size"),
        *("accumulate", "gradient_clip", "precision", "devices", "seed"),
    )
    return {
        **{name: getattr(spec, name) for name in chosen},
        **_given(spec),
        "rows": redaction.rows,
    }


def _given(spec: TrainSpec) -> Mapping[str, object]:
    return {f"hyperparameters.{name}": value for name, value in spec.hyperparameters.items()}
