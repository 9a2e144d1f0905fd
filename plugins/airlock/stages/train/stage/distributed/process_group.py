"""Collective calls between the ranks of a training; one device means one rank."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from lightning_fabric.plugins.environments.cluster_environment import ClusterEnvironment
from pytorch_lightning.strategies import DDPStrategy
from torch import Tensor, nn

from airlock.reading import read_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessGroup:
    """One rank among the others. What they tell each other travels as numbers, never as pickles.

    Args:
        rank: which one this is.
        size: how many there are.
        talk: the group of processes that they talk in, by way of the CPU; None for one rank.
    """

    rank: int = 0
    size: int = 1
    talk: Any = None

    @property
    def first(self) -> bool:
        """Whether this is the rank that speaks for all."""
        return self.rank == 0

    def agreed(self, figures: Sequence[float]) -> list[float]:
        """What the first rank says; all must ask, with as many figures."""
        said = torch.tensor(figures, dtype=torch.float64)
        if self.size > 1:
            dist.broadcast(said, 0, group=self.talk)
        return said.tolist()

    def summed(self, figures: Sequence[float]) -> list[float]:
        """The sum of what the ranks say."""
        said = torch.tensor(figures, dtype=torch.float64)
        if self.size > 1:
            dist.all_reduce(said, group=self.talk)
        return said.tolist()

    def gathered(self, plain: Any) -> list[Any]:
        """What every rank says, in their order: JSON-ready values, of any length."""
        if self.size == 1:
            return [plain]
        said = torch.frombuffer(bytearray(json.dumps(plain).encode()), dtype=torch.uint8)
        longest = torch.tensor([len(said)])
        dist.all_reduce(longest, op=dist.ReduceOp.MAX, group=self.talk)
        padded = torch.full((int(longest),), ord(" "), dtype=torch.uint8)
        padded[: len(said)] = said
        heard = [torch.empty_like(padded) for _ in range(self.size)]
        dist.all_gather(heard, padded, group=self.talk)
        return [read_json(bytes(one.tolist()), finite=False) for one in heard]

    def level(self, module: nn.Module) -> None:
        """Give every rank the buffers of the first one, such as the means of a batch norm."""
        if self.size > 1:
            for buffer in module.buffers():
                shared: Tensor = buffer.detach().cpu().contiguous()
                dist.broadcast(shared, 0, group=self.talk)
                buffer.copy_(shared)

    def strategy(self) -> str | DDPStrategy:
        """What Lightning needs to know of them."""
        if self.size == 1:
            return "auto"
        # A layer that a loss does not touch trains on one device, so it must here. And gradients
        # are then summed in the same buckets from the first step on: without it the buckets change
        # after one step, and a training that goes on would sum in another order.
        return DDPStrategy(
            cluster_environment=_Started(self.rank, self.size), find_unused_parameters=True
        )


ALONE = ProcessGroup()


class _Started(ClusterEnvironment):
    """Tells Lightning that the ranks are there already, and have met.

    Its own launcher would run `sys.argv` once more for each: inside a task, Airflow itself.
    """

    def __init__(self, rank: int, ranks: int) -> None:
        self._rank = rank
        self._ranks = ranks

    @property
    def creates_processes_externally(self) -> bool:
        return True

    @property
    def main_address(self) -> str:
        return "127.0.0.1"

    @property
    def main_port(self) -> int:
        return 0  # Nobody connects to it: the ranks met by a file.

    @staticmethod
    def detect() -> bool:
        return False

    def world_size(self) -> int:
        return self._ranks

    def set_world_size(self, size: int) -> None:
        """They are as many as were started."""

    def global_rank(self) -> int:
        return self._rank

    def set_global_rank(self, rank: int) -> None:
        """It is known."""

    def local_rank(self) -> int:
        return self._rank

    def node_rank(self) -> int:
        return 0
