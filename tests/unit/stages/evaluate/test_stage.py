"""Candidate and champion on the same rows that no model has seen."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from airlock.core.errors import SpecError, Unverified
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evaluate.stage.bootstrap import Predictions, intervals, resampled
from airlock.stages.evaluate.stage.evaluate import ReferenceModel, evaluate
from tests.redacted import customers, redacted
from tests.trained import Trained, trained

CUSTOMERS = customers()
SPEC = EvaluateSpec(resamples=50)


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("candidate"))


@pytest.fixture(scope="module")
def weaker(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("weaker"), features=("region",), max_epochs=1)


def reference(made: Trained, **changes) -> ReferenceModel:
    return ReferenceModel(champion=made.champion(**changes), record=made.record, bundle=made.bundle)


def evaluated(
    candidate: Trained,
    champion: ReferenceModel | None = None,
    spec: EvaluateSpec = SPEC,
    *,
    frame: pd.DataFrame | None = None,
    folder: Path | None = None,
    recorded: str | None = None,
    anchor: ReferenceModel | None = None,
    report: Path | None = None,
) -> Evaluation:
    redaction, table = candidate.redaction, candidate.table
    if frame is not None and folder is not None:
        redaction, table = redacted(frame, folder), folder
    return evaluate(
        redaction,
        candidate.record,
        spec,
        table=table,
        bundle=candidate.bundle,
        bundle_digest=recorded or candidate.name,
        reference=champion,
        anchor=anchor,
        report=report or candidate.bundle.parent,
    )


def test_the_first_candidate_is_measured_alone(candidate: Trained):
    found = evaluated(candidate)

    held_out = CUSTOMERS[CUSTOMERS["fold"] == "holdout"]
    assert found.rows == len(held_out)
    assert found.classes == {
        "0": (held_out["churned"] == 0).sum(),
        "1": (held_out["churned"] == 1).sum(),
    }
    assert found.candidate["auroc"].value > 0.7
    for interval in found.candidate.values():
        assert interval.low <= interval.high
    assert found.candidate["auroc"].low < found.candidate["auroc"].high
    assert (found.champion, found.difference, found.champion_problem) == ({}, {}, None)
    assert Evaluation.from_json(found.to_json()) == found


def test_the_better_of_two_is_better_beyond_chance(candidate: Trained, weaker: Trained):
    found = evaluated(candidate, reference(weaker))

    assert found.difference["auroc"].low > 0
    assert found.difference["log_loss"].high < 0
    assert found.difference["auroc"].value == pytest.approx(
        found.candidate["auroc"].value - found.champion["auroc"].value
    )
    assert (found.champion_version, found.champion_sequence) == (1, 3)


def test_a_model_does_not_differ_from_itself(candidate: Trained):
    found = evaluated(candidate, reference(candidate))

    for interval in found.difference.values():
        assert (interval.low, interval.value, interval.high) == (0, 0, 0)


def test_the_difference_is_surer_than_the_figures_because_it_is_paired(
    candidate: Trained, tmp_path: Path
):
    sibling = trained(tmp_path / "sibling", max_epochs=2)

    found = evaluated(candidate, reference(sibling))

    def width(interval):
        return interval.high - interval.low

    independent = math.hypot(width(found.candidate["auroc"]), width(found.champion["auroc"]))
    assert width(found.difference["auroc"]) < 0.75 * independent


def test_rows_outside_the_holdout_change_nothing(candidate: Trained, tmp_path: Path):
    poisoned = CUSTOMERS.copy()
    seen = poisoned["fold"] != "holdout"
    poisoned.loc[seen, "fee"] = 1e9
    poisoned.loc[seen, "churned"] = 1 - poisoned.loc[seen, "churned"]

    found, clean = evaluated(candidate, frame=poisoned, folder=tmp_path), evaluated(candidate)

    # What costs nothing is fitted on the train fold.
    assert found.baselines != clean.baselines
    assert replace(found, baselines=None) == replace(clean, baselines=None)


def test_an_empty_holdout_is_an_evaluation_without_figures(candidate: Trained, tmp_path: Path):
    without = CUSTOMERS[CUSTOMERS["fold"] != "holdout"]

    found = evaluated(candidate, reference(candidate), frame=without, folder=tmp_path)

    assert (found.rows, found.candidate, found.champion, found.difference) == (0, {}, {}, {})


def test_a_holdout_with_one_class_has_no_ranking(candidate: Trained, tmp_path: Path):
    quiet = CUSTOMERS.copy()
    quiet.loc[quiet["fold"] == "holdout", "churned"] = 0

    found = evaluated(candidate, frame=quiet, folder=tmp_path)

    assert "auroc" not in found.candidate
    assert "accuracy" in found.candidate


def test_a_label_that_nobody_trained_on_leaves_the_gate_nothing_to_open_by(
    candidate: Trained, tmp_path: Path
):
    strange = CUSTOMERS.copy()
    first = strange.index[strange["fold"] == "holdout"][0]
    strange.loc[first, "churned"] = 7

    found = evaluated(candidate, frame=strange, folder=tmp_path)

    assert set(found.candidate) == {"accuracy", "f1_macro"}


# --- who may be compared ---


def test_a_candidate_of_another_split_is_refused(candidate: Trained):
    other = replace(candidate, redaction=replace(candidate.redaction, split="f" * 16))

    with pytest.raises(Unverified, match="another split"):
        evaluated(other)


def test_a_record_that_claims_the_split_for_another_bundle_is_refused(candidate: Trained):
    moved = replace(candidate.redaction, split="f" * 16)
    claimed = replace(candidate.record, split="f" * 16)

    with pytest.raises(Unverified, match="another split"):
        evaluated(replace(candidate, redaction=moved, record=claimed))


def test_another_bundle_than_the_recorded_one_is_refused(candidate: Trained, weaker: Trained):
    with pytest.raises(Unverified, match="was expected"):
        evaluated(candidate, reference(weaker, bundle="0" * 64))
    with pytest.raises(Unverified, match="was expected"):
        evaluated(candidate, recorded=weaker.name)


def test_a_champion_of_another_split_is_not_compared(candidate: Trained, weaker: Trained):
    found = evaluated(candidate, reference(weaker, split="f" * 16))

    assert found.champion_problem is not None
    assert "another split" in found.champion_problem
    assert (found.champion, found.difference) == ({}, {})
    assert found.candidate


def test_a_champion_that_cannot_read_the_rows_says_which_column(
    candidate: Trained, weaker: Trained, tmp_path: Path
):
    found = evaluated(
        weaker, reference(candidate), frame=CUSTOMERS.drop(columns=["fee", "plan"]), folder=tmp_path
    )

    assert found.champion_problem is not None
    assert "fee, plan" in found.champion_problem
    assert found.candidate
    assert not found.difference


def test_a_champion_with_other_classes_is_not_compared(candidate: Trained, tmp_path: Path):
    three = trained(tmp_path / "three", CUSTOMERS.assign(churned=np.arange(len(CUSTOMERS)) % 3))

    found = evaluated(candidate, reference(three))

    assert found.champion_problem is not None
    assert "other classes" in found.champion_problem


# --- slices ---


def test_every_value_of_a_slice_with_enough_rows_is_measured(candidate: Trained, weaker: Trained):
    spec = SPEC.model_copy(update={"slices": ("plan", "region"), "min_slice_rows": 70})

    found = evaluated(candidate, reference(weaker), spec)

    held_out = CUSTOMERS[CUSTOMERS["fold"] == "holdout"]
    rows = {
        (column, value): count
        for column in ("plan", "region")
        for value, count in held_out[column].value_counts().items()
        if count >= 70
    }
    assert {(one.column, one.value): one.rows for one in found.slices} == rows
    assert all(one.candidate["auroc"] > 0.5 and one.champion for one in found.slices)


def test_a_slice_by_a_column_that_is_not_there_is_named(candidate: Trained):
    with pytest.raises(SpecError, match="lacks: age"):
        evaluated(candidate, spec=SPEC.model_copy(update={"slices": ("age",)}))


# --- resampling ---


def test_an_entity_is_drawn_with_all_its_rows_or_not_at_all():
    entities = pd.Series(["a", "b", "a", "c", "b", "a"])

    drawn = np.concatenate(list(resampled(entities, SPEC)))

    assert drawn.shape == (50, 6)
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, 1] == drawn[:, 4]).all()
    assert (drawn[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    spec = EvaluateSpec(resamples=200, confidence=0.9)
    hits = 0
    for night in range(200):
        chance = np.random.default_rng(night)
        correct = chance.random(300) < 0.7
        truth = np.zeros(300, dtype=np.int64)
        scores = np.where(correct[:, None], [0.9, 0.1], [0.1, 0.9])
        predictions = Predictions(truth=truth, scores=scores, classify=True)
        entities = pd.Series(np.arange(300))
        drawn = [predictions.measured(weights) for weights in resampled(entities, spec)]
        found = intervals(predictions.measured(), drawn[0], spec.confidence)["accuracy"]
        hits += found.low <= 0.7 <= found.high

    assert 165 <= hits <= 195


def test_a_metric_that_most_resamples_cannot_measure_is_absent():
    values = {"auroc": np.array([0.9]), "accuracy": np.array([0.8])}
    resamples = {"auroc": np.array([0.9, 0.8, np.nan, np.nan]), "accuracy": np.full(4, 0.8)}

    assert set(intervals(values, resamples, 0.95)) == {"accuracy"}


def test_many_rows_are_resampled_within_seconds_and_bounded_memory():
    chance = np.random.default_rng(0)
    truth = chance.integers(0, 2, 4000)
    positive = chance.random(4000)
    scores = np.stack([1 - positive, positive], axis=1)
    predictions = Predictions(truth=truth, scores=scores, classify=True)

    began = time.process_time()
    for weights in resampled(pd.Series(np.arange(4000)), EvaluateSpec()):
        predictions.measured(weights)

    assert time.process_time() - began < 2
    assert max(len(block) for block in resampled(pd.Series(np.arange(400_000)), SPEC)) == 10
