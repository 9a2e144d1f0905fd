"""A trial is the train stage on a share of the rows, and no trial ever sees the holdout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airlock.stages.train.stage import folds
from tests.redacted import customers, redacted
from tests.trained import trained

ROWS = customers(900)
KINDS = {
    "lightgbm": {"max_epochs": 8, "batch_size": None, "model": None, "hyperparameters": {}},
    "linear": {"max_epochs": None, "batch_size": None, "model": None, "hyperparameters": {}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_the_holdout_holds_a_trial_comes_to_the_same_bits(kind: str, tmp_path: Path):
    other = ROWS.copy()
    held_out = other["fold"] == "holdout"
    other.loc[held_out, "churned"] = 1 - other.loc[held_out, "churned"]
    other.loc[held_out, "fee"] = 1e6
    changes = {"kind": kind, "sample": 0.5, **KINDS[kind]}

    one = trained(tmp_path / "one", ROWS, **changes)
    two = trained(tmp_path / "two", other, **changes)

    assert one.name == two.name
    assert one.record.metrics == two.record.metrics
    assert one.record.rows["train"] == round(0.5 * (ROWS["fold"] == "train").sum())


def test_rows_of_a_smaller_share_are_among_those_of_a_larger_one(tmp_path: Path):
    table = redacted(ROWS, tmp_path)
    columns = ["customer_id", "tenure"]
    train = folds.read(table, tmp_path, columns, "customer_id").train

    def drawn(share: float) -> pd.DataFrame:
        fold = train.sampled(share, seed=4)
        found = pd.concat(fold.frames(), ignore_index=True)
        assert len(found) == len(fold) == max(1, round(share * len(train)))
        assert fold["tenure"].tolist() == found["tenure"].tolist()
        return found

    small, large, whole = (drawn(share) for share in (0.1, 0.4, 1.0))

    def rows(frame: pd.DataFrame) -> set[tuple[str, int]]:
        return set(map(tuple, frame.to_numpy()))

    assert rows(small) < rows(large) < rows(whole)
    assert train.sampled(1.0, seed=4) is train
    assert not np.array_equal(drawn(0.1)["tenure"], train.sampled(0.1, seed=5)["tenure"])
