"""No label stands beside a NaN, and a bundle from before there was a range predicts as it did."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from airlock.bundle.network import NetworkCompute
from airlock.bundle.preprocessing import Preprocessing, Target, learn
from airlock.core.errors import DataError
from airlock.serve import Scorer

CHURNED = Target(name="churned", type="integer", classes=("0", "1"))
ROWS = pd.DataFrame({"fee": np.arange(40.0), "plan": ["basic", "plus"] * 20})


class Overflowing(nn.Module):
    """Squares its input so often that what is large becomes no number."""

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        large = numeric * 1e20 * numeric.abs() * 1e20
        return torch.cat([large, large - large], dim=1)


def learnt() -> Preprocessing:
    return learn(ROWS, [("fee", "number"), ("plan", "string")], CHURNED)


def of_before() -> Preprocessing:
    """As a bundle held it that knows neither range nor type."""
    fields = learnt().to_json()
    for column in (*fields["numeric"], fields["target"]):
        del column["low"], column["high"]
    for column in fields["categorical"]:
        del column["type"]
    return Preprocessing.from_json(fields)


def test_a_row_without_a_finite_score_has_no_label_and_is_counted():
    scorer = Scorer(NetworkCompute(Overflowing(), 2), learnt(), {})

    with pytest.raises(DataError, match=r"no finite number for \d+ of 40 rows"):
        scorer.predict(ROWS)


def test_a_bundle_from_before_reads_rows_as_it_did():
    rows = pd.DataFrame({"fee": [3.0, None, 39.0], "plan": ["plus", None, "other"]})

    before, now = of_before().apply(rows), learnt().apply(rows)

    assert all(np.array_equal(one, other) for one, other in zip(before, now, strict=True))
    assert of_before().clipped(ROWS) == {}


def test_a_bundle_from_before_cannot_overflow_on_the_way_in():
    found = of_before().apply(pd.DataFrame({"fee": [-3.4028235e38, 1.7e308], "plan": "basic"}))

    assert np.isfinite(found[0]).all()
