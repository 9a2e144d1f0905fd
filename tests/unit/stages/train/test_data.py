"""A project's own data module: its batches, its checkpoints between epochs, its errors in words."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, TensorDataset, WeightedRandomSampler

from airlock.core.errors import BudgetSpent, ModelError, Preempted
from airlock.stages.train.stage.data import data_class
from tests.fitting import Attempts, Own, equal, fitted, spec

EVERY_EPOCH = {"checkpoint_steps": 1}


class Weighted(Own):
    def train_dataloader(self) -> Any:
        weights = torch.where(self.train.tensors[-1] == 1, 3.0, 1.0)
        sampler = WeightedRandomSampler(weights.tolist(), len(self.train))
        return DataLoader(self.train, self.batch_size, sampler=sampler)


@pytest.mark.parametrize("data", [Own, Weighted])
def test_wherever_it_is_stopped_it_goes_on_from_the_end_of_an_epoch(tmp_path: Path, data: Any):
    weights, how = fitted(spec(), data=data)

    stops = 0
    for looks in itertools.count(2, 3):
        attempts = Attempts(tmp_path / str(looks))
        attempts.folder.mkdir()
        try:
            fitted(spec(**EVERY_EPOCH), attempts.stopped_after(looks), data=data)
            break
        except Preempted:
            again, went = fitted(spec(**EVERY_EPOCH), attempts.next(), data=data)
        stops += 1

        assert equal(again, weights), looks
        assert went.history == how.history
    assert stops > 3


def test_a_budget_is_spent_between_batches_as_well(tmp_path: Path):
    ticks = itertools.count()

    with pytest.raises(BudgetSpent, match="epoch 1 of 4"):
        fitted(
            spec(), Attempts(tmp_path).next(clock=lambda: float(next(ticks)), seconds=5), data=Own
        )


def test_other_batches_teach_something_else():
    assert not equal(fitted(spec(), data=Weighted)[0], fitted(spec(), data=Own)[0])


class Refusing(Own):
    def __init__(self, *folds: TensorDataset, batch_size: int) -> None:
        raise ValueError("too few rows")


class Raising(Own):
    def train_dataloader(self) -> Any:
        raise ValueError("no such column")


class Unending(Own):
    def train_dataloader(self) -> Any:
        class Rows(IterableDataset[Any]):
            def __iter__(self) -> Any:
                return itertools.repeat(0)

        return DataLoader(Rows())


class Empty(Own):
    def train_dataloader(self) -> Any:
        return []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(Refusing, "Refusing cannot be made: ValueError: too few", id="constructor"),
        pytest.param(Raising, "failed in epoch 1: ValueError: no such column", id="an error"),
        pytest.param(Unending, "Unending has no batches, or no length", id="no length"),
        pytest.param(Empty, "Empty has no batches, or no length", id="no batches"),
    ],
)
def test_a_data_module_that_does_not_work_is_named(data: Any, said: str):
    with pytest.raises(ModelError, match=said):
        fitted(spec(), data=data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param("airlock.nowhere:Own", "cannot be imported", id="no module"),
        pytest.param("airlock.models.shape:Shape", "is no LightningDataModule", id="no data"),
    ],
)
def test_a_class_that_is_no_data_module_is_refused(data: str, said: str):
    with pytest.raises(ModelError, match=said):
        data_class(data)


def test_a_training_without_one_keeps_its_name():
    assert "data" not in spec().decisive()
    assert spec(data="m:D").digest != spec().digest
