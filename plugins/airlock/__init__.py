"""Airlock: batch MLOps inside Airflow; every stage must pass before the next one runs.

The public names are imported on first use, so that a bundle can be served without Airflow.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "training": "airlock.pipelines.training",
    "scoring": "airlock.pipelines.scoring",
    "shadowed": "airlock.pipelines.challengers",
    "labelling": "airlock.pipelines.challengers",
    "hourly": "airlock.pipelines.schedule",
    "nightly": "airlock.pipelines.schedule",
    "weekly": "airlock.pipelines.schedule",
    "monthly": "airlock.pipelines.schedule",
    "NIGHTLY": "airlock.pipelines.schedule",
    "NIGHTLY_SCORING": "airlock.pipelines.schedule",
    "BY_HAND": "airlock.pipelines.schedule",
    "model_form": "airlock.pipelines.schedule",
    "TrainSpec": "airlock.stages.train.spec",
    "TimeSplit": "airlock.core.time_split",
    "Budget": "airlock.stages.train.budget",
    "SearchSpec": "airlock.core.search",
    "EvaluateSpec": "airlock.stages.evaluate.spec",
    "sql": "airlock.core.sources",
    "delta": "airlock.core.sources",
    "iceberg": "airlock.core.sources",
    "SnapshotOperator": "airlock.stages.snapshot.operator",
    "PrepareOperator": "airlock.stages.prepare.operator",
    "Labels": "airlock.stages.prepare.spec",
    "Table": "airlock.stages.prepare.spec",
    "ValidateOperator": "airlock.stages.validate.operator",
    "RedactOperator": "airlock.stages.redact.operator",
    "RedactShareOperator": "airlock.stages.redact.operator",
    "RungOperator": "airlock.stages.search.operator",
    "TrialOperator": "airlock.stages.train.operator",
    "SearchOperator": "airlock.stages.search.operator",
    "TrainOperator": "airlock.stages.train.operator",
    "EvaluateOperator": "airlock.stages.evaluate.operator",
    "RegisterOperator": "airlock.stages.register.operator",
    "GateOperator": "airlock.stages.gate.operator",
    "ApproveOperator": "airlock.stages.approve.operator",
    "PromoteOperator": "airlock.stages.promote.operator",
    "EvidenceOperator": "airlock.stages.evidence.operator",
    "ScoreOperator": "airlock.stages.score.operator.score",
    "ScoreShareOperator": "airlock.stages.score.operator.share",
    "DriftOperator": "airlock.stages.drift.operator.drift",
    "DriftSpec": "airlock.stages.drift.spec",
    "RetrainOperator": "airlock.stages.drift.operator.retrain",
    "RETRAIN": "airlock.stages.drift.operator.drift",
    "retraining": "airlock.stages.drift.operator.retrain",
    "ShadowOperator": "airlock.stages.shadow.operator",
    "RouteOperator": "airlock.stages.route.operator",
    "LabelsOperator": "airlock.stages.labels.operator",
    "LiveOperator": "airlock.stages.live.operator",
    "CanaryOperator": "airlock.stages.canary.operator",
    "RescoreOperator": "airlock.stages.score.operator.rescore",
    "ScoreSpec": "airlock.stages.score.spec",
    "SqlOutput": "airlock.core.outputs",
    "RollbackOperator": "airlock.stages.rollback.operator",
    "ClearOperator": "airlock.stages.clear.operator",
    "GcOperator": "airlock.stages.gc.operator",
    "GcSpec": "airlock.stages.gc.spec",
    "BreakGlassOperator": "airlock.stages.break_glass.operator",
    "ConfirmOperator": "airlock.stages.confirm.operator",
    "ReconcileOperator": "airlock.stages.reconcile.operator",
}

HOMES = frozenset(_HOMES.values())
"""The modules that the public names come from."""

__all__ = list(_HOMES)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'airlock' has no attribute {name!r}")
