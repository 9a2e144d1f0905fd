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
        positive: the label that counts as being selected; the last class by default.
        demographic_parity: largest difference between the groups' shares that are selected.
        equal_opportunity: the same among those who truly are positive.
        equalised_odds: the same, and among those who truly are not positive: the larger one.
        disparate_impact: smallest ratio of these shares; 0.8 is the four-fifths rule.
        every_group: whether a group that is too small to judge keeps the gate shut; without it the
            sentence names such a group.
    """

    columns: tuple[str, ...] = Field(min_length=1)
    positive: str | None = None
    demographic_parity: float | None = Field(default=None, ge=0, le=1)
    equal_opportunity: float | None = Field(default=None, ge=0, le=1)
    equalised_odds: float | None = Field(default=None, ge=0, le=1)
    disparate_impact: float | None = Field(default=None, ge=0, le=1)
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
        return found

    @model_validator(mode="after")
    def _says_something(self) -> FairnessRule:
        if not self.bounds:
            raise ValueError(
                "demand demographic_parity, equal_opportunity, equalised_odds or disparate_impact"
            )
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Policies from before there were these two keep their names."""
        said: dict[str, Any] = written(self)
        later = {"every_group": False, "equalised_odds": None}
        return {k: v for k, v in said.items() if k not in later or v != later[k]}
