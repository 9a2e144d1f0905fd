"""What moved a prediction adds up, and names the features that decide."""

from __future__ import annotations

import pandas as pd
import pytest

from airlock.serve import Scorer, load_recorded
from airlock.stages.score.stage.integrated_gradients import attribute
from tests.redacted import customers
from tests.trained import trained

ROWS = customers(40, seed=5)


@pytest.fixture(scope="module")
def scorers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scorer]:
    kinds = {
        "classifier": {},
        "regressor": {
            "model": "airlock.models.tabular:TabularRegressor",
            "target": "fee",
            "task": "regression",
            "features": ("plan", "region", "tenure", "paperless"),
        },
        "texts": {
            "model": "airlock.models.text:TextClassifier",
            "features": ("note", "plan", "tenure"),
            "hyperparameters": {},
        },
    }
    frame = customers()
    frame["fee"] = frame["fee"].fillna(60.0)
    frame["note"] = "calls " + frame["plan"].str.replace("basic", "angry")
    made = {
        name: trained(tmp_path_factory.mktemp(name), frame, **changes)
        for name, changes in kinds.items()
    }
    return {name: load_recorded(one.bundle, one.name) for name, one in made.items()}


@pytest.mark.parametrize("kind", ["classifier", "regressor", "texts"])
def test_what_the_features_add_is_the_difference_to_the_average_row(
    kind: str, scorers: dict[str, Scorer]
):
    scorer = scorers[kind]
    frame = ROWS.assign(note="calls " + ROWS["plan"].str.replace("basic", "angry"))
    for at in range(5):
        row = frame.iloc[[at]]
        found = attribute(scorer, row)

        added = sum(value for _, value in found.features)
        spread = max(abs(value) for _, value in found.features)
        assert abs(found.remainder) < 0.02 * spread
        assert found.average + added + found.remainder == pytest.approx(found.score)
        assert found.score == pytest.approx(scorer.scores(row)[0, -1], rel=1e-4)
        assert {name for name, _ in found.features} == {
            name for name, _ in scorer.preprocessing.features
        }


def test_what_is_as_in_the_average_row_adds_nothing(scorers: dict[str, Scorer]):
    scorer = scorers["classifier"]
    [tenure] = [one for one in scorer.preprocessing.numeric if one.name == "tenure"]
    row = ROWS.iloc[[0]].astype({"tenure": float})

    same = dict(attribute(scorer, row.assign(tenure=tenure.mean)).features)
    longer = dict(attribute(scorer, row.assign(tenure=tenure.mean + 2 * tenure.scale)).features)

    assert abs(same["tenure"]) < 1e-6 < abs(longer["tenure"])


def test_a_missing_number_and_a_value_that_training_did_not_know_are_taken_apart_too(
    scorers: dict[str, Scorer],
):
    row = ROWS.iloc[[0]].assign(plan="never seen", fee=float("nan"))

    found = attribute(scorers["classifier"], row)

    assert abs(found.remainder) < 0.01


def test_the_same_row_is_told_the_same(scorers: dict[str, Scorer]):
    row: pd.DataFrame = ROWS.iloc[[3]]

    assert attribute(scorers["classifier"], row) == attribute(scorers["classifier"], row)
