"""Policy section on the data: its quality, its privacy, and how much of it is evidence."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from airlock.core.spec import Spec


class DataRule(Spec):
    """What must hold of the data. `warnings`: whether the gate passes with warnings."""

    max_quarantined: float = Field(default=0.05, ge=0, le=1)
    warnings: Literal["pass", "fail"] = "pass"


class PrivacyRule(Spec):
    """What the redaction must have proven.

    Args:
        min_planted_recall: the share of planted identifiers that must have been caught.
        min_k: people that the smallest group with equal quasi-identifiers must have.
        min_l: different values of the target that every such group must have.
        max_quarantined: the largest share of rows that could not be proven clean.
    """

    min_planted_recall: float = Field(default=1.0, ge=0, le=1)
    min_k: int | None = Field(default=None, ge=1)
    min_l: int | None = Field(default=None, ge=1)
    max_quarantined: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _read_the_old_name(cls, written: Any) -> Any:
        """`min_canary_recall` is read until 0.2: canary has come to mean a rollout alone."""
        if not (isinstance(written, Mapping) and "min_canary_recall" in written):
            return written
        if "min_planted_recall" in written:
            raise ValueError("min_canary_recall is the old name of min_planted_recall; keep one")
        warnings.warn(
            "privacy.min_canary_recall is called min_planted_recall now; 0.2 no longer reads it.",
            FutureWarning,
            stacklevel=2,
        )
        rest = {name: one for name, one in written.items() if name != "min_canary_recall"}
        return {**rest, "min_planted_recall": written["min_canary_recall"]}


class HoldoutRule(Spec):
    """How much evidence is enough, and how old it may be.

    Args:
        min_rows: of the holdout.
        min_rarest_class: rows of the class with the fewest.
        max_age_nights: from the night of the data to the day of the decision, UTC.
    """

    min_rows: int = Field(default=500, ge=1)
    min_rarest_class: int = Field(default=50, ge=1)
    max_age_nights: int | None = Field(default=None, ge=0)
