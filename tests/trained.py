"""Real trainings of a small table, with MLflow on a file."""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from airlock.bundle.manifest import name_of
from airlock.config.mlflow_settings import MlflowSettings
from airlock.engine.record import Origin
from airlock.ledger import Champion
from airlock.stages.redact.record import Redaction
from airlock.stages.train.record import Training
from airlock.stages.train.spec import TrainSpec
from tests.redacted import SPLIT, customers, redacted

ROOT = Path(__file__).parents[1]
_folder = tempfile.TemporaryDirectory(prefix="airlock-tests-mlflow-")
ORIGIN = Origin(dag_id="churn", run_id="night", task_id="train", try_number=1)
SPEC = TrainSpec(
    model="airlock.models.tabular:TabularClassifier",
    target="churned",
    entity="customer_id",
    hyperparameters={"hidden": 8},
    max_epochs=3,
    batch_size=64,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training read and what it left."""

    redaction: Redaction
    table: Path
    record: Training
    bundle: Path

    @property
    def name(self) -> str:
        return name_of(self.bundle)

    def champion(self, **changes: Any) -> Champion:
        fields = {"bundle": self.name, "split": SPLIT, "version": 1, "sequence": 3, "night": None}
        nobody = dict.fromkeys(
            ["training", "training_sha256", "validation", "validation_sha256"], ""
        )
        return Champion(**nobody, **fields | changes)


def trained(
    folder: Path, frame: pd.DataFrame | None = None, *, root: Path = ROOT, **changes: Any
) -> Trained:
    """Train on a table.

    Args:
        folder: empty or not yet there.
        frame: by default 1,200 customers.
        root: the project root.
        changes: to the TrainSpec.
    """
    # Here, so that tests of light rooms stay light.
    from airlock.stages.train.identity import code_digest
    from airlock.stages.train.stage.run_context import Folders, RunContext, TrainingIdentity
    from airlock.stages.train.stage.train import train

    table, bundle, report = folder / "table", folder / "bundle", folder / "report"
    redaction = redacted(customers() if frame is None else frame, table)
    for empty in (bundle, report):
        empty.mkdir()
    shutil.copy(_database(), folder / "mlflow.db")
    spec = SPEC.model_copy(update=changes)
    record = train(
        redaction,
        spec,
        identity=TrainingIdentity(
            model="churn",
            key="0" * 64,
            origin=ORIGIN,
            code=code_digest(spec.model, root=root),
            data="d" * 64,
        ),
        folders=Folders(table=table, scratch=folder, out=bundle, report=report),
        mlflow=MlflowSettings(
            tracking_uri=f"sqlite:///{folder / 'mlflow.db'}", artifacts=str(folder / "mlflow")
        ),
        context=RunContext(clock=time.monotonic, price=2.5),
    )
    return Trained(redaction=redaction, table=table, record=record, bundle=bundle)


@cache
def _database() -> Path:
    """An empty MLflow database: making one takes longer than a small training."""
    from mlflow import MlflowClient

    path = Path(_folder.name) / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path
