"""Batches: all rows, each once, in an order that the seed decides."""

from __future__ import annotations

import torch

from airlock.stages.train.stage.fit import Batches, Tensors

ROWS = 10
FOLD = Tensors(
    (
        torch.arange(ROWS, dtype=torch.float32)[:, None],
        torch.zeros(ROWS, 0, dtype=torch.int64),
        torch.arange(ROWS),
    )
)


def order(batches: Batches) -> list[int]:
    return torch.cat([target for *_, target in batches]).tolist()


def test_an_epoch_sees_every_row_once():
    batches = Batches(FOLD, 4, seed=0)

    assert [len(target) for *_, target in batches] == [4, 4, 2]
    assert len(batches) == 3
    assert sorted(order(batches)) == list(range(ROWS))


def test_epochs_differ_and_the_seed_decides_them():
    first, second = Batches(FOLD, 4, seed=1), Batches(FOLD, 4, seed=1)
    epochs = [order(first), order(first)]

    assert epochs[0] != epochs[1]
    assert [order(second), order(second)] == epochs
    assert order(Batches(FOLD, 4, seed=7)) != epochs[0]


def test_without_a_seed_the_order_stays():
    assert order(Batches(FOLD, 4)) == list(range(ROWS))
