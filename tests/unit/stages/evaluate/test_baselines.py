"""What costs nothing, beside every candidate: fitted on the train fold, by the same columns."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airlock.bundle.preprocessing import FeatureType, learn, learn_target
from airlock.core.metrics import plain, regression
from airlock.serve import load_recorded
from airlock.stages.evaluate.record import Evaluation, Interval
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evaluate.stage.baselines import fit, models, rows
from airlock.stages.evaluate.stage.baselines.fit import FittedBaseline, fit_baselines
from airlock.stages.evaluate.stage.bootstrap import Predictions
from airlock.stages.evaluate.stage.evaluate import evaluate
from tests.redacted import customers, redacted
from tests.trained import Trained, trained

CUSTOMERS = customers()
HELD_OUT = CUSTOMERS["fold"] == "holdout"
COLUMNS: tuple[tuple[str, FeatureType], ...] = (
    ("plan", "string"),
    ("tenure", "integer"),
    ("fee", "number"),
    ("paperless", "boolean"),
)


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("candidate"))


def evaluated(made: Trained, report: Path) -> Evaluation:
    return evaluate(
        made.redaction,
        made.record,
        EvaluateSpec(resamples=50),
        table=made.table,
        bundle=made.bundle,
        bundle_digest=made.name,
        reference=None,
        report=report,
    )


def fitted(
    frame: pd.DataFrame,
    folder: Path,
    features: tuple[tuple[str, FeatureType], ...] = COLUMNS,
    *,
    target: str = "churned",
    classify: bool = True,
) -> FittedBaseline:
    """Fit them on a table as a candidate of these features would see it."""
    train = frame[frame["fold"] == "train"]
    kind = "integer" if classify else "number"
    seen = learn(train, features, learn_target(target, kind, train[target], classify=classify))
    holdout = frame[frame["fold"] == "holdout"]
    return fit_baselines(redacted(frame, folder), folder, holdout, seen, seed=0)


def width(interval: Interval) -> float:
    return interval.high - interval.low


def auroc(frame: pd.DataFrame, scores: np.ndarray) -> float:
    truth = frame.loc[frame["fold"] == "holdout", "churned"].to_numpy()
    return float(Predictions(truth=truth, scores=scores, classify=True).measured()["auroc"][0])


# --- in the record ---


def test_every_evaluation_says_what_costs_nothing_and_how_far_from_it_the_candidate_is(
    candidate: Trained, tmp_path: Path
):
    found = evaluated(candidate, tmp_path)

    assert found.baselines is not None
    assert [one.kind for one in found.baselines] == ["constant", "linear", "boosted"]
    assert {one.rows for one in found.baselines} == {(CUSTOMERS["fold"] == "train").sum()}
    assert [one.problem for one in found.baselines] == [None] * 3
    constant, linear, boosted = found.baselines
    assert constant.figures["auroc"].value == 0.5
    assert min(linear.figures["auroc"].value, boosted.figures["auroc"].value) > 0.7
    for one in found.baselines:
        for name, difference in one.difference.items():
            gap = found.candidate[name].value - one.figures[name].value
            assert difference.value == pytest.approx(gap)
            assert difference.low <= gap <= difference.high
    assert any("logistic regression 0." in fact for fact in found.facts())
    assert Evaluation.from_json(found.to_json()) == found


def test_the_difference_is_paired(candidate: Trained, tmp_path: Path):
    found = evaluated(candidate, tmp_path)

    linear = found.baseline("linear")
    assert linear is not None
    independent = math.hypot(width(found.candidate["auroc"]), width(linear.figures["auroc"]))
    assert width(linear.difference["auroc"]) < 0.85 * independent


def test_a_record_from_before_says_nothing_about_baselines(candidate: Trained, tmp_path: Path):
    stored = evaluated(candidate, tmp_path).to_json()
    del stored["baselines"]

    before = Evaluation.from_json(stored)

    assert before.baselines is None
    assert before.baseline("linear") is None
    assert not any("For nothing" in fact for fact in before.facts())


# --- what they see ---


def test_they_learn_from_the_train_fold_alone(tmp_path: Path):
    poisoned = CUSTOMERS.copy()
    others = poisoned["fold"] != "train"
    poisoned.loc[others, "churned"] = 1 - poisoned.loc[others, "churned"]
    poisoned.loc[poisoned["fold"] == "validation", "fee"] = 1e9

    clean, dirty = fitted(CUSTOMERS, tmp_path / "a"), fitted(poisoned, tmp_path / "b")

    for kind in models.FIT:
        np.testing.assert_array_equal(clean.scores[kind], dirty.scores[kind])


def test_they_see_the_candidates_columns_and_no_others(candidate: Trained, tmp_path: Path):
    told = CUSTOMERS.assign(note=np.where(CUSTOMERS["churned"] == 1, "gives notice", "stays"))
    seen = load_recorded(candidate.bundle, candidate.name).preprocessing

    found = fit_baselines(
        redacted(told, tmp_path), tmp_path, told[HELD_OUT].drop(columns="note"), seen, seed=0
    )

    assert "note" not in dict(seen.features)
    assert auroc(CUSTOMERS, found.scores["boosted"]) < 0.85


def test_free_text_is_a_bag_of_ngrams_to_them(tmp_path: Path):
    said = np.where(CUSTOMERS["churned"] == 1, "I cancel my plan", "thank you for the plan")
    told = CUSTOMERS.assign(note=said)

    found = fitted(told, tmp_path, (("note", "text"),))

    assert auroc(told, found.scores["linear"]) > 0.99
    assert auroc(told, found.scores["boosted"]) > 0.99


def test_a_number_is_foretold_in_its_own_unit(tmp_path: Path):
    chance = np.random.default_rng(0)
    sold = CUSTOMERS.assign(
        churned=1000 + 50.0 * CUSTOMERS["tenure"] + chance.normal(0, 20, len(CUSTOMERS))
    )

    found = fitted(sold, tmp_path, classify=False)

    truth = sold.loc[HELD_OUT, "churned"].to_numpy()
    r2 = {
        kind: float(regression(truth, said[:, 0], plain(len(truth)))["r2"][0])
        for kind, said in found.scores.items()
    }
    assert r2["constant"] == pytest.approx(0, abs=0.05)
    assert min(r2["linear"], r2["boosted"]) > 0.95


def test_more_classes_than_two(tmp_path: Path):
    three = CUSTOMERS.assign(churned=np.digitize(CUSTOMERS["tenure"], [24, 48]))

    found = fitted(three, tmp_path)

    truth = three.loc[HELD_OUT, "churned"].to_numpy()
    for kind in ("linear", "boosted"):
        np.testing.assert_allclose(found.scores[kind].sum(axis=1), 1)
        assert (found.scores[kind].argmax(axis=1) == truth).mean() > 0.8


def test_a_gap_is_no_number_to_the_trees(tmp_path: Path):
    # Who churns has no fee; the median in its place would say nothing.
    gaps = CUSTOMERS.assign(fee=np.where(CUSTOMERS["churned"] == 1, np.nan, 60.0))

    found = fitted(gaps, tmp_path, (("fee", "number"),))

    assert auroc(gaps, found.scores["boosted"]) == 1


def test_of_many_rows_some_are_drawn_and_the_same_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rows, "MOST", 200)

    once, again = fitted(CUSTOMERS, tmp_path / "a"), fitted(CUSTOMERS, tmp_path / "b")

    assert once.rows == 200
    for kind in models.FIT:
        np.testing.assert_array_equal(once.scores[kind], again.scores[kind])


# --- what cannot be fitted says so ---


def test_a_train_fold_of_one_class_teaches_a_share_and_no_more(tmp_path: Path):
    quiet = CUSTOMERS.copy()
    quiet.loc[quiet["fold"] == "train", "churned"] = 0
    train = CUSTOMERS[CUSTOMERS["fold"] == "train"]
    seen = learn(
        train, COLUMNS, learn_target("churned", "integer", train["churned"], classify=True)
    )

    found = fit_baselines(redacted(quiet, tmp_path), tmp_path, quiet[HELD_OUT], seen, seed=0)

    assert set(found.scores) == {"constant"}
    assert found.problems["linear"] == "the train fold has rows of one class only"


def test_a_fit_that_fails_stops_no_evaluation_and_quotes_nobody(
    candidate: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def quotes(lesson: models.BaselineLesson) -> models.Floats:
        raise ValueError("could not convert 'Jane Doe'")

    monkeypatch.setitem(fit.FIT, "linear", quotes)  # type: ignore[arg-type]  # a dict behind it

    found = evaluated(candidate, tmp_path)

    linear = found.baseline("linear")
    assert linear is not None
    assert linear.problem == "it could not be fitted (ValueError)"
    assert (linear.figures, linear.difference) == ({}, {})
    assert found.candidate["auroc"].value > 0.7
    assert "Jane" not in str(found.to_json())


def test_too_many_classes_are_told(tmp_path: Path):
    many = CUSTOMERS.assign(churned=np.arange(len(CUSTOMERS)) % 30)

    found = fitted(many, tmp_path)

    assert set(found.scores) == {"constant", "linear"}
    assert found.problems["boosted"] == "it is fitted for at most 20 classes, and there are 30"


def test_scores_that_are_not_finite_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(  # type: ignore[misc]  # a dict behind it
        fit.FIT, "boosted", lambda lesson: np.full((len(lesson.holdout), 2), np.nan)
    )

    assert "no finite score" in fitted(CUSTOMERS, tmp_path).problems["boosted"]


def test_an_empty_train_fold_is_told(tmp_path: Path):
    without = CUSTOMERS[CUSTOMERS["fold"] != "train"]
    train = CUSTOMERS[CUSTOMERS["fold"] == "train"]
    seen = learn(
        train, COLUMNS, learn_target("churned", "integer", train["churned"], classify=True)
    )

    found = fit_baselines(redacted(without, tmp_path), tmp_path, CUSTOMERS[HELD_OUT], seen, seed=0)

    assert set(found.problems.values()) == {"the train fold has no rows"}


def test_a_record_of_one_that_could_not_be_fitted_reads(candidate: Trained, tmp_path: Path):
    found = evaluated(candidate, tmp_path)
    assert found.baselines is not None
    bare = replace(found.baselines[2], problem="too few", figures={}, difference={})
    told = replace(found, baselines=(*found.baselines[:2], bare))

    assert Evaluation.from_json(told.to_json()) == told
    assert "gradient boosting (LightGBM) none: too few" in " ".join(told.facts())
