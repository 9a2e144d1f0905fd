"""One version of a registered model, as MLflow tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlflow.entities.model_registry import ModelVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredVersion:
    """One version of a registered model; `source` is MLflow's address of its files."""

    model: str
    number: int
    source: str
    tags: Mapping[str, str]


def registered_version(found: ModelVersion) -> RegisteredVersion:
    """MLflow's own entity as one."""
    return RegisteredVersion(
        model=found.name,
        number=int(found.version),
        source=str(found.source),
        tags=dict(found.tags or {}),
    )
