"""What is made of probabilities is chosen on the validation fold, and frozen with the model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from airlock.bundle import decision
from airlock.bundle.decision import Curve, DecisionRule, ProbabilityMap, Threshold
from airlock.core.errors import DataError, SpecError, Unverified
from airlock.core.spec import WrongArguments
from airlock.serve import load_recorded
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evaluate.stage.evaluate import evaluate
from airlock.stages.score.stage.score import NightToScore, Workspace, score
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.decisions import check_decision, decided
from tests import trained as made
from tests.trained import Trained, trained


def spec(**changes: Any) -> TrainSpec:
    return TrainSpec(kind="lightgbm", target="churned", entity="customer_id", **changes)


def overconfident(rows: int = 4_000, classes: int = 2, seed: int = 0) -> tuple[Any, Any, Any]:
    """Probabilities that are too sure, what happened, and the probabilities by which it did."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(size=(rows, classes))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    said = np.exp(3 * logits) / np.exp(3 * logits).sum(axis=1, keepdims=True)
    drawn = (true.cumsum(axis=1) < chance.random(rows)[:, None]).sum(axis=1)
    return said, drawn.clip(max=classes - 1), true


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("method", ["isotonic", "platt", "temperature"])
def test_calibrated_probabilities_are_shares_that_happen(method: str, classes: int):
    said, truth, _true = overconfident(classes=classes)

    found = decided(spec(calibration=method), said, truth)

    assert found.calibration is not None
    fresh, _, meant = overconfident(classes=classes, seed=1)
    calibrated = found.calibration.apply(fresh)
    assert np.abs(calibrated - meant).mean() < np.abs(fresh - meant).mean() / 3
    assert np.allclose(calibrated.sum(axis=1), 1)
    assert np.isnan(found.calibration.apply(np.full((1, classes), np.nan))).all()


def test_a_temperature_finds_what_was_multiplied():
    said, truth, _ = overconfident()

    found = decided(spec(calibration="temperature"), said, truth).calibration

    assert found is not None
    assert found.temperature is not None
    assert 2.6 < found.temperature < 3.4


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        # With true probabilities, deciding pays from 1 / (1 + 4) on.
        pytest.param({"costs": {"false_positive": 1, "false_negative": 4}}, 0.15, 0.25, id="costs"),
        pytest.param({"precision": 0.8}, 0.5, 0.8, id="precision"),
        pytest.param({"recall": 0.95}, 0.05, 0.35, id="recall"),
    ],
)
def test_a_threshold_lies_where_it_must(asked: dict[str, Any], low: float, high: float):
    _, truth, true = overconfident(20_000)

    found = decided(spec(threshold=asked), true, truth)

    assert found.threshold is not None
    assert low < found.threshold.value < high
    chosen, happened = found.positive(true), truth == 1
    if "precision" in asked:
        assert happened[chosen].mean() >= 0.8
    if "recall" in asked:
        assert chosen[happened].mean() >= 0.95


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"threshold": {"precision": 0.9}}, id="precision: everybody would be chosen"),
        pytest.param({"threshold": {"recall": 0.9}}, id="recall"),
        pytest.param(
            {"threshold": {"costs": {"false_positive": 1, "false_negative": 5}}}, id="costs"
        ),
        pytest.param({"calibration": "platt"}, id="calibration"),
        pytest.param({"calibration": "temperature"}, id="temperature"),
    ],
)
@pytest.mark.parametrize("only", [0, 1])
def test_a_fold_of_one_class_decides_nothing(asked: dict[str, Any], only: int):
    scores = np.random.default_rng(0).random(200)
    said = np.stack([1 - scores, scores], axis=1)

    with pytest.raises(DataError, match="no row of 1 of 2 classes"):
        decided(spec(**asked), said, np.full(200, only))


def test_a_class_of_many_that_the_fold_lacks_cannot_be_calibrated():
    said, truth, _ = overconfident(classes=3)
    kept = truth < 2

    with pytest.raises(DataError, match="no row of 1 of 3 classes"):
        decided(spec(calibration="isotonic"), said[kept], truth[kept])


def test_a_fold_of_a_few_rows_decides_nothing():
    said, truth, _ = overconfident(rows=19)

    with pytest.raises(DataError, match="19 rows, which is too few"):
        decided(spec(threshold={"recall": 0.5}), said, truth)


def test_what_no_threshold_keeps_is_an_error():
    chance = np.random.default_rng(0)
    scores = chance.random(500)
    said, truth = np.stack([1 - scores, scores], axis=1), (chance.random(500) < 0.2).astype(int)

    with pytest.raises(DataError, match=r"No threshold has a precision of 0\.99"):
        decided(spec(threshold={"precision": 0.99}), said, truth)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"threshold": {}}, "one of them", id="nothing"),
        pytest.param({"threshold": {"precision": 0.8, "recall": 0.8}}, "one of them", id="two"),
        pytest.param({"threshold": {"percision": 0.8}}, "mean precision", id="a typing error"),
        pytest.param({"calibration": "isotonc"}, "isotonic", id="no method"),
        pytest.param(
            {"task": "regression", "calibration": "platt"}, "no classes", id="a regression"
        ),
    ],
)
def test_what_cannot_be_is_said_when_the_dag_is_parsed(changes: dict[str, Any], said: str):
    with pytest.raises(WrongArguments, match=said):
        spec(**changes)


def test_a_threshold_is_for_two_classes_and_its_column_has_the_name_alone():
    asked = spec(threshold={"precision": 0.8})
    from airlock.bundle.preprocessing import Target

    with pytest.raises(SpecError, match="for two classes, and t has 3"):
        check_decision(asked, Target(name="t", type="string", classes=("a", "b", "c")), ())
    with pytest.raises(SpecError, match="A feature is called decision"):
        check_decision(asked, Target(name="t", type="string", classes=("a", "b")), ("decision",))


def test_a_training_without_them_has_the_name_that_it_had():
    assert not {"calibration", "threshold"} & spec().decisive().keys()
    assert spec().digest != spec(calibration="platt").digest


WRONG = {
    "no JSON": b"{",
    "another key": b'{"loss": 1}',
    "curves that fall": b'{"calibration": {"method": "isotonic", "curves": '
    b'[{"x": [0.1, 0.2], "y": [0.5, 0.4]}]}}',
    "no temperature": b'{"calibration": {"method": "temperature"}}',
    "for three classes": b'{"calibration": {"method": "platt", "slopes": [1, 1, 1], '
    b'"shifts": [0, 0, 0]}}',
    "beyond 1": b'{"threshold": {"value": 1.5, "reason": ""}}',
    "a pickle": b"\x80\x04\x95",
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_a_file_that_somebody_else_wrote_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "decision.json").write_bytes(data)

    with pytest.raises(Unverified, match=r"decision\.json is not loaded"):
        decision.load(tmp_path, 2)


def test_what_is_written_is_read(tmp_path: Path):
    asked = DecisionRule(
        calibration=ProbabilityMap(method="isotonic", curves=(Curve(x=(0.1, 0.9), y=(0.2, 0.7)),)),
        threshold=Threshold(value=0.3, reason="costs"),
    )

    decision.write(tmp_path, asked)

    assert decision.load(tmp_path, 2) == asked


@pytest.fixture(scope="module")
def deciding(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    with pytest.MonkeyPatch.context() as patch:
        asked = spec(max_epochs=20, calibration="platt", threshold={"recall": 0.9})
        patch.setattr(made, "SPEC", asked)
        return trained(tmp_path_factory.mktemp("deciding") / "run")


def test_what_was_chosen_is_in_bundle_record_and_predictions(deciding: Trained, tmp_path: Path):
    scorer = load_recorded(deciding.bundle, deciding.name)
    rows = pd.read_parquet(deciding.table)
    tmp_path.joinpath("out").mkdir()

    score(
        NightToScore(
            redaction=deciding.redaction,
            champion=deciding.champion(),
            model="churn",
            night="2026-01-06",
        ),
        Workspace(table=deciding.table, bundle=deciding.bundle, out=tmp_path / "out"),
    )

    assert scorer.decision.threshold is not None
    assert "Decided as 1 from" in " ".join(deciding.record.facts())
    predicted = scorer.predict(rows)
    above = predicted["probability_1"] >= scorer.decision.threshold.value
    assert (predicted["decision"] == above.astype(int)).all()
    assert (predicted["decision"] != predicted["prediction"]).any()
    night = pq.read_table(tmp_path / "out").to_pandas().sort_values("row")
    assert (night["decision"].to_numpy() == predicted["decision"].to_numpy()).all()


def test_the_holdout_says_how_right_the_decisions_are(deciding: Trained, tmp_path: Path):
    found = evaluate(
        deciding.redaction,
        deciding.record,
        EvaluateSpec(resamples=50, protected=("region",)),
        table=deciding.table,
        bundle=deciding.bundle,
        bundle_digest=deciding.name,
        reference=None,
        report=tmp_path,
    )

    rows = pd.read_parquet(deciding.table)
    holdout = rows[rows["fold"] == "holdout"]
    chosen = load_recorded(deciding.bundle, deciding.name).predict(holdout)["decision"] == 1
    right = holdout["churned"] == 1
    assert found.candidate["decision_recall"].value == pytest.approx(chosen[right].mean())
    assert found.candidate["decision_precision"].value == pytest.approx(right[chosen].mean())
    assert found.fairness[0].rates["north"] == chosen[holdout["region"] == "north"].mean()
