"""Batches and epochs follow from the rows where nobody says them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytorch_lightning import LightningModule

from airlock.models.ensemble import TabularEnsemble
from airlock.models.recipe import Recipe
from airlock.models.tabular import TabularClassifier
from airlock.stages.train.record import STEPS
from airlock.stages.train.spec import TrainSpec
from airlock.stages.train.stage.sizing import recipe_of, sized
from tests.unit.reports.examples import TRAINING

USUAL = Recipe()


def spec(**changes: Any) -> TrainSpec:
    return TrainSpec(**{"model": "m:M", "target": "t", "entity": "e", **changes})


@pytest.mark.parametrize(
    ("rows", "batch"),
    [(100, 8), (210, 8), (700, 32), (2_100, 64), (4_915, 128), (20_480, 1024), (10**7, 1024)],
)
def test_a_small_table_gets_small_batches(rows: int, batch: int):
    assert sized(spec(), rows, USUAL).batch_size == batch


def test_an_epoch_of_few_steps_is_waited_for_longer():
    small, large = sized(spec(), 700, USUAL), sized(spec(), 10**6, USUAL)

    assert (large.max_epochs, large.patience) == (20, 3)
    assert (small.max_epochs, small.patience) == (91, 10)


def test_what_the_spec_says_stays():
    said = spec(batch_size=1024, max_epochs=2, patience=1)

    assert sized(said, 300, USUAL).to_json() == said.to_json()


def test_a_module_says_what_suits_it():
    class Plain(LightningModule):
        recipe = "a text"

    assert recipe_of(TabularEnsemble).batch_size == 256
    assert recipe_of(TabularClassifier) == recipe_of(Plain) == USUAL
    assert sized(spec(), 10**6, recipe_of(TabularEnsemble)).max_epochs == 100


@given(st.integers(1, 10**7), st.integers(1, 8), st.integers(1, 16), st.sampled_from([256, 1024]))
def test_every_table_that_has_the_rows_gets_the_steps(
    rows: int, devices: int, accumulate: int, most: int
):
    asked = spec(devices=devices, accumulate=accumulate)

    found = sized(asked, rows, Recipe(batch_size=most))

    assert found.batch_size % devices == 0
    assert found.batch_size <= max(most, devices)
    steps = math.ceil(rows / (found.batch_size * accumulate))
    assert steps >= STEPS or found.batch_size <= max(8, devices)
    assert sized(found, rows, Recipe(batch_size=most)) == found


def test_a_spec_without_numbers_has_another_name_than_one_that_says_them():
    assert spec().digest != spec(batch_size=1024, max_epochs=20, patience=3).digest


@pytest.mark.parametrize(
    ("rows", "batch", "said"),
    [
        pytest.param(700, 1024, "An epoch had 1 steps: batch_size=1024 is large", id="starves"),
        pytest.param(20_480, 1024, "", id="just enough"),
        pytest.param(100, 8, "", id="a table that has no more"),
        pytest.param(700, 0, "", id="a record from before"),
    ],
)
def test_a_training_that_starves_says_so(rows: int, batch: int, said: str):
    record = replace(TRAINING, rows={"train": rows, "validation": 100}, batch_size=batch)

    assert said in record.starving
    assert bool(record.starving) is bool(said)
    assert (record.starving in record.facts()) is bool(said)
