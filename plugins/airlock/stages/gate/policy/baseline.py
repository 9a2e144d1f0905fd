"""Policy section on the comparison with models that cost nothing."""

from __future__ import annotations

from pydantic import Field

from airlock.core.baselines import BaselineKind
from airlock.core.spec import Spec
from airlock.stages.gate.policy.bounds import Metric


class BaselineRule(Spec):
    """What holds against the baselines that every evaluation fits; docs/evaluate.md says which.

    Args:
        margin: by how much the candidate may be worse, with the evaluation's confidence, in the
            metric's unit; 0 or more.
        metric: which one; by default `auroc` for classes and `r2` for a number.
        against: which of them; `constant` is the majority class or the mean, `linear` logistic or
            linear regression, `boosted` gradient boosting.
    """

    margin: float = Field(ge=0, allow_inf_nan=False)
    metric: Metric | None = None
    against: tuple[BaselineKind, ...] = Field(
        default=("constant", "linear", "boosted"), min_length=1
    )
