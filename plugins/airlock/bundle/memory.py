"""Checks operators that would read beyond their memory if their arguments did not fit.

They are on the list of operators because models need them. What torch leaves to its Python modules
to check (torch.nn.LSTM, torch.nn.EmbeddingBag) is checked here, before anything is computed: else
a graph could give back whatever lies in this process's memory as its predictions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx

from airlock.compat.torch import WEIGHT_NORM

_BAGS = frozenset({torch.ops.aten.embedding_bag.default, torch.ops.aten.embedding_bag.padding_idx})
_RANGES = frozenset(
    {
        torch.ops.aten.arange.default,
        torch.ops.aten.arange.start,
        torch.ops.aten.arange.start_step,
    }
)


class Unfitting(Exception):
    """Arguments that do not fit each other; the text goes on from "The graph calls"."""


def check_fitting(node: fx.Node, args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Refuse a call whose arguments do not fit each other.

    Args:
        node: the call.
        args: its arguments, as tensors that have a shape.
        kwargs: the same, by name.

    Raises:
        Unfitting: they do not.
    """
    operator: Any = node.target
    if operator in _BAGS:
        given = _named(operator, node.args, node.kwargs)["offsets"]
        _check_bags(given, _named(operator, args, kwargs)["offsets"])
    elif (check := _CHECKS.get(operator)) is not None:
        check(**_named(operator, args, kwargs))


def _check_bags(given: Any, offsets: Tensor) -> None:
    # The kernel goes from each offset to the next. Only a range surely counts up from zero; it is
    # what the exporter writes for rows of one length.
    if not isinstance(given, fx.Node) or given.target not in _RANGES:
        raise Unfitting("an embedding bag with offsets of its own, which are no range")
    counted = {"start": 0, "step": 1} | _named(given.target, given.args, given.kwargs)
    step = counted["step"]
    if counted["start"] != 0 or not isinstance(step, int) or step < 1:
        raise Unfitting("an embedding bag with offsets that do not count up from zero")
    # They are of the type of what is looked up: 32 bits are enough for the rows of one step.
    whole = offsets.dtype in {torch.int32, torch.int64}
    if not whole or int(offsets.shape[0]) * step > torch.iinfo(offsets.dtype).max:
        raise Unfitting("an embedding bag with offsets that can run over")


def _check_weight_norm(*, v: Tensor, g: Tensor, dim: int = 0) -> None:
    if dim not in {0, v.dim() - 1}:
        return  # computed of plain operators
    at = dim
    if tuple(g.shape) != tuple(size if one == at else 1 for one, size in enumerate(v.shape)):
        raise Unfitting("a weight norm of another size than its weights")


def _check_attention(*, query: Tensor, key: Tensor, value: Tensor, **_: Any) -> None:
    # Batches and heads may be broadcast; whatever kernel is chosen counts on these two.
    if (key.shape[-1], key.shape[-2]) != (query.shape[-1], value.shape[-2]):
        raise Unfitting("an attention whose queries, keys and values do not fit")


def _check_lstm(
    *,
    input: Tensor,  # noqa: A002 -- torch's name
    hx: Sequence[Tensor],
    params: Sequence[Tensor],
    has_biases: bool,
    num_layers: int,
    bidirectional: bool,
    batch_first: bool,
    **_: Any,
) -> None:
    ways = 1 + bidirectional
    if len(hx) != 2 or any(one.dim() != 3 for one in (input, *hx)):
        raise Unfitting("an LSTM without its two states")
    hidden, cell = hx
    size, out = int(cell.shape[2]), int(hidden.shape[2])
    each = 2 + 2 * has_biases + (out != size)
    rows = input.shape[0 if batch_first else 1]
    expected: list[tuple[int, ...]] = [
        (num_layers * ways, rows, out),
        (num_layers * ways, rows, size),
    ]
    for layer in range(num_layers):
        width = input.shape[2] if layer == 0 else out * ways
        one: list[tuple[int, ...]] = [(4 * size, width), (4 * size, out)]
        one += [(4 * size,)] * (2 * has_biases) + [(out, size)] * (out != size)
        expected += one * ways
    found = [tuple(one.shape) for one in (*hx, *params)]
    if len(params) != each * num_layers * ways or found != expected:
        raise Unfitting("an LSTM whose weights or states do not fit")


def _named(operator: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    names = [one.name for one in operator._schema.arguments]
    return dict(zip(names, args, strict=False)) | dict(kwargs)


_CHECKS: Mapping[Any, Callable[..., None]] = {
    torch.ops.aten.lstm.input: _check_lstm,
    WEIGHT_NORM: _check_weight_norm,
    torch.ops.aten.scaled_dot_product_attention.default: _check_attention,
}
