"""What surrounds a training: who may stop it, where it is kept, what it may take."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from airlock.stages.train.stage.checkpoint import Keeper


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """The world of one attempt.

    Args:
        checkpoints: where it is kept; None keeps nothing.
        stopping: whether the machine is about to be taken away.
        clock: seconds that only grow; for intervals, never for what is computed.
        seconds: that all attempts together may fit; see `Budget.seconds`.
    """

    checkpoints: Keeper | None = None
    stopping: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = lambda: 0.0
    seconds: float = math.inf
