"""Limits how long one text may be analysed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 2.0
"""For all recognizers together, of this thread's processor time: a busy machine costs no row."""


class Undecided(Exception):
    """A recognizer gave up, so nobody knows what the text holds."""


class TextTimeBudget:
    """What is left of one text's time, over all the ways in which it is read."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._ends = 0.0

    @contextmanager
    def spent(self) -> Iterator[TextTimeBudget]:
        """Count what happens inside."""
        began = time.thread_time()
        self._ends = began + self._left
        try:
            yield self
        finally:
            self._left -= time.thread_time() - began

    def left(self) -> float:
        """Seconds that a step may take.

        Raises:
            Undecided: there are none.
        """
        left = self._ends - time.thread_time()
        if left <= 0:
            raise Undecided
        return left
