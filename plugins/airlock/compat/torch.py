"""From the inside of torch. The layout of its archives is `airlock.bundle.graph`'s own account."""

from __future__ import annotations

import torch

# load() and export() would import these: early enough to be preloaded.
import torch._functorch.aot_autograd
import torch.export._trace
import torch.export._unlift
import torch.fx.experimental.validator
from torch._ops import OpOverload
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.export.passes import move_to_device_pass
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

READ_IN = "2.13.0"

__all__ = [
    "WEIGHT_NORM",
    "FakeTensor",
    "FakeTensorMode",
    "OpOverload",
    "StorageWeakRef",
    "TorchDispatchMode",
    "is_mutable",
    "move_to_device_pass",
    "tree_leaves",
]

# What torch.nn.utils.parametrizations.weight_norm calls.
WEIGHT_NORM = torch.ops.aten._weight_norm.default


def is_mutable(target: object) -> bool:
    """Whether what a node of a graph calls is an operator that changes its arguments."""
    return isinstance(target, OpOverload) and bool(target._schema.is_mutable)
