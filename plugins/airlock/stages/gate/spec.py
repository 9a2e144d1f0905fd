"""The policy: what a candidate must show before it may be promoted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from airlock.core.spec import Edges, Spec
from airlock.stages.evaluate.record import HIGHER_IS_BETTER
from airlock.stages.gate.policy.approval import ApprovalRule
from airlock.stages.gate.policy.rollout import CanaryRule


def _known(metric: str) -> str:
    if metric not in HIGHER_IS_BETTER:
        raise ValueError(f"metric must be one of {', '.join(HIGHER_IS_BETTER)}")
    return metric


Metric = Annotated[str, AfterValidator(_known)]


class Bound(Spec):
    """A metric's bound: the figure itself must lie within it, not only its interval."""

    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)

    @model_validator(mode="after")
    def _says_something(self) -> Bound:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        return self


class Margin(Spec):
    """Non-inferiority: with the evaluation's confidence, at most `margin` worse.

    Args:
        metric: which one.
        margin: in the metric's unit, 0 or more.
    """

    metric: Metric
    margin: float = Field(ge=0, allow_inf_nan=False)


class ChampionRule(Spec):
    """What holds against the champion, and against the last one that a person approved.

    Args:
        margins: the comparisons. A list in the place of the whole rule stands for these.
        unreadable: what becomes of a candidate where the champion cannot be scored on tonight's
            rows, because their schema, the target or the split is another: `reject`, or ask people
            (`approval`); the bounds for a first champion apply then.
    """

    margins: tuple[Margin, ...] = Field(min_length=1)
    unreadable: Literal["reject", "approval"] = "reject"


class DataRule(Spec):
    """What must hold of the data. `warnings`: whether the gate passes with warnings."""

    max_quarantined: float = Field(default=0.05, ge=0, le=1)
    warnings: Literal["pass", "fail"] = "pass"


class PrivacyRule(Spec):
    """What the redaction must have proven.

    Args:
        min_canary_recall: the share of planted identifiers that must have been caught.
        min_k: rows that the smallest group with equal quasi-identifiers must have.
        max_quarantined: the largest share of rows that could not be proven clean.
    """

    min_canary_recall: float = Field(default=1.0, ge=0, le=1)
    min_k: int | None = Field(default=None, ge=1)
    max_quarantined: float | None = Field(default=None, ge=0, le=1)


class SlicesRule(Spec):
    """What must hold on every slice, and so on the worst.

    Args:
        columns: whose values are slices.
        bins: columns of numbers, and the rising edges at which they are cut.
        min_rows: smaller slices are left out; that none of a column is left cannot tell.
        metrics: bounds that the worst slice must keep.
        margins: how much worse than the champion the candidate may be on any slice.
    """

    columns: tuple[str, ...] = ()
    bins: Mapping[str, Edges] = Field(default_factory=dict)
    min_rows: int = Field(default=100, ge=1)
    metrics: Mapping[Metric, Bound] = Field(default_factory=dict)
    margins: tuple[Margin, ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> SlicesRule:
        if not (self.columns or self.bins):
            raise ValueError("name columns, bins or both")
        if not (self.metrics or self.margins):
            raise ValueError("demand metrics, margins or both")
        return self


class FairnessRule(Spec):
    """How alike the groups of protected columns must be treated; docs/evaluate.md defines.

    Args:
        columns: the protected ones; they must survive the redaction.
        positive: the label that counts as being selected; the last class by default.
        demographic_parity: largest difference between the groups' shares that are selected.
        equal_opportunity: the same among those who truly are positive.
        disparate_impact: smallest ratio of these shares; 0.8 is the four-fifths rule.
    """

    columns: tuple[str, ...] = Field(min_length=1)
    positive: str | None = None
    demographic_parity: float | None = Field(default=None, ge=0, le=1)
    equal_opportunity: float | None = Field(default=None, ge=0, le=1)
    disparate_impact: float | None = Field(default=None, ge=0, le=1)

    @property
    def bounds(self) -> dict[str, Bound]:
        """What is demanded, by the figure's name."""
        found = {}
        if self.demographic_parity is not None:
            found["demographic_parity"] = Bound(max=self.demographic_parity)
        if self.equal_opportunity is not None:
            found["equal_opportunity"] = Bound(max=self.equal_opportunity)
        if self.disparate_impact is not None:
            found["disparate_impact"] = Bound(min=self.disparate_impact)
        return found

    @model_validator(mode="after")
    def _says_something(self) -> FairnessRule:
        if not self.bounds:
            raise ValueError("demand demographic_parity, equal_opportunity or disparate_impact")
        return self


class RobustnessRule(Spec):
    """How much the candidate may lose on rows made worse.

    Args:
        missing: share of every feature's cells that is blanked.
        noise: added to its numbers, in standard deviations.
        margins: by how much a metric may fall under either.
    """

    missing: float = Field(default=0, ge=0, le=1)
    noise: float = Field(default=0, ge=0, allow_inf_nan=False)
    margins: tuple[Margin, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _tries_something(self) -> RobustnessRule:
        if not (self.missing or self.noise):
            raise ValueError("give missing, noise or both")
        return self


class LimitsRule(Spec):
    """What the candidate may take.

    Args:
        latency_ms_per_1000: milliseconds to score 1,000 rows, where evaluate ran.
        bundle_mb: size of the bundle, in millions of bytes.
        cost: of the training, in the currency of `[airlock] device_hour_price`.
    """

    latency_ms_per_1000: float | None = Field(default=None, gt=0)
    bundle_mb: float | None = Field(default=None, gt=0)
    cost: float | None = Field(default=None, gt=0)


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


class Card(Spec):
    """The words of the model card that no record can know.

    Args:
        owner: who answers for the model.
        intended_use: what it is for.
        not_for: what it must not be used for.
        limits: where it is known to be weak.
    """

    owner: str = Field(min_length=1)
    intended_use: str = Field(min_length=1)
    not_for: str | None = None
    limits: str | None = None


class Policy(Spec):
    """The whole file. A rule that it does not write asks nothing.

    Args:
        name: for people.
        metrics: bounds that every candidate must keep.
        first: bounds for a candidate that has no champion to be compared with; required, because
            comparison rules do not apply then.
        champion: the comparisons.
        privacy: what the redaction must have proven, beyond what the stage itself asks for.
        canary: how a candidate proves itself on a share of the keys before it is champion.
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
    card: Card | None = None
    canary: CanaryRule | None = None

    @field_validator("champion", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """A list of margins is short for a rule that has nothing else."""
        return {"margins": value} if isinstance(value, list | tuple) else value

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
            wanted |= {"protected": self.fairness.columns, "positive": self.fairness.positive}
        if self.robustness is not None:
            wanted |= {"missing": self.robustness.missing, "noise": self.robustness.noise}
        return wanted
