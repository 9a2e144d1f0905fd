"""Names of the baselines: models that cost nothing, with which every candidate is compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

BaselineKind = Literal["constant", "linear", "boosted"]

_CALLED: Mapping[BaselineKind, tuple[str, str]] = {
    "constant": ("majority class", "mean"),
    "linear": ("logistic regression", "linear regression"),
    "boosted": ("gradient boosting (LightGBM)", "gradient boosting (LightGBM)"),
}


def baseline_name(kind: BaselineKind, task: str) -> str:
    """What a baseline is called where people read it.

    Args:
        task: `classification` or `regression`.
    """
    return _CALLED[kind][task == "regression"]
