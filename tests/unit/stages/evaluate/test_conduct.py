"""Slices by bin, groups, stress, the approved champion and speed: measured on real models."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from airlock.core.errors import SpecError, Unverified
from airlock.serve import load_recorded
from airlock.stages.evaluate.record import SPEED, Evaluation, Speed, read_speed
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evaluate.stage.evaluate import ReferenceModel, evaluate
from airlock.stages.evaluate.stage.groups import slices
from airlock.stages.evaluate.stage.stress import with_missing, with_noise
from tests.redacted import customers, redacted
from tests.trained import Trained, trained

CUSTOMERS = customers()
HELD_OUT = CUSTOMERS[CUSTOMERS["fold"] == "holdout"]


@pytest.fixture(scope="module")
def candidate(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("candidate"))


@pytest.fixture(scope="module")
def weaker(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("weaker"), features=("region",), max_epochs=1)


def ticks(step: float) -> Iterator[float]:
    return (at * step for at in count())


def evaluated(
    made: Trained,
    report: Path,
    *,
    step: float = 0.002,
    models: dict[str, Any] | None = None,
    **spec,
) -> Evaluation:
    clock = ticks(step)
    return evaluate(
        made.redaction,
        made.record,
        EvaluateSpec.model_validate({"resamples": 50, "min_slice_rows": 20, **spec}),
        table=made.table,
        bundle=made.bundle,
        bundle_digest=made.name,
        report=report,
        clock=lambda: next(clock),
        **{"reference": None, **(models or {})},
    )


def reference(made: Trained, **changes) -> ReferenceModel:
    return ReferenceModel(champion=made.champion(**changes), record=made.record, bundle=made.bundle)


# --- slices by bin ---


def test_numbers_are_cut_at_the_edges_and_an_edge_belongs_to_the_bin_above():
    frame = pd.DataFrame({"age": [0, 11.9, 12, 23, 24, 99, np.nan, np.nan]})
    spec = EvaluateSpec(bins={"age": (12, 24)}, min_slice_rows=1)

    found = {one.value: one.rows.tolist() for one in slices(frame, spec)}

    assert found == {
        "below 12": [0, 1],
        "12 to 24": [2, 3],
        "24 and more": [4, 5],
        "no value": [6, 7],
    }


def test_small_bins_are_left_out():
    frame = pd.DataFrame({"age": [1, 2, 3, 30]})

    found = [
        one.value for one in slices(frame, EvaluateSpec(bins={"age": (12,)}, min_slice_rows=2))
    ]

    assert found == ["below 12"]


@pytest.mark.parametrize("edges", [(), (2, 1), (1, 1), (float("nan"),)])
def test_edges_that_do_not_rise_are_refused(edges):
    with pytest.raises(SpecError, match="bins"):
        EvaluateSpec(bins={"age": edges})


def test_every_slice_has_its_own_figures_and_paired_intervals(
    candidate: Trained, weaker: Trained, tmp_path: Path
):
    found = evaluated(
        candidate,
        tmp_path,
        models={"reference": reference(weaker)},
        slices=("plan",),
        bins={"tenure": (24, 48)},
    )

    rows = {one.value: one.rows for one in found.slices if one.column == "tenure"}
    assert rows == {
        "below 24": (HELD_OUT["tenure"] < 24).sum(),
        "24 to 48": ((HELD_OUT["tenure"] >= 24) & (HELD_OUT["tenure"] < 48)).sum(),
        "48 and more": (HELD_OUT["tenure"] >= 48).sum(),
    }
    for one in found.slices:
        assert one.champion is not None
        gap = one.candidate["accuracy"] - one.champion["accuracy"]
        assert one.difference["accuracy"].value == pytest.approx(gap)
        assert one.difference["accuracy"].low <= gap <= one.difference["accuracy"].high


def test_the_worst_slice_is_named(candidate: Trained, tmp_path: Path):
    found = evaluated(candidate, tmp_path, slices=("plan", "region"))

    worst = min(found.slices, key=lambda one: one.candidate["auroc"])
    assert found.worst("auroc") == worst
    assert any(f"Worst slice: {worst.column} {worst.value}" in fact for fact in found.facts())
    loss = max(found.slices, key=lambda one: one.candidate["log_loss"])
    assert found.worst("log_loss") == loss


# --- groups ---


def test_groups_are_compared_by_what_the_candidate_predicts(candidate: Trained, tmp_path: Path):
    found = evaluated(candidate, tmp_path, protected=("plan",)).fairness[0]

    predicted = load_recorded(candidate.bundle, candidate.name).predict(HELD_OUT)["prediction"]
    rates = predicted.groupby(HELD_OUT["plan"]).mean()
    churned = HELD_OUT["churned"] == 1
    recalls = predicted[churned].groupby(HELD_OUT["plan"][churned]).mean()
    assert found.positive == "1"
    assert found.rates == pytest.approx(rates.to_dict())
    assert found.figures["demographic_parity"].value == pytest.approx(rates.max() - rates.min())
    assert found.figures["equal_opportunity"].value == pytest.approx(recalls.max() - recalls.min())


def test_the_positive_label_may_be_the_other_one(candidate: Trained, tmp_path: Path):
    found = evaluated(candidate, tmp_path, protected=("plan",), positive="0").fairness[0]

    stays = 1 - load_recorded(candidate.bundle, candidate.name).predict(HELD_OUT)["prediction"]
    assert found.rates == pytest.approx(stays.groupby(HELD_OUT["plan"]).mean().to_dict())


def test_a_positive_label_that_is_no_class_is_named(candidate: Trained, tmp_path: Path):
    with pytest.raises(SpecError, match="which are 0, 1"):
        evaluated(candidate, tmp_path, protected=("plan",), positive="yes")


def test_one_group_alone_is_compared_with_nothing(candidate: Trained, tmp_path: Path):
    found = evaluated(candidate, tmp_path, protected=("region",), min_slice_rows=len(HELD_OUT))

    assert (found.fairness[0].groups, found.fairness[0].figures) == ({}, {})


# --- stress ---


def test_stress_lowers_what_the_model_is_worth(candidate: Trained, tmp_path: Path):
    found = evaluated(candidate, tmp_path, missing=0.9, noise=5.0)

    fall = {one.kind: one.difference["auroc"] for one in found.stress}
    assert fall["missing"].high < 0
    assert fall["noise"].high < 0
    assert [one.amount for one in found.stress] == [0.9, 5.0]


def test_nothing_is_tried_that_nobody_asked_for(candidate: Trained, tmp_path: Path):
    assert evaluated(candidate, tmp_path).stress == ()


def test_blanks_and_noise_touch_the_features_alone_and_repeat(candidate: Trained):
    scorer = load_recorded(candidate.bundle, candidate.name)

    blanked = with_missing(scorer, HELD_OUT, share=0.5, seed=1)
    shaken = with_noise(scorer, HELD_OUT, noise=0.1, seed=1)

    features = [name for name, _ in scorer.preprocessing.features]
    others = [name for name in HELD_OUT if name not in features]
    pd.testing.assert_frame_equal(blanked[others], HELD_OUT[others])
    pd.testing.assert_frame_equal(shaken[others], HELD_OUT[others])
    assert blanked["plan"].isna().mean() == pytest.approx(0.5, abs=0.1)
    assert blanked["paperless"].isna().mean() == pytest.approx(0.5, abs=0.1)
    moved = (shaken["tenure"] - HELD_OUT["tenure"]).std()
    assert moved == pytest.approx(0.1 * HELD_OUT["tenure"].std(), rel=0.2)
    pd.testing.assert_frame_equal(shaken, with_noise(scorer, HELD_OUT, noise=0.1, seed=1))
    pd.testing.assert_frame_equal(blanked, with_missing(scorer, HELD_OUT, share=0.5, seed=1))


# --- the last champion that a person approved ---


def test_the_approved_champion_is_measured_on_the_same_rows(
    candidate: Trained, weaker: Trained, tmp_path: Path
):
    found = evaluated(
        candidate,
        tmp_path,
        models={
            "reference": reference(candidate),
            "anchor": reference(weaker, version=7, sequence=2),
        },
    )

    assert found.anchor is not None
    assert (found.anchor.version, found.anchor.sequence) == (7, 2)
    assert found.anchor.bundle == weaker.name
    assert found.difference["auroc"].value == 0
    assert found.anchor.difference["auroc"].low > 0
    assert Evaluation.from_json(found.to_json()) == found


def test_an_approved_champion_that_cannot_be_compared_says_why(
    candidate: Trained, weaker: Trained, tmp_path: Path
):
    other = reference(weaker, split="f" * 16)

    found = evaluated(
        candidate, tmp_path, models={"reference": reference(candidate), "anchor": other}
    )

    assert found.anchor is not None
    assert "another split" in str(found.anchor.problem)
    assert found.anchor.difference == {}


# --- speed and size ---


def test_the_speed_lies_beside_the_record_and_never_in_it(candidate: Trained, tmp_path: Path):
    slow, fast = tmp_path / "slow", tmp_path / "fast"
    slow.mkdir()
    fast.mkdir()

    records = [
        evaluated(candidate, slow, step=0.2), evaluated(candidate, fast, step=0.001)
    ]  # fmt: skip

    assert records[0] == records[1]
    rows = len(HELD_OUT)
    assert read_speed(fast) == Speed(rows=rows, runs=7, ms_per_1000=round(1000 / rows, 4))
    assert read_speed(slow) == Speed(rows=rows, runs=7, ms_per_1000=round(200_000 / rows, 4))


def test_an_empty_holdout_is_not_timed(candidate: Trained, tmp_path: Path):
    table = tmp_path / "table"
    redaction = redacted(CUSTOMERS[CUSTOMERS["fold"] != "holdout"], table)

    found = evaluate(
        redaction,
        candidate.record,
        EvaluateSpec(resamples=50, protected=("plan",), missing=0.1, noise=0.1),
        table=table,
        bundle=candidate.bundle,
        bundle_digest=candidate.name,
        reference=None,
        report=tmp_path,
    )

    assert read_speed(tmp_path) is None
    assert (found.rows, found.slices, found.fairness) == (0, (), ())
    assert all(one.difference == {} for one in found.stress)


def test_a_sidecar_that_is_none_is_refused(tmp_path: Path):
    (tmp_path / SPEED).write_text("nothing")

    with pytest.raises(Unverified, match=SPEED):
        read_speed(tmp_path)


def test_the_size_is_that_of_the_bundles_files(candidate: Trained, tmp_path: Path):
    found = evaluated(candidate, tmp_path)

    files = [path for path in candidate.bundle.rglob("*") if path.is_file()]
    assert found.bundle_bytes == sum(path.stat().st_size for path in files)


def test_three_rows_are_measured_without_pretending_to_know(candidate: Trained, tmp_path: Path):
    held_out = HELD_OUT.iloc[:3]
    table = tmp_path / "table"
    redaction = redacted(pd.concat([CUSTOMERS[CUSTOMERS["fold"] != "holdout"], held_out]), table)

    found = evaluate(
        redaction,
        candidate.record,
        EvaluateSpec(resamples=50, slices=("plan",), protected=("plan",)),
        table=table,
        bundle=candidate.bundle,
        bundle_digest=candidate.name,
        reference=None,
        report=tmp_path,
    )

    assert found.rows == 3
    assert found.slices == ()
    assert found.fairness[0].figures == {}
