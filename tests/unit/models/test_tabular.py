"""The ready-made modules for tables, and the project's own that build on it."""

from __future__ import annotations

import pytest
import torch

from airlock.models.shape import Shape
from airlock.models.tabular import TabularClassifier, TabularRegressor
from include.models.churn import ChurnClassifier

SHAPES = [
    pytest.param(Shape(3, (4, 50), 2), id="numbers and categories"),
    pytest.param(Shape(3, (), 3), id="numbers alone, three classes"),
    pytest.param(Shape(0, (4,), 1), id="categories alone, a regression"),
]
MODULES = [TabularClassifier, TabularRegressor, ChurnClassifier]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("module", MODULES)
def test_a_module_gives_each_row_its_outputs_and_learns(module, shape: Shape):
    torch.manual_seed(0)
    if module is TabularRegressor:
        shape = shape._replace(outputs=1)
    model = module(shape)
    numeric = torch.randn(8, shape.numeric)
    categorical = torch.randint(0, 4, (8, len(shape.categories)))
    target = torch.randn(8) if shape.outputs == 1 else torch.randint(0, shape.outputs, (8,))
    optimizer = model.configure_optimizers()
    before = model.eval().loss(model(numeric, categorical), target).item()

    for _ in range(30):
        optimizer.zero_grad()
        model.train().training_step((numeric, categorical, target)).backward()
        optimizer.step()

    outputs = model.eval()(numeric, categorical)
    assert outputs.shape == (8, shape.outputs)
    assert model.loss(outputs, target).item() < before


def test_without_layers_it_is_linear_in_its_columns():
    model = TabularClassifier(Shape(2, (), 2), layers=0)

    assert [type(layer).__name__ for layer in model.deep] == ["Linear"]


def test_a_regressor_of_classes_is_refused():
    with pytest.raises(ValueError, match="one output"):
        TabularRegressor(Shape(2, (), 2))


def test_a_row_is_predicted_alike_whoever_stands_beside_it():
    torch.manual_seed(0)
    model = TabularRegressor(Shape(3, (4,), 1)).eval()
    numeric, categorical = torch.randn(8, 3), torch.zeros(8, 1, dtype=torch.int64)

    together = model(numeric, categorical)

    alone = torch.cat([model(numeric[[at]], categorical[[at]]) for at in range(8)])
    assert torch.allclose(together, alone, atol=1e-6)
