"""Live metrics: per version and of pairs, with intervals; what is not defined is absent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from airlock.core.errors import DataError
from airlock.stages.live.record import Live
from airlock.stages.live.stage import NightToMeasure, PairedPredictions, live

ROWS = 400


def predictions(score: np.ndarray, version: int = 1) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_key": [f"key {number}" for number in range(len(score))],
            "version": version,
            "prediction": (score > 0.5).astype(int),
            "probability_0": 1 - score,
            "probability_1": score,
        }
    )


def night(name: str = "2026-01-05", *, labelled: int = ROWS) -> NightToMeasure:
    """Version 1 knows something of the truth; version 2 says the opposite."""
    chance = np.random.default_rng(0)
    truth = chance.integers(0, 2, ROWS)
    score = np.clip(truth * 0.3 + chance.random(ROWS) * 0.7, 0, 1)
    ours, theirs = predictions(score), predictions(1 - score, version=2)
    labels = pd.Series(dict(zip(ours["row_key"], truth.astype(str), strict=True)))
    beside = PairedPredictions(
        kind="challenger",
        champion_version=1,
        champion_sequence=3,
        rival_version=2,
        rival_sequence=5,
        champion=ours,
        rival=theirs,
    )
    return NightToMeasure(night=name, served=ours, labels=labels.head(labelled), beside=beside)


def test_each_versions_figures_are_those_of_the_rows_that_it_served():
    one = night()
    mixed = one.served.copy()
    mixed.loc[: ROWS // 4, "version"] = 2

    record = live("churn", [replace(one, served=mixed)])

    first, second = record.versions
    rest = mixed[mixed["version"] == 1]
    expected = roc_auc_score(rest["row_key"].map(one.labels).astype(int), rest["probability_1"])
    assert (first.version, second.version) == (1, 2)
    assert first.rows + second.rows == ROWS
    assert first.figures["auroc"].value == pytest.approx(expected)
    assert first.figures["auroc"].low < expected < first.figures["auroc"].high
    assert Live.from_json(record.to_json()) == record


def test_a_pair_is_compared_on_the_same_rows_and_who_was_right_is_counted():
    [pair] = live("churn", [night(), night("2026-01-06")]).pairs

    assert (pair.rows, pair.nights) == (2 * ROWS, ("2026-01-05", "2026-01-06"))
    assert pair.difference["auroc"].high < 0
    assert pair.difference["auroc"].value == pytest.approx(
        pair.rival["auroc"].value - pair.champion["auroc"].value
    )
    assert sum(pair.right.values()) == pair.rows
    assert pair.right["champion"] > pair.right["rival"]
    assert "ece" in pair.rival


def test_the_same_labels_give_the_same_record():
    assert live("churn", [night()]) == live("churn", [night()])


def test_rows_without_a_label_wait():
    record = live("churn", [night(labelled=100)])

    assert (record.nights[0].joined, record.nights[0].waiting) == (100, ROWS - 100)
    assert record.pairs[0].rows == 100


def test_without_labels_there_is_nothing_to_say():
    assert live("churn", []) == Live(model="churn", nights=(), versions=(), pairs=())

    record = live("churn", [night(labelled=0)])
    assert (record.versions, record.pairs) == ((), ())


def test_what_one_class_alone_cannot_tell_is_absent():
    one = night()
    ones = pd.Series("1", index=one.labels.index)

    record = live("churn", [replace(one, labels=ones)])

    assert "auroc" not in record.versions[0].figures
    assert "auroc" not in record.pairs[0].difference
    assert "accuracy" in record.versions[0].figures


def test_a_label_that_the_model_does_not_know_hides_the_probabilities_figures():
    one = night()
    labels = one.labels.copy()
    labels.iloc[0] = "7"

    assert "auroc" not in live("churn", [replace(one, labels=labels)]).versions[0].figures


def test_pairs_of_another_step_are_counted_apart():
    one = night()
    assert one.beside is not None
    later = replace(night("2026-01-06"), beside=replace(one.beside, rival_sequence=9))

    pairs = live("churn", [one, later]).pairs

    assert [(pair.rival_sequence, pair.rows) for pair in pairs] == [(5, ROWS), (9, ROWS)]


def test_two_that_did_not_score_the_same_rows_are_no_pair():
    one = night()
    assert one.beside is not None
    other = replace(one.beside, rival=one.beside.rival.iloc[::-1].reset_index(drop=True))

    with pytest.raises(DataError, match="the same rows"):
        live("churn", [replace(one, beside=other)])


def test_a_regression_is_measured_by_its_numbers():
    frame = pd.DataFrame({"row_key": ["a", "b", "c"], "version": 1, "prediction": [1.0, 2.0, 4.0]})
    labels = pd.Series({"a": "1.0", "b": "2.0", "c": "3.0"})

    record = live("bikes", [NightToMeasure(night="2026-01-05", served=frame, labels=labels)])

    assert record.versions[0].figures["mae"].value == pytest.approx(1 / 3)
