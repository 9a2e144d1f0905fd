"""Operators that would read beyond their arguments are refused before they compute anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn

from airlock.bundle.footprint import Footprint
from airlock.core.errors import Unverified

aten = torch.ops.aten
ROWS = torch.ones(4, 6)


numel = aten.sym_numel.default


def counting(rows: Tensor, start: int, step: Any, **how: Any) -> Tensor:
    """Offsets that a graph computes, as the exporter has it."""
    return aten.arange.start_step(start, numel(rows), step, **how)


class Bags(nn.Module):
    """An embedding bag whose offsets somebody chose."""

    def __init__(self, offsets: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.offsets, self.weight = offsets, nn.Parameter(torch.ones(9, 3))

    def forward(self, rows: Tensor) -> Tensor:
        numbers = aten.reshape.default(aten._to_copy.default(rows, dtype=torch.int64), [-1])
        return aten.embedding_bag.default(self.weight, numbers, self.offsets(rows))[0]


class Recurrent(nn.Module):
    """An LSTM whose weights and states somebody chose."""

    def __init__(self, *, states: int = 4, width: int = 6, bias: int = 12, layers: int = 1) -> None:
        super().__init__()
        self.states = nn.Parameter(torch.zeros(1, states, 3))
        self.into, self.over = nn.Parameter(torch.ones(12, width)), nn.Parameter(torch.ones(12, 3))
        self.bias, self.layers = nn.Parameter(torch.ones(bias)), layers

    def forward(self, rows: Tensor) -> Tensor:
        weights = [self.into, self.over, self.bias, self.bias]
        given = aten.unsqueeze.default(rows, 1)
        states = [self.states, self.states]
        how = (True, self.layers, 0.0, False, False, True)
        return aten.lstm.input(given, states, weights, *how)[0]


class Normed(nn.Module):
    def __init__(self, sizes: int) -> None:
        super().__init__()
        self.weight, self.size = nn.Parameter(torch.ones(6, 2)), nn.Parameter(torch.ones(sizes, 1))

    def forward(self, rows: Tensor) -> Tensor:
        return aten.mm.default(rows, aten._weight_norm.default(self.weight, self.size, 0))


class Attending(nn.Module):
    def __init__(self, values: int) -> None:
        super().__init__()
        self.keys = nn.Parameter(torch.ones(1, 1, 3, 6))
        self.values = nn.Parameter(torch.ones(1, 1, values, 6))

    def forward(self, rows: Tensor) -> Tensor:
        query = aten.reshape.default(rows, [1, 1, -1, 6])
        return aten.scaled_dot_product_attention.default(query, self.keys, self.values)


FITTING = {
    "bags of one length": Bags(lambda rows: counting(rows, 0, 6)),
    "an LSTM": Recurrent(),
    "a weight norm": Normed(6),
    "an attention": Attending(3),
}
UNFITTING = {
    "bags by a weight": Bags(lambda rows: aten._to_copy.default(rows, dtype=torch.int64)),
    "bags from before the first": Bags(lambda rows: counting(rows, -6, 6)),
    "bags as far apart as there are rows": Bags(lambda rows: counting(rows, 0, numel(rows))),
    "bags that run over": Bags(lambda rows: counting(rows, 0, 6, dtype=torch.int8)),
    "too few states": Recurrent(states=1),
    "too small weights": Recurrent(width=1),
    "too small biases": Recurrent(bias=1),
    "too few layers": Recurrent(layers=2),
    "too few sizes": Normed(1),
    "too few values": Attending(1),
}


def footprint(module: nn.Module) -> Footprint:
    return Footprint(fx.symbolic_trace(module))


@pytest.mark.parametrize("name", FITTING)
def test_what_fits_is_computed(name: str):
    assert footprint(FITTING[name]).fits(4, [ROWS])


@pytest.mark.parametrize("name", UNFITTING)
def test_a_kernel_that_would_read_beyond_its_arguments_is_not_called(name: str):
    with pytest.raises(Unverified, match="The graph calls"):
        footprint(UNFITTING[name]).fits(4, [ROWS])
