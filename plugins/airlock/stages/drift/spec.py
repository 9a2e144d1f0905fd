"""The drift file: when a night has drifted, and when drift asks for a retrain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import (
    Field,
    PositiveFloat,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from airlock.core.spec import Spec
from airlock.hooks import registry


class DriftLimits(Spec):
    """From which distance on a column has drifted; any one of them is enough, null is none.

    Args:
        psi: population stability index, in nats, at least 0.
        js: Jensen-Shannon divergence, in bits, 0 to 1.
        ks: Kolmogorov-Smirnov: largest difference of the cumulated shares, 0 to 1; numbers only.
        statistics: limits of the statistics that extensions add, by their names.
    """

    # By custom more than 0.25 is a shift (Siddiqi, Credit Risk Scorecards, 2006). For small shifts
    # the divergence in bits is near 0.18 times the index: both speak at about the same.
    psi: float | None = Field(default=0.25, gt=0, allow_inf_nan=False)
    js: float | None = Field(default=0.05, gt=0, le=1)
    ks: float | None = Field(default=0.25, gt=0, le=1)

    statistics: Mapping[str, PositiveFloat] = Field(default_factory=dict)

    @field_validator("statistics")
    @classmethod
    def _known(cls, limits: Mapping[str, float]) -> Mapping[str, float]:
        known = registry.drift_statistics().keys() - cls.model_fields.keys()
        if unknown := sorted(limits.keys() - known):
            raise ValueError(
                f"no installed extension adds {', '.join(unknown)}; known are: "
                f"{', '.join(sorted(known)) or 'none'}"
            )
        return limits

    def of(self, statistic: str) -> float | None:
        """The limit of one statistic; None for none."""
        limit: float | None = (
            getattr(self, statistic)
            if statistic in type(self).model_fields
            else self.statistics.get(statistic)
        )
        return limit

    @model_serializer(mode="wrap")
    def _as_before(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without `statistics` where there are none: files from before keep their names."""
        said: dict[str, Any] = written(self)
        return said if self.statistics else {k: v for k, v in said.items() if k != "statistics"}


class DriftSpec(DriftLimits):
    """When a night has drifted, and when drift asks for a retrain.

    A column has drifted if a distance is above its limit *and* chance does not explain it; a night
    has drifted if a column has.

    Args:
        columns: limits of single columns; what one does not name is as for all.
        ignore: columns that are not compared.
        false_discoveries: the share of nights without any drift on which chance may still find
            some: the rate of Benjamini and Hochberg over all columns of a night.
        min_rows: a night of fewer rows says nothing, and neither raises nor clears.
        calibration: by how much the mean prediction may be off the mean outcome, as a share of the
            standard deviation of the outcomes; null for no limit. Where outcomes are known.
        nights_to_raise: how many drifted nights in a row raise the alarm.
        nights_to_clear: how many nights without drift in a row clear it.
        cooldown_nights: how many nights after one retrain was asked for none is asked for.
    """

    columns: Mapping[str, DriftLimits] = Field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    false_discoveries: float = Field(default=0.01, gt=0, lt=1)
    min_rows: int = Field(default=200, ge=20)
    calibration: float | None = Field(default=0.2, gt=0, allow_inf_nan=False)
    nights_to_raise: int = Field(default=2, ge=1, le=60)
    nights_to_clear: int = Field(default=3, ge=1, le=60)
    cooldown_nights: int = Field(default=7, ge=1, le=365)

    @model_validator(mode="before")
    @classmethod
    def _inherited(cls, given: Any) -> Any:
        # Filled in before the file is named by its content: "as for all" must not look like "none".
        if not isinstance(given, Mapping) or not isinstance(given.get("columns"), Mapping):
            return given
        for_all = {key: value for key, value in given.items() if key in DriftLimits.model_fields}
        return {
            **given,
            "columns": {
                name: {**for_all, **own} if isinstance(own, Mapping) else own
                for name, own in given["columns"].items()
            },
        }

    def limits(self, column: str) -> DriftLimits:
        """The limits that hold for a column."""
        return self.columns.get(column, self)
