"""Policy section on the treatment of protected groups."""

from __future__ import annotations

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from airlock.core.spec import Spec
from airlock.stages.gate.policy.bounds import Bound


class FairnessRule(Spec):
    """How alike the groups of protected columns must be treated; docs/evaluate.md defines.

    Args:
        columns: the protected ones; they must survive the redaction.
        pairs: two columns each, whose groups together are compared as those of one are.
        min_rows: of the holdout, that a group must have to be judged; by default those of slices.
        positive: the label that counts as being selected; the last class by default.
        demographic_parity: largest difference between the groups' shares that are selected.
        equal_opportunity: the same among those who truly are positive.
        equalised_odds: the same, and among those who truly are not positive: the larger one.
        disparate_impact: smallest ratio of these shares; 0.8 is the four-fifths rule.
        calibration_gap: largest distance, within a group, between the mean probability and the
            share that truly is positive.
        sure: whether the whole interval must keep a bound, and not the figure alone.
        every_group: whether a group that is too small to judge keeps the gate shut; without it the
            sentence names such a group.
    """

    columns: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    min_rows: int | None = Field(default=None, ge=1)
    positive: str | None = None
    demographic_parity: float | None = Field(default=None, ge=0, le=1)
    equal_opportunity: float | None = Field(default=None, ge=0, le=1)
    equalised_odds: float | None = Field(default=None, ge=0, le=1)
    disparate_impact: float | None = Field(default=None, ge=0, le=1)
    calibration_gap: float | None = Field(default=None, ge=0, le=1)
    sure: bool = False
    every_group: bool = False

    @property
    def bounds(self) -> dict[str, Bound]:
        """What is demanded, by the figure's name."""
        found = {}
        if self.demographic_parity is not None:
            found["demographic_parity"] = Bound(max=self.demographic_parity)
        if self.equal_opportunity is not None:
            found["equal_opportunity"] = Bound(max=self.equal_opportunity)
        if self.equalised_odds is not None:
            found["equalised_odds"] = Bound(max=self.equalised_odds)
        if self.disparate_impact is not None:
            found["disparate_impact"] = Bound(min=self.disparate_impact)
        if self.calibration_gap is not None:
            found["calibration_gap"] = Bound(max=self.calibration_gap)
        return found

    @model_validator(mode="after")
    def _says_something(self) -> FairnessRule:
        if not (self.columns or self.pairs):
            raise ValueError("name columns, or pairs of them")
        if any(first == second for first, second in self.pairs):
            raise ValueError("a pair has two different columns")
        if not self.bounds:
            raise ValueError(
                "demand demographic_parity, equal_opportunity, equalised_odds, disparate_impact or "
                "calibration_gap"
            )
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Policies from before there were these keep their names."""
        said: dict[str, Any] = written(self)
        later = ("every_group", "equalised_odds", "pairs", "min_rows", "calibration_gap", "sure")
        # A bound of 0 demands something.
        return {
            k: v
            for k, v in said.items()
            if k not in later or not (v is None or v is False or v in ([], ()))
        }
