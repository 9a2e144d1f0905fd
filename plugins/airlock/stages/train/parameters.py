"""The hyperparameters of the built-in kinds that are no networks."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from airlock.core.spec import Spec

# As of rare values of a column: a leaf of fewer rows would say what somebody's target is.
_LEAST_ROWS = 10

ELSEWHERE: Mapping[str, str] = {
    **dict.fromkeys(
        ("num_boost_round", "n_estimators", "num_iterations", "rounds"),
        "Write max_epochs=… in the TrainSpec: an epoch of a boosting is a round.",
    ),
    **dict.fromkeys(
        ("early_stopping_rounds", "early_stopping_round"), "Write patience=… in the TrainSpec."
    ),
    **dict.fromkeys(
        ("seed", "random_state", "bagging_seed", "feature_fraction_seed"),
        "Write seed=… in the TrainSpec.",
    ),
    "monotone_constraints": 'Write monotone={"column": 1} in the TrainSpec.',
    **dict.fromkeys(
        ("is_unbalance", "scale_pos_weight"), 'Write class_weight="balanced" in the TrainSpec.'
    ),
    **dict.fromkeys(("num_threads", "n_jobs", "device"), "It uses the cores of its task."),
    "bagging_freq": "Leave it out: with a bagging_fraction, every round draws its rows.",
    **dict.fromkeys(("C", "alpha"), "Write penalty=…, for each row: 1 / (C * rows)."),
}
"""What the libraries say in hyperparameters, and Airlock elsewhere."""


class BoostingParameters(Spec):
    """What LightGBM is told, by its own names; docs/models.md says what is not offered, and why.

    Rounds and patience are `max_epochs` and `patience` of the TrainSpec.

    Args:
        learning_rate: what a round adds counts so much.
        num_leaves: of a tree at most.
        max_depth: of a tree; -1 for no bound.
        min_data_in_leaf: rows of a leaf at least.
        min_gain_to_split: loss that a split must save at least.
        lambda_l1: penalty of a leaf's value.
        lambda_l2: penalty of its square.
        feature_fraction: share of the columns that a tree may use.
        feature_fraction_bynode: share of those that a split may use.
        bagging_fraction: share of the rows that a round learns from.
        max_bin: bins of a number.
        extra_trees: thresholds are drawn at random.
        path_smooth: how much a leaf is drawn towards its parent.
        cat_smooth: the same of a rare category towards all.
        cat_l2: penalty in splits of categories.
    """

    learning_rate: float = Field(default=0.05, gt=0, le=1)
    num_leaves: int = Field(default=31, ge=2, le=1024)
    max_depth: int = Field(default=-1, ge=-1, le=64)
    min_data_in_leaf: int = Field(default=20, ge=_LEAST_ROWS)
    min_gain_to_split: float = Field(default=0, ge=0)
    lambda_l1: float = Field(default=0, ge=0)
    lambda_l2: float = Field(default=0, ge=0)
    feature_fraction: float = Field(default=1, gt=0, le=1)
    feature_fraction_bynode: float = Field(default=1, gt=0, le=1)
    bagging_fraction: float = Field(default=1, gt=0, le=1)
    max_bin: int = Field(default=255, ge=3, le=1023)
    extra_trees: bool = False
    path_smooth: float = Field(default=0, ge=0)
    cat_smooth: float = Field(default=10, ge=0)
    cat_l2: float = Field(default=10, ge=0)


class LinearParameters(Spec):
    """What logistic or ridge regression is told.

    Args:
        penalty: of the coefficients' squares, for a row; by default the one of thirteen, from 1 to
            1e-6, that the validation fold likes best.
        max_iter: steps of the solver for one penalty.
    """

    penalty: float | None = Field(default=None, gt=0)
    max_iter: int = Field(default=300, ge=1, le=100_000)
