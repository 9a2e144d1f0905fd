"""Curves are drawn from groups of many rows, and say what scikit-learn says of all of them."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, roc_auc_score

from airlock.core.curves import (
    BARS,
    LEAST,
    Curves,
    bands,
    classified,
    histogram,
    merged,
    numbered,
    read_curves,
    write_curves,
)
from airlock.reports.curves import gain, holdout_charts, lift, precision, roc

CHANCE = np.random.default_rng(0)
TRUTH = (CHANCE.random(3_000) < 0.3).astype(np.int64)
SCORE = np.clip(CHANCE.normal(0.35 + 0.25 * TRUTH, 0.15), 0.0, 1.0)
BINARY = classified(TRUTH, np.stack([1 - SCORE, SCORE], axis=1))


BINARY_CURVES = Curves(task="binary", classes=("no", "yes"), candidate=BINARY)


def area(points) -> float:
    across, up = zip(*points, strict=True)
    return float(np.trapezoid(up, across))


def test_no_group_and_no_bar_is_of_fewer_rows_than_it_may_be():
    assert sum(band.rows for band in BINARY.bands) == len(TRUTH)
    assert min(band.rows for band in BINARY.bands) >= LEAST
    assert min(bar.rows for bar in BINARY.histogram if bar.rows) >= LEAST
    assert sum(bar.rows for bar in BINARY.histogram) == len(TRUTH)


def test_no_threshold_parts_rows_with_one_score():
    scores = np.repeat([0.1, 0.2, 0.9], [500, 30, 470])

    found = bands(scores, scores)

    assert [band.rows for band in found] == [500, 30, 470]


@pytest.mark.parametrize("rows", [0, 1, LEAST - 1])
def test_of_fewer_people_than_a_group_has_nothing_is_told(rows: int):
    assert bands(SCORE[:rows], SCORE[:rows]) == ()
    assert histogram(SCORE[:rows], 0.0, 1.0) == ()


@pytest.mark.parametrize("seed", range(20))
def test_merged_bars_lose_no_row_whatever_is_counted(seed: int):
    counts = np.random.default_rng(seed).integers(0, 30, BARS).tolist()

    found = merged(list(range(BARS + 1)), counts)

    assert sum(bar.rows for bar in found) == sum(counts)
    assert all(bar.rows == 0 or bar.rows >= LEAST for bar in found)
    assert [bar.high for bar in found[:-1]] == [bar.low for bar in found[1:]]


def test_the_curves_say_what_scikit_learn_says():
    assert area(roc(BINARY)) == pytest.approx(roc_auc_score(TRUTH, SCORE), abs=0.005)
    assert (np.array(BINARY.confusion) == confusion_matrix(TRUTH, SCORE > 0.5)).all()
    assert gain(BINARY)[-1] == roc(BINARY)[-1] == (1.0, 1.0)
    assert precision(BINARY)[-1] == (1.0, pytest.approx(TRUTH.mean()))
    assert lift(BINARY)[-1] == (1.0, pytest.approx(1.0))


def test_a_holdout_of_one_class_has_no_curve_that_divides_by_nothing():
    one = classified(np.zeros(100, dtype=np.int64), np.full((100, 2), 0.5))

    assert (roc(one), precision(one), gain(one), lift(one)) == ((), (), (), ())
    assert holdout_charts(Curves(task="binary", classes=("no", "yes"), candidate=one))


def test_a_number_has_residuals_and_no_class():
    truth = CHANCE.normal(10, 3, 2_000)
    found = numbered(truth, truth + CHANCE.normal(0, 1, 2_000))

    assert found.confusion == ()
    assert np.mean([band.spread for band in found.bands]) == pytest.approx(1.0, abs=0.1)
    drawn = holdout_charts(Curves(task="number", classes=(), candidate=found, champion=found))
    assert [chart.title for chart in drawn] == [
        "Truth by prediction",
        "How far off, by prediction",
        "Truth minus prediction",
    ]


def test_they_are_read_as_they_were_written_and_nothing_else_is():
    curves = Curves(task="binary", classes=("no", "yes"), candidate=BINARY, champion=BINARY)

    assert read_curves(write_curves(curves)) == curves
    with pytest.raises(ValueError, match="no curves"):
        read_curves(b"{}")


def test_candidate_and_champion_stand_over_one_another_in_their_colours():
    curves = Curves(task="binary", classes=("no", "yes"), candidate=BINARY)

    first = holdout_charts(curves)[0]

    assert [(line.name, line.tone) for line in first.lines] == [
        ("candidate", "first"),
        ("by chance", "third"),
    ]


def test_a_threshold_is_drawn_with_what_it_finds_and_costs():
    titles = {one.title: one for one in holdout_charts(BINARY_CURVES)}

    found = titles["Found, by threshold"].lines[0].points
    assert [at for at, _ in found] == sorted(at for at, _ in found)
    assert found[0][1] == 1.0  # at the lowest threshold nobody is missed
    cheap, dear = (
        titles[f"Cost, if a missed one costs {worse} false alarm{'s' if worse > 1 else ''}"]
        for worse in (1, 20)
    )
    lowest = [min(one.lines[0].points, key=lambda point: point[1])[0] for one in (cheap, dear)]
    assert lowest[1] < lowest[0]  # the worse a miss, the sooner one is flagged
