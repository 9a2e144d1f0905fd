"""Estimates how much memory a graph needs for some rows, without allocating it.

A graph's own description of its tensors is its writer's word. So it is run with tensors that have a
shape and no bytes (torch's fake tensors), and what would be allocated is added up. A graph whose
shapes follow from values (`nonzero`, `item`) cannot be run so, and is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, fx

from airlock.bundle.memory import Unfitting, check_fitting
from airlock.compat.torch import (
    FakeTensor,
    FakeTensorMode,
    StorageWeakRef,
    TorchDispatchMode,
    tree_leaves,
)
from airlock.core.errors import Unverified

BUDGET = 1 << 30
"""Bytes of activations that are alive at one time: a gigabyte, whatever the model."""
_LONG = 1 << 63


class TooLarge(Exception):
    """More than the budget."""


class Footprint:
    """What a loaded graph would allocate.

    Args:
        module: what `ExportedProgram.module()` gives, on the CPU; it is not kept.
    """

    def __init__(self, module: fx.GraphModule) -> None:
        self._mode = FakeTensorMode()
        self._graph = module.graph
        self._given: dict[str, FakeTensor] = {
            str(node.target): self._mode.from_tensor(_attribute(module, str(node.target)))
            for node in module.graph.nodes
            if node.op == "get_attr"
        }
        self._last = _last_uses(module.graph)
        self._fits: dict[tuple[object, ...], bool] = {}

    def fits(self, rows: int, inputs: Sequence[Tensor]) -> bool:
        """Whether that many rows stay below the budget.

        Args:
            inputs: what their rows are like; only types and shapes are looked at.

        Raises:
            Unverified: the graph does not run, or its shapes follow from values.
        """
        key = (rows, *((one.dtype, *one.shape[1:]) for one in inputs))
        if key not in self._fits:
            self._fits[key] = self._run(rows, inputs)
        return self._fits[key]

    def rows(self, most: int, inputs: Sequence[Tensor]) -> int:
        """How many rows are computed at once.

        Raises:
            Unverified: a single row takes more than the budget.
        """
        rows = most
        while rows > 1 and not self.fits(rows, inputs):
            rows //= 4
        if rows == 1 and not self.fits(1, inputs):
            raise Unverified(
                f"The graph takes more than {BUDGET >> 20:,} MB for a single row.",
                do="Airlock computes no such model; docs/models.md says what the bound means.",
            )
        return rows

    def _run(self, rows: int, inputs: Sequence[Tensor]) -> bool:
        with self._mode, torch.no_grad():
            given = [
                torch.empty((rows, *one.shape[1:]), dtype=one.dtype, device="cpu") for one in inputs
            ]
        try:
            # Not inference_mode: there, operators would reach the counter before they are taken
            # apart into those that allocate.
            with self._mode, _Counting(self._given.values()), torch.no_grad():
                self._interpret(given)
        except TooLarge:
            return False
        except Unfitting as error:
            raise Unverified(
                f"The graph calls {error}.",
                do="Its kernel would read beyond them; docs/models.md says what can be called.",
            ) from None
        except Exception as error:  # noqa: BLE001  operators raise what they like
            raise Unverified(
                f"The graph does not compute {rows:,} rows ({type(error).__name__}).",
                do="Its shapes must follow from its inputs' shapes alone; docs/models.md.",
            ) from None
        return True

    def _interpret(self, inputs: list[Tensor]) -> None:
        waiting = iter(inputs)
        values: dict[fx.Node, Any] = {}
        for node in self._graph.nodes:
            if node.op == "placeholder":
                values[node] = next(waiting)
            elif node.op == "get_attr":
                values[node] = self._given[str(node.target)]
            elif node.op == "call_function":
                args, kwargs = fx.map_arg((node.args, node.kwargs), values.__getitem__)
                check_fitting(node, args, kwargs)
                values[node] = _bounded(node.target(*args, **kwargs))
                del args, kwargs
            elif node.op != "output":
                raise TypeError(node.op)
            for used in self._last.get(node, ()):
                values.pop(used, None)


class _Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's
    """Adds up what is allocated and still alive."""

    def __init__(self, given: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch's
        self._weights = {one.untyped_storage()._cdata for one in given}
        self._alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self._bytes = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        for one in tree_leaves(found):
            if isinstance(one, Tensor):
                self._count(one, _workspace(func, args, one))
        return found

    def _count(self, one: Tensor, workspace: int) -> None:
        storage = one.untyped_storage()
        if storage._cdata in self._weights or storage._cdata in self._alive:
            return
        size = storage.nbytes()
        reference = StorageWeakRef(storage)  # type: ignore[no-untyped-call]  # torch's
        self._alive[storage._cdata] = (reference, size)
        self._bytes += size
        if self._bytes + workspace > BUDGET:
            self._alive = dict(filter(_held, self._alive.items()))
            self._bytes = sum(size for _, size in self._alive.values())
            if self._bytes + workspace > BUDGET:
                raise TooLarge


def _held(one: tuple[int, tuple[StorageWeakRef, int]]) -> bool:
    reference = one[1][0]
    return not reference.expired()  # type: ignore[no-untyped-call]  # torch's


def _workspace(func: Any, args: Any, made: Tensor) -> int:
    """What an operator takes beside its result: a convolution may unfold what it reads."""
    if func is not torch.ops.aten.convolution.default:
        return 0
    weight = args[1]
    window: int = weight[0].numel()
    return window * max(1, made.numel() // max(1, made.shape[1])) * made.element_size()


def _bounded(value: Any) -> Any:
    if isinstance(value, int) and not -_LONG < value < _LONG:
        raise OverflowError
    return value


def _attribute(module: torch.nn.Module, path: str) -> Tensor:
    found: Any = module
    for name in path.split("."):
        found = getattr(found, name)
    assert isinstance(found, Tensor)
    return found


def _last_uses(graph: fx.Graph) -> dict[fx.Node, list[fx.Node]]:
    """What is needed no more after each node."""
    last: dict[fx.Node, fx.Node] = {}
    for node in graph.nodes:
        last[node] = node
        for used in node.all_input_nodes:
            last[used] = node
    ends: dict[fx.Node, list[fx.Node]] = {}
    for used, node in last.items():
        ends.setdefault(node, []).append(used)
    return ends
