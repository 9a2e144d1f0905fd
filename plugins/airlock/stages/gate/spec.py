"""The policy: what a candidate must show before it may be promoted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, InstanceOf, SerializeAsAny, field_validator, model_validator

from airlock.core.budget import MonthBudget
from airlock.core.clock import span
from airlock.core.spec import Spec
from airlock.hooks import registry
from airlock.stages.gate.policy.approval import ApprovalRule
from airlock.stages.gate.policy.attacks import AttacksRule
from airlock.stages.gate.policy.baseline import BaselineRule
from airlock.stages.gate.policy.bounds import Bound, Metric
from airlock.stages.gate.policy.card import CardTexts
from airlock.stages.gate.policy.champion import ChampionRule
from airlock.stages.gate.policy.data import DataRule, HoldoutRule, PrivacyRule
from airlock.stages.gate.policy.deadline import DeadlineRule
from airlock.stages.gate.policy.fairness import FairnessRule
from airlock.stages.gate.policy.limits import LimitsRule
from airlock.stages.gate.policy.robustness import RobustnessRule
from airlock.stages.gate.policy.rollout import CanaryRule
from airlock.stages.gate.policy.slices import SlicesRule

_LATER = frozenset({"baseline", "budget", "deadline", "rules", "attacks", "risk"})
"""Keys that policies did not always have; absent where they ask nothing."""


class Policy(Spec):
    """The whole file. A rule that it does not write asks nothing.

    Args:
        name: for people.
        metrics: bounds that every candidate must keep.
        first: bounds for a candidate that has no champion to be compared with; required, because
            comparison rules do not apply then.
        champion: the comparisons.
        baseline: what must hold against models that cost nothing.
        privacy: what the redaction must have proven, beyond what the stage itself asks for.
        rules: what extensions' rules ask, by their keys.
        canary: how a candidate proves itself on a share of the keys before it is champion.
        attacks: what attacks on the candidate may come to.
        risk: `high` demands all sections that a model risk team asks about, and writes a dossier.
        budget: what the model's trainings may take in a calendar month; no rule of the gate.
        deadline: until when runs, people and alarms must be through; no rule of the gate.
        card: words for the model card; they are part of what is decided and approved.
    """

    name: str
    metrics: Mapping[Metric, Bound] = Field(default_factory=dict)
    first: Mapping[Metric, Bound] = Field(min_length=1)
    champion: ChampionRule
    data: DataRule = DataRule()
    holdout: HoldoutRule = HoldoutRule()
    approval: ApprovalRule = ApprovalRule()
    privacy: PrivacyRule | None = None
    slices: SlicesRule | None = None
    fairness: FairnessRule | None = None
    robustness: RobustnessRule | None = None
    limits: LimitsRule = LimitsRule()
    card: CardTexts | None = None
    canary: CanaryRule | None = None
    baseline: BaselineRule | None = None
    attacks: AttacksRule | None = None
    risk: Literal["high"] | None = None
    budget: MonthBudget | None = None
    deadline: DeadlineRule | None = None
    rules: Mapping[str, SerializeAsAny[InstanceOf[Spec]]] = Field(default_factory=dict)

    @field_validator("rules", mode="before")
    @classmethod
    def _known_rules(cls, written: Any) -> Any:
        """Each by the spec of the extension that adds it; what nobody adds is a typo."""
        if not isinstance(written, Mapping):
            return written
        known = {k: rule for k, rule in registry.rules().items() if k not in cls.model_fields}
        if unknown := sorted(set(written) - set(known)):
            raise ValueError(
                f"no installed extension adds {', '.join(unknown)}; known are: "
                f"{', '.join(known) or 'none'}"
            )
        return {
            key: registry.load(known[key].spec).model_validate(value)
            for key, value in written.items()
        }

    @model_validator(mode="after")
    def _people_are_told_while_they_can_answer(self) -> Self:
        if self.deadline is not None and self.deadline.approval is not None:
            hours = span(self.deadline.approval).total_seconds() / 3600
            if hours > self.approval.expires_after_hours:
                raise ValueError(
                    "deadline.approval must not be more than approval.expires_after_hours, after "
                    f"which no answer is a no ({self.approval.expires_after_hours:g} h)"
                )
        return self

    def asked(self, key: str) -> Spec | None:
        """What the policy asks of one rule; None if it does not ask."""
        asked: Spec | None = getattr(self, key) if key in type(self).model_fields else None
        return asked or self.rules.get(key)

    def to_json(self) -> dict[str, Any]:
        """The policy as JSON-ready values; one without what came later keeps its name."""
        said = super().to_json()
        return {name: value for name, value in said.items() if value or name not in _LATER}

    @field_validator("champion", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A list of margins is short for a rule that has nothing else."""
        return {"margins": value} if isinstance(value, list | tuple) else value

    def missing_for_risk(self, *, classes: bool) -> tuple[str, ...]:
        """The sections that high risk demands and this policy lacks, as a person would write them.

        Args:
            classes: whether the model tells classes: groups are compared by these alone.
        """
        wanted = {
            "baseline": self.baseline,
            "privacy": self.privacy,
            "slices": self.slices,
            "fairness": self.fairness or not classes or None,
            "robustness": self.robustness,
            "attacks": self.attacks,
            "card": self.card,
            "approval.required: always": self.approval.required == "always" or None,
        }
        return tuple(name for name, section in wanted.items() if section is None)

    def measurements(self) -> dict[str, Any]:
        """What evaluate must measure for these rules, by the names of `EvaluateSpec`."""
        wanted: dict[str, Any] = {}
        if self.slices is not None:
            wanted |= {
                "slices": self.slices.columns,
                "bins": self.slices.bins,
                "min_slice_rows": self.slices.min_rows,
            }
        if self.fairness is not None:
            wanted |= {
                "protected": self.fairness.columns,
                "pairs": self.fairness.pairs,
                "min_group_rows": self.fairness.min_rows,
                "positive": self.fairness.positive,
            }
        if self.attacks is not None:
            wanted["attacks"] = True
        if self.risk is not None:
            wanted["explain"] = True
        if self.robustness is not None:
            wanted |= {"missing": self.robustness.missing, "noise": self.robustness.noise}
        return wanted
