"""Runs one function over many parts, on several processes of this machine, in order.

The processes are forked. The task that calls this has loaded its libraries already, which costs
seconds; a fork shares them and the function itself, and nothing has to be pickled but parts and
results. What forking is feared for, threads that hold a lock and a GPU that was initialised, is not
here: neither redaction nor scoring on several processes uses threads or a GPU, and Arrow starts its
threads anew in a child.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any, Generic, NoReturn, TypeVar

from airlock.core.errors import AirlockError, DataError

T = TypeVar("T")
R = TypeVar("R")

_PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def map_in_processes(
    work: Callable[[T], R],
    items: Iterable[T],
    *,
    processes: int,
    initializer: Callable[[], object] | None = None,
) -> Iterator[R]:
    """The results in the order of the items.

    As many items are on their way as there are processes, and no more are read; so memory is
    bounded. Processes end with the iterator: also if it is closed early, or if this process dies.

    Args:
        work: may be any function, also one that cannot be pickled; items and results must be.
        processes: at least 1; with 1 everything happens in this process.
        initializer: what every process does first.

    Raises:
        AirlockError: `work` raised it; of other errors only the kind is told, for their texts may
            hold a cell's value.
        DataError: a process died.
    """
    if processes == 1:
        if initializer:
            initializer()
        yield from map(work, items)
        return
    crew: list[_WorkerProcess[T, R]] = []
    at_work: deque[_WorkerProcess[T, R]] = deque()
    try:
        for item in items:
            if len(crew) < processes:
                crew.append(_WorkerProcess(work, initializer, [other.pipe for other in crew]))
                crew[-1].give(item)
                at_work.append(crew[-1])
                continue
            # Who began first is asked first, and has new work before its result is looked at.
            one = at_work.popleft()
            result = one.result()
            one.give(item)
            at_work.append(one)
            yield result
        for one in at_work:
            yield one.result()
    finally:
        for one in crew:
            one.end()


class _WorkerProcess(Generic[T, R]):
    """One forked process that works on one item after another.

    Args:
        others: pipes to other processes, which this one must not keep open.
    """

    def __init__(
        self,
        work: Callable[[T], R],
        initializer: Callable[[], object] | None,
        others: list[Connection],
    ) -> None:
        self.pipe, theirs = Pipe()
        parent = os.getpid()
        # Not multiprocessing.Process, which refuses to start in a child of a daemon: who runs the
        # task may be one.
        self._id = os.fork()
        if self._id == 0:
            _lead_a_life(work, initializer, theirs, [*others, self.pipe], parent)
        theirs.close()

    def give(self, item: T) -> None:
        """Let it work on an item."""
        with suppress(BrokenPipeError):  # result() tells that it died
            self.pipe.send(item)

    def result(self) -> R:
        """What became of the item, as soon as it is there."""
        try:
            done, result = self.pipe.recv()
        except (EOFError, OSError):
            self._died()
        if done:
            return result  # type: ignore[no-any-return]  # what came through a pipe has no type
        if isinstance(result, AirlockError):
            raise result
        raise RuntimeError(f"{result} in a process that worked on a part.")

    def end(self) -> None:
        """End it, whatever it does: what it was to give nobody waits for."""
        self.pipe.close()
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(self._id, signal.SIGKILL)
            os.waitpid(self._id, 0)

    def _died(self) -> NoReturn:
        raise DataError(
            "A process that worked on a part died.",
            do="If the machine was short of memory, use fewer processes, or a larger machine.",
        )


def _lead_a_life(
    work: Callable[[Any], Any],
    initializer: Callable[[], object] | None,
    pipe: Connection,
    others: Iterable[Connection],
    parent: int,
) -> NoReturn:
    """A forked process, from its first moment to its last: nothing of the parent runs in it."""
    # Nor is anything of it collected: a library's object may wait for threads that no fork has.
    gc.freeze()
    try:
        _die_with(parent)
        # The parent's handlers clean up what is the parent's.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        for other in others:
            other.close()
        _serve_items(work, initializer, pipe)
    finally:
        os._exit(0)


def _serve_items(
    work: Callable[[Any], Any], initializer: Callable[[], object] | None, pipe: Connection
) -> None:
    """From item to item, until nobody gives any more."""
    if initializer:
        initializer()
    with suppress(EOFError, BrokenPipeError):
        while True:
            pipe.send(_done(work, pipe.recv()))


def _done(work: Callable[[Any], Any], item: Any) -> tuple[bool, Any]:
    try:
        return True, work(item)
    except AirlockError as error:
        return False, error
    except Exception as error:  # noqa: BLE001  # its text may hold a cell's value; its kind does not
        return False, type(error).__name__


def _die_with(parent: int) -> None:
    """Have the kernel end this process with its parent, also if that is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
