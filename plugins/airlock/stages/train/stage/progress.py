"""Logs every few seconds how far a training is, and when it will be done."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

from airlock.stages.train.spec import SizedSpec

log = logging.getLogger(__name__)

_EVERY = 5.0  # seconds


class Progress:
    """Counts batches by the clock.

    Args:
        spec: its batches and epochs.
        clock: seconds that only grow.
        rows: of the train fold.
    """

    def __init__(self, spec: SizedSpec, clock: Callable[[], float], *, rows: int) -> None:
        self._spec = spec
        self._clock = clock
        self._rows = rows
        self._at = clock()
        self._batches = 0

    def start(self, batches: int) -> None:
        """Begin to count: `batches` were done by earlier attempts."""
        self._at, self._batches = self._clock(), batches

    def due(self) -> bool:
        """Whether it is time for another line."""
        return self._clock() - self._at >= _EVERY

    def say(self, epoch: int, step: int, batches: int, loss: float, rest: float) -> None:
        """Write the line.

        Args:
            epoch: the present one, from 0.
            step: batches of it that are done.
            batches: done in all.
            loss: mean of the epoch so far.
            rest: seconds until the budget is spent.
        """
        now = self._clock()
        per_second = (batches - self._batches) / (now - self._at)
        steps = math.ceil(self._rows / self._spec.batch_size)
        left = (steps * (self._spec.max_epochs - epoch) - step) / per_second
        log.info(
            "Epoch %d of %d at most, step %d of %d, loss %.4f, %s rows/s, %s left at most.",
            epoch + 1,
            self._spec.max_epochs,
            step,
            steps,
            loss,
            f"{per_second * self._spec.batch_size:,.0f}",
            duration(min(left, rest)),
        )
        self._at, self._batches = now, batches


def duration(seconds: float) -> str:
    """Minutes and seconds, for people."""
    minutes, rest = divmod(math.ceil(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
