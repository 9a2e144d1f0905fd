"""The chains of a site, written as its DAG files would write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.faults.site import MODEL

OPERATIONS = f"{MODEL}_operations"


def operators(folder: Path, dag_id: str) -> dict[str, Any]:
    """The operators of a chain, by task."""
    from airflow.sdk import DAG

    from airlock import NIGHTLY, NIGHTLY_SCORING

    scores = dag_id.endswith("scoring")
    with DAG(dag_id, schedule=None, **(NIGHTLY_SCORING if scores else NIGHTLY)) as dag:
        if dag_id == OPERATIONS:
            _operations()
        elif scores:
            scoring_of(folder)
        else:
            training_of(folder)
    return dict(dag.task_dict)


def _rooms(folder: Path, model: str = MODEL) -> dict[str, Any]:
    return {
        "model": model,
        "source": "{night}.csv",
        "expectations": folder / "expectations.yaml",
        "redaction": folder / "redaction.yaml",
    }


def training_of(folder: Path, model: str = MODEL) -> None:
    from airlock import EvaluateSpec, TrainSpec
    from airlock.pipelines.training import training

    training(
        **_rooms(folder, model),
        policy=folder / "policy.yaml",
        train=TrainSpec(
            model="airlock.models.tabular:TabularClassifier",
            target="churned",
            entity="customer_id",
            hyperparameters={"hidden": 8},
            max_epochs=3,
            batch_size=64,
            checkpoint_steps=5,
        ),
        evaluation=EvaluateSpec(resamples=100),
    )


def scoring_of(folder: Path) -> None:
    from airlock import ScoreSpec
    from airlock.core.outputs import SqlOutput
    from airlock.pipelines.scoring import scoring

    # Into a database only where the site has one.
    database = (folder / "database").exists()
    outputs = (SqlOutput(connection="scores", table="scores"),) if database else ()
    scoring(**_rooms(folder), entity="customer_id", score=ScoreSpec(processes=1, outputs=outputs))


def _operations() -> None:
    from airlock import BreakGlassOperator, GcOperator, ReconcileOperator, RollbackOperator

    why = {"model": MODEL, "reason": "a fault is tried"}
    ReconcileOperator(task_id="reconcile")
    GcOperator(task_id="gc")
    RollbackOperator(task_id="rollback", **why)
    BreakGlassOperator(task_id="break_glass", candidate="2", hours="4", **why)
