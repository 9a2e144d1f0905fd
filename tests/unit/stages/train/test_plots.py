"""Charts of a training say what its figures say, and show nobody's row."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest

from airlock.core import metrics
from airlock.reports.charts import Chart, ChartLine, Grid, alone, from_json, to_json
from airlock.reports.models import write_training
from airlock.stages.train.stage.plots import classified, learning, regressed, write_charts
from tests.unit.reports.examples import TRAINING

CHANCE = np.random.default_rng(0)
TRUTH = CHANCE.integers(0, 2, 2000)
SCORES = np.clip(CHANCE.normal(0.35 + 0.3 * TRUTH, 0.2), 0.01, 0.99)
BINARY = np.c_[1 - SCORES, SCORES]


def area(points: tuple[tuple[float, float], ...]) -> float:
    x, y = np.array(points).T
    return float(np.trapezoid(y, x))


def test_the_roc_curve_has_the_area_that_was_measured():
    charts = classified(TRUTH, BINARY, ("0", "1"))

    measured = metrics.classification(TRUTH, BINARY, metrics.plain(len(TRUTH)))["auroc"][0]
    assert area(charts["roc"].lines[0].points) == pytest.approx(measured, abs=0.01)


def test_the_confusion_counts_every_row_once():
    grid = classified(TRUTH, BINARY, ("0", "1"))["confusion"]

    assert sum(map(sum, grid.counts)) == 2000
    hits = sum(grid.counts[at][at] for at in range(2))
    assert hits == (BINARY.argmax(axis=1) == TRUTH).sum()


def test_a_model_that_says_what_happens_is_reliable():
    probabilities = CHANCE.random(20_000)
    happens = (CHANCE.random(20_000) < probabilities).astype(int)

    chart = classified(happens, np.c_[1 - probabilities, probabilities], ("0", "1"))["reliability"]

    assert all(abs(said - did) < 0.05 for said, did in chart.lines[0].points)


def test_three_classes_have_no_curves_and_many_have_no_grid():
    three = CHANCE.dirichlet(np.ones(3), 500)
    forty = CHANCE.dirichlet(np.ones(40), 500)

    assert set(classified(CHANCE.integers(0, 3, 500), three, "abc")) == {"confusion", "reliability"}
    names = tuple(map(str, range(40)))
    assert set(classified(CHANCE.integers(0, 40, 500), forty, names)) == {"reliability"}


def test_one_class_alone_has_no_curves():
    assert set(classified(np.zeros(9, int), BINARY[:9], ("0", "1"))) == {"confusion", "reliability"}


def test_a_regression_is_drawn_by_tenths_and_never_by_rows():
    truth = CHANCE.normal(100, 30, 1000)

    [chart] = regressed(truth, truth + CHANCE.normal(0, 5, 1000)).values()

    assert len(chart.lines[0].points) == 10
    assert not {round(y, 9) for _, y in chart.lines[0].points} & {round(y, 9) for y in truth}


def test_a_learning_curve_has_what_was_logged():
    history = [{"validation_loss": 0.5}, {"train_loss": 0.4, "validation_loss": 0.45}]

    [chart] = learning(history).values()

    assert [(line.name, line.points) for line in chart.lines] == [
        ("train", ((2, 0.4),)),
        ("validation", ((1, 0.5), (2, 0.45))),
    ]
    assert learning([]) == {}


HOSTILE = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "chart",
    [
        pytest.param(Grid(title=HOSTILE, classes=(HOSTILE,), counts=((3,),)), id="a grid"),
        pytest.param(
            Chart(title=HOSTILE, x=HOSTILE, y=HOSTILE, lines=(ChartLine(HOSTILE, ((1, 1),)),)),
            id="lines, all values alike",
        ),
    ],
)
def test_a_chart_is_well_formed_whatever_a_class_is_called(chart: Chart | Grid):
    drawn = ET.fromstring(alone(chart))

    assert not [element for element in drawn.iter() if element.tag.endswith("script")]
    assert from_json(json.loads(json.dumps(to_json(chart)))) == chart


def test_the_page_shows_the_charts_that_lie_beside_it(tmp_path: Path):
    charts = learning([{"train_loss": 0.5, "validation_loss": 0.6}] * 2)
    charts |= classified(TRUTH, BINARY, ("no <b>", "yes"))
    write_charts(charts, tmp_path)

    write_training(TRAINING, tmp_path)

    page = (tmp_path / "index.html").read_text()
    assert page.count('<svg class="chart"') == len(charts) == 5
    assert "no <b>" not in page
    assert {path.name for path in tmp_path.glob("*.svg")} == {f"{name}.svg" for name in charts}


def test_without_charts_there_is_a_page_all_the_same(tmp_path: Path):
    write_training(TRAINING, tmp_path)

    assert '<svg class="chart"' not in (tmp_path / "index.html").read_text()
