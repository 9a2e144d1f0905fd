"""Limits on how far a night's data may differ from the champion's (`skew`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, model_validator

from airlock.core.spec import Spec

Measure = Literal["psi", "js", "nulls", "new_categories"]


class Limit(Spec):
    """Above which value a shift is a warning, and above which it stops the chain."""

    warning: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    critical: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _in_order(self) -> Limit:
        if self.warning is None and self.critical is None:
            raise ValueError("give warning or critical, or null for no limit at all")
        if self.warning is not None and self.critical is not None and self.warning > self.critical:
            raise ValueError("critical must be at least as large as warning")
        return self


class Limits(Spec):
    """How far a column may be from what the champion was trained on.

    A limit of `null` means that the shift is measured and recorded, and never more. The defaults
    warn and never stop the chain.

    Args:
        psi: population stability index, at least 0, in nats.
        js: Jensen-Shannon divergence, from 0 to 1, in bits.
        nulls: by how much the share of missing values changed, from 0 to 1.
        new_categories: share of rows in categories that the champion's data did not have, 0 to 1.
    """

    # By custom more than 0.25 is a shift (Siddiqi, Credit Risk Scorecards, 2006). For small shifts
    # the divergence in bits is near 0.18 times the index: both defaults speak at about the same.
    psi: Limit | None = Limit(warning=0.25)
    js: Limit | None = Limit(warning=0.05)
    nulls: Limit | None = Limit(warning=0.05)
    new_categories: Limit | None = Limit(warning=0.01)

    def of(self, measure: Measure) -> Limit | None:
        """The limit of one measure."""
        limit: Limit | None = getattr(self, measure)
        return limit


class Skew(Limits):
    """What is held against the data that the champion was trained on.

    Args:
        columns: limits of single columns; what one does not name is as for all.
        ignore: columns that are not compared.
        least_rows: fewer values than this say nothing about a distribution. Tonight's then break
            every critical limit of their column; the champion's leave nothing to compare with, and
            break the critical limits that `columns` gives to their column by name.
    """

    columns: Mapping[str, Limits] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    least_rows: int = Field(default=100, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _inherited(cls, given: Any) -> Any:
        # Filled in before the file is named by its content: "as for all" must not look like "none".
        if not isinstance(given, Mapping) or not isinstance(given.get("columns"), Mapping):
            return given
        for_all = {key: value for key, value in given.items() if key in Limits.model_fields}
        return {
            **given,
            "columns": {
                name: {**for_all, **own} if isinstance(own, Mapping) else own
                for name, own in given["columns"].items()
            },
        }

    def limits(self, column: str) -> Limits:
        """The limits that hold for a column."""
        return self.columns.get(column, self)
