"""From the inside of MLflow."""

from __future__ import annotations

from mlflow import environment_variables
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository
from mlflow.store.db import utils as db_utils
from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor
from mlflow.utils import requirements_utils

READ_IN = "3.17.2"

__all__ = [
    "LocalArtifactRepository",
    "SystemMetricsMonitor",
    "db_utils",
    "environment_variables",
    "get_artifact_repository",
    "list_packages",
]


def list_packages() -> None:
    """Let MLflow find out what is installed, which takes a second in the process that saves."""
    requirements_utils._init_packages_to_modules_map()  # type: ignore[no-untyped-call]
