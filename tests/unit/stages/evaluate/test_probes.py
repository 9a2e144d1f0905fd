"""Attacks on a candidate, what it goes by, and groups of two columns together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airlock.stages.evaluate.record import Evaluation
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evaluate.stage.attacks import membership
from airlock.stages.evaluate.stage.evaluate import evaluate
from airlock.stages.evaluate.stage.groups import guarded, unjudged
from tests.redacted import customers
from tests.trained import Trained, trained

# A tree that learns every row by heart, though nothing can be learnt.
BY_HEART = {"num_leaves": 400, "min_data_in_leaf": 10, "learning_rate": 0.5}


def noise(rows: int = 1_200) -> pd.DataFrame:
    frame = customers(rows)
    chance = np.random.default_rng(3)
    frame["churned"] = chance.integers(0, 2, rows)
    frame["fee"] = chance.normal(size=rows)
    # Validated on what it learns from, nothing ever stops it.
    validated = frame["fold"] == "validation"
    copied = frame[frame["fold"] == "train"].sample(int(validated.sum()), random_state=1)
    for name in ("plan", "region", "tenure", "fee", "paperless", "churned"):
        frame.loc[validated, name] = copied[name].to_numpy()
    return frame


def probed(made: Trained, report: Path, **spec: object) -> Evaluation:
    report.mkdir(exist_ok=True)
    return evaluate(
        made.redaction,
        made.record,
        EvaluateSpec.model_validate(
            {"resamples": 50, "min_slice_rows": 20, "attacks": True, "explain": True, **spec}
        ),
        table=made.table,
        bundle=made.bundle,
        bundle_digest=made.name,
        reference=None,
        report=report,
        clock=lambda: 0.0,
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trained, Evaluation]:
    folder = tmp_path_factory.mktemp("sound")
    made = trained(
        folder / "made",
        kind="lightgbm",
        model=None,
        max_epochs=40,
        batch_size=None,
        hyperparameters={"num_leaves": 4},
    )
    return made, probed(made, folder / "report")


@pytest.fixture(scope="module")
def by_heart(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    folder = tmp_path_factory.mktemp("heart")
    made = trained(
        folder / "made",
        noise(),
        kind="lightgbm",
        model=None,
        max_epochs=60,
        patience=60,
        batch_size=None,
        hyperparameters=BY_HEART,
    )
    return probed(made, folder / "report")


def test_a_model_that_learnt_its_rows_by_heart_gives_them_away(
    sound: tuple[Trained, Evaluation], by_heart: Evaluation
):
    kept, told = sound[1].attacked, by_heart.attacked

    assert kept is not None
    assert told is not None
    assert told.membership.low > 0.55 > kept.membership.value


def test_losses_of_one_kind_tell_nothing_and_lower_ones_of_the_training_everything():
    chance = np.random.default_rng(0)
    same = chance.random(500)

    assert membership(same, same, confidence=0.95).value == pytest.approx(0.5)
    assert membership(same, same + 1, confidence=0.95).value == 1
    assert membership(np.zeros(9), np.zeros(7), confidence=0.95).value == pytest.approx(0.5)
    blind = membership(chance.random(500), chance.random(500), confidence=0.95)
    assert blind.low < 0.5 < blind.high


def test_small_moves_lost_columns_and_other_units_are_measured(
    sound: tuple[Trained, Evaluation],
):
    found = sound[1].attacked

    assert found is not None
    assert 0 <= found.flips.low <= found.flips.value <= found.flips.high < 0.5
    assert found.metric == "auroc"
    # Plan and tenure carry the risk; the region says nothing.
    assert found.lost["tenure"] > 0.05 > abs(found.lost["region"])
    assert {"tenure × 100", "tenure × 0.01"} <= found.shifted.keys()
    assert found.shifted["tenure × 0.01"] > 0.05
    assert None not in found.lost.values()


def test_what_it_goes_by_is_what_the_rows_are_made_of(sound: tuple[Trained, Evaluation]):
    found = sound[1].explained

    assert found is not None
    ranked = sorted(found.importance, key=lambda name: -found.importance[name].value)
    assert set(ranked[:2]) == {"tenure", "plan"}
    assert found.importance["tenure"].low > 0
    assert abs(found.importance["region"].value) < 0.02
    along = next(one for one in found.effects if one.feature == "tenure")
    # The longer somebody stays, the less likely to leave.
    assert along.points[0][1] > 0.1 > along.points[-1][1]


def test_the_same_again_and_nothing_that_nobody_asked_for(
    sound: tuple[Trained, Evaluation], tmp_path: Path
):
    made, first = sound

    assert probed(made, tmp_path / "again") == first
    plain = probed(made, tmp_path / "plain", attacks=False, explain=False)
    assert plain.attacked is plain.explained is None
    assert not {"attacked", "explained"} & plain.to_json().keys()
    assert not {"attacks", "explain", "pairs"} & EvaluateSpec().to_json().keys()


def test_two_columns_together_make_groups_and_what_is_too_small_is_named():
    frame = pd.DataFrame(
        {"sex": ["f"] * 60 + ["m"] * 60, "age": (["old"] * 20 + ["young"] * 40) * 2}
    )
    frame.loc[:24, "age"] = None
    spec = EvaluateSpec(pairs=(("sex", "age"),), min_group_rows=30, min_slice_rows=1)

    groups = guarded(frame, spec)["sex and age"]
    [left] = unjudged(frame, spec)

    assert {one.value: len(one.rows) for one in groups} == {"f, young": 35, "m, young": 40}
    assert (left.column, left.groups) == ("sex and age", 2)
    assert "f, no value (25 rows)" in left.sentence
