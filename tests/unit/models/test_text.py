"""The ready-made module for free text."""

from __future__ import annotations

import pytest
import torch

from airlock.models.shape import Shape
from airlock.models.text import TextClassifier

NO_COLUMNS = torch.zeros(8, 0), torch.zeros(8, 0, dtype=torch.int64)
TEXT = torch.tensor([[3, 4, 0], [3, 0, 0], [5, 6, 7], [5, 0, 0]] * 2, dtype=torch.int32)
TARGET = torch.tensor([0, 0, 1, 1] * 2)


def test_it_learns_which_words_speak_for_which_class():
    torch.manual_seed(0)
    model = TextClassifier(Shape(0, (), 2, text=10))
    optimizer = model.configure_optimizers()

    for _ in range(100):
        optimizer.zero_grad()
        model.training_step((*NO_COLUMNS, TEXT, TARGET)).backward()
        optimizer.step()

    assert (model.eval()(*NO_COLUMNS, TEXT).argmax(dim=1) == TARGET).all()


def test_texts_may_stand_beside_numbers_and_categories():
    model = TextClassifier(Shape(2, (4,), 3, text=10))

    found = model(torch.randn(8, 2), torch.zeros(8, 1, dtype=torch.int64), TEXT)

    assert found.shape == (8, 3)


def test_what_fills_a_short_text_up_changes_nothing():
    model = TextClassifier(Shape(0, (), 2, text=10)).eval()
    wider = torch.cat([TEXT, torch.zeros(8, 5, dtype=torch.int32)], dim=1)

    assert torch.equal(model(*NO_COLUMNS, TEXT), model(*NO_COLUMNS, wider))


def test_an_empty_text_is_predicted_like_any_other():
    model = TextClassifier(Shape(0, (), 2, text=10)).eval()

    assert torch.isfinite(model(*NO_COLUMNS, torch.zeros(8, 3, dtype=torch.int32))).all()


def test_a_table_without_text_is_refused():
    with pytest.raises(ValueError, match="no feature is text"):
        TextClassifier(Shape(3, (), 2))
