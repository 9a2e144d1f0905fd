"""The strongest of the ready-made modules: what its bins are, what its members say, its bundle."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from airlock.models.ensemble import Numbers, TabularEnsemble
from airlock.models.shape import Shape
from airlock.serve import load_recorded
from airlock.stages.score.stage.integrated_gradients import attribute
from tests.redacted import customers
from tests.trained import Trained, trained

SMALL = {"members": 4, "hidden": 8, "bins": 8, "dimensions": 2}


def adapted(numeric: torch.Tensor, **changes: int) -> TabularEnsemble:
    torch.manual_seed(0)
    module = TabularEnsemble(Shape(numeric.shape[1], (4,), 2), **{**SMALL, **changes}).eval()
    module.adapt(numeric, torch.zeros(len(numeric), 1, dtype=torch.int64))
    return module


# --- numbers ---


def test_a_number_lies_in_its_bin_and_has_its_rank():
    numbers = Numbers(1, bins=4, dimensions=1)
    numbers.adapt(torch.arange(101.0).unsqueeze(1))
    torch.nn.init.ones_(numbers.shares)  # how many bins lie below
    torch.nn.init.zeros_(numbers.slopes)
    torch.nn.init.zeros_(numbers.biases)

    found = numbers(torch.tensor([[-5.0], [0.0], [25.0], [50.0], [87.5], [1e30]]))

    assert found.flatten().tolist() == pytest.approx([0, 0, 1, 2, 3.5, 4])


def test_the_median_has_the_middle_of_the_scale_whatever_the_spread():
    skewed = torch.randn(1001, generator=torch.Generator().manual_seed(0)).exp().unsqueeze(1)
    numbers = Numbers(1, bins=48, dimensions=1)
    numbers.adapt(skewed)
    torch.nn.init.zeros_(numbers.shares)
    torch.nn.init.ones_(numbers.slopes)
    torch.nn.init.zeros_(numbers.biases)

    found = numbers(skewed.sort(0).values)[:, 0, 0]

    assert found[500].item() == pytest.approx(0, abs=0.05)
    assert found.std().item() == pytest.approx(1, abs=0.15)
    assert (found.diff() >= 0).all()


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([3.0] * 50, id="one value"),
        pytest.param([0.0] * 49 + [1.0], id="two values"),
        pytest.param([0.0], id="one row"),
        pytest.param([-3e38, 0.0, 3e38], id="the ends of single precision"),
        pytest.param([1.0, math.nextafter(1.0, 2.0), 1.0000001], id="neighbours"),
    ],
)
def test_a_column_of_any_values_gives_finite_outputs(values: list[float]):
    numeric = torch.tensor(values, dtype=torch.float32).unsqueeze(1)

    said = adapted(numeric)(numeric, torch.zeros(len(values), 1, dtype=torch.int64))

    assert said.isfinite().all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=80),
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=20),
)
def test_no_number_is_too_large_to_be_placed(train: list[float], new: list[float]):
    numbers = Numbers(1, bins=8, dimensions=1)
    numbers.adapt(torch.tensor(train, dtype=torch.float32).unsqueeze(1))
    torch.nn.init.ones_(numbers.shares)
    torch.nn.init.ones_(numbers.slopes)

    ordered = torch.tensor(sorted(new), dtype=torch.float32).unsqueeze(1)
    found = numbers(ordered)[:, 0, 0]

    assert found.isfinite().all()
    assert (found.diff() >= -1e-4).all()  # the larger number, the larger rank


# --- members ---


def test_the_prediction_is_the_mean_of_the_members_probabilities():
    numeric = torch.randn(16, 3, generator=torch.Generator().manual_seed(0))
    module = adapted(numeric)
    categorical = torch.zeros(16, 1, dtype=torch.int64)

    mean = module.each(numeric, categorical).softmax(2).mean(1)

    torch.testing.assert_close(module(numeric, categorical).softmax(1), mean)
    torch.testing.assert_close(module(numeric, categorical).exp().sum(1), torch.ones(16))


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_every_member_learns_by_its_own_loss(outputs: int):
    torch.manual_seed(0)
    numeric, categorical = torch.randn(64, 3), torch.zeros(64, 0, dtype=torch.int64)
    target = numeric[:, 0] if outputs == 1 else (numeric[:, 0] > 0).long() * (outputs - 1)
    module = TabularEnsemble(Shape(3, (), outputs), **SMALL)
    module.adapt(numeric, categorical)
    optimizer = module.configure_optimizers()
    before = module.eval().loss(module(numeric, categorical), target).item()

    for _ in range(150):
        optimizer.zero_grad()
        module.train().training_step((numeric, categorical, target)).backward()
        optimizer.step()

    said = module.eval().each(numeric, categorical)
    assert module.loss(module(numeric, categorical), target).item() < before / 2
    for member in range(4):
        assert module.loss(said[:, member], target).item() < before


def test_categories_alone_are_enough():
    module = TabularEnsemble(Shape(0, (4, 5), 2), **SMALL)
    categorical = torch.zeros(6, 2, dtype=torch.int64)
    module.adapt(torch.zeros(6, 0), categorical)

    assert module(torch.zeros(6, 0), categorical).shape == (6, 2)


def test_free_text_is_refused():
    with pytest.raises(ValueError, match="TextClassifier"):
        TabularEnsemble(Shape(1, (), 2, text=100))


# --- as a bundle ---


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(
        tmp_path_factory.mktemp("made"),
        model="airlock.models.ensemble:TabularEnsemble",
        hyperparameters={**SMALL, "members": 2},
        max_epochs=4,
        batch_size=None,
    )


def test_its_bundle_predicts_without_the_class_and_explains_itself(made: Trained):
    rows = customers().query("fold == 'holdout'").reset_index(drop=True)
    scorer = load_recorded(made.bundle, made.name)

    said = scorer.scores(rows)[:, 1]
    why = attribute(scorer, rows.iloc[[0]])

    assert np.corrcoef(said, rows["tenure"])[0, 1] < -0.3
    assert why.score == pytest.approx(said[0], abs=1e-6)
    assert why.average + sum(value for _, value in why.features) + why.remainder == pytest.approx(
        why.score, abs=1e-4
    )


def test_the_bins_are_learnt_from_the_train_fold_alone(made: Trained, tmp_path: Path):
    frame = customers()
    frame.loc[frame["fold"] != "train", "fee"] = 1e9

    again = trained(
        tmp_path,
        frame,
        model="airlock.models.ensemble:TabularEnsemble",
        hyperparameters={**SMALL, "members": 2},
        max_epochs=1,
        batch_size=None,
    )

    def edges(one: Trained) -> torch.Tensor:
        from safetensors.torch import load_file

        return load_file(one.bundle / "weights.safetensors")["numbers.left"]

    torch.testing.assert_close(edges(made), edges(again), rtol=0, atol=0)


def test_what_the_training_says_of_its_batches(made: Trained):
    assert made.record.batch_size == 32
    assert not made.record.starving
    assert made.record.training["batch_size"] is None
    assert json.loads((made.bundle / "model.json").read_text())["class"].endswith("TabularEnsemble")
