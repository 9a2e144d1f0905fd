"""What register leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from airlock.engine.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration(Record):
    """One version in MLflow's registry for one bundle.

    Args:
        model: registered name.
        version: the canonical version of this bundle.
        bundle: digest of the bundle.
        source: MLflow's address of the files.
        smoke_rows: rows of the stored example that a fresh process predicted as before.
        copy: SHA-256 of every file that MLflow keeps beside the bundle, by its path: MLmodel,
            requirements and the like.
    """

    stage: ClassVar[str] = "register"

    model: str
    version: int
    bundle: str
    source: str
    mlflow_run: str
    smoke_rows: int
    # Registrations of earlier versions do not have it.
    copy: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> tuple[str, ...]:
        """Which version, and that it loads."""
        return (
            f"{self.model} version {self.version}, bundle {self.bundle[:16]}.",
            f"A fresh process loaded it and predicted its {self.smoke_rows} example rows alike.",
        )
