"""An operator whose result changes for equal inputs raises its `version`, or old results stay.

What is pinned here was computed once on columns that are easy to get wrong: few numbers, large
constants, one cell far from all others. Where one of these fails, raise the version of the stage,
say what for beside it, and write both anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from airlock.bundle.preprocessing import Target, learn
from airlock.core.content import digest
from airlock.distribution.histograms import histograms
from airlock.engine.operator import StageOperator
from airlock.stages.drift.operator.drift import DriftOperator
from airlock.stages.train.operator import TrainOperator
from airlock.stages.validate.operator import ValidateOperator

COLUMNS: Mapping[str, list[float]] = {
    "few": [float(n) for n in range(25)],
    "few around one": [0.0] * 12 + [1.0] + [2.0] * 12,
    "one far away": [*(float(n % 7) for n in range(24)), 1e9],
    "large constant": [123456789.7] * 203,
    "nearly constant": [123456789.7] * 202 + [5.0],
    "many": [float(n * n % 101) for n in range(400)],
}


def rounded(value: Any) -> Any:
    """To nine digits: processors may add the last ones up in another order."""
    return f"{value:.9g}" if isinstance(value, float) else value


def told() -> Any:
    """The histograms that validate and drift leave."""
    return {
        name: histograms(pa.table({"x": pa.array(values, pa.float64())}))
        for name, values in COLUMNS.items()
    }


def learnt() -> Any:
    """What a bundle holds of numbers of its train fold."""
    target = Target(name="y", type="integer")
    found = {
        name: learn(pd.DataFrame({"x": values}), [("x", "number")], target)
        for name, values in COLUMNS.items()
    }
    return {
        name: {key: rounded(value) for key, value in one.numeric[0].model_dump().items()}
        for name, one in found.items()
    }


@pytest.mark.parametrize(
    ("operator", "result", "version", "pinned"),
    [
        pytest.param(
            ValidateOperator,
            told,
            5,
            "5979ebf682e6a69705a6d08488e773530244e40b80206bed1ad05ad5e563f28a",
            id="validate",
        ),
        pytest.param(
            DriftOperator,
            told,
            5,
            "5979ebf682e6a69705a6d08488e773530244e40b80206bed1ad05ad5e563f28a",
            id="drift",
        ),
        pytest.param(
            TrainOperator,
            learnt,
            5,
            "a4c2e630248b2720a82b87251fda2e811169f3dd88dc7e56f28b97f73beb0825",
            id="train",
        ),
    ],
)
def test_another_result_for_equal_inputs_has_another_version(
    operator: type[StageOperator], result: Callable[[], Any], version: int, pinned: str
):
    assert (operator.version, digest(result())) == (version, pinned)
