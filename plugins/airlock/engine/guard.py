"""Ends whatever a stage's process started, in whatever session: also when the task is killed.

The task ends all that is left when the work has ended, the guard when the task is killed. What
works is a child of the guard, and confined: it cannot signal the two (Linux 6.12).
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from airlock.core.errors import ProcessLost

HELD = {signal.SIGTERM, signal.SIGHUP}
"""What waits until a process that is being made knows what to do with it."""

# of <sys/prctl.h>
_PDEATHSIG, _SUBREAPER = 1, 36
# What a hostile child can keep starting is not waited for without end; then nothing is signed.
_SECONDS_TO_END = 10.0


def guard(live: Callable[[], NoReturn], task: int) -> NoReturn:
    """Stand between the task and what works, and end all of that when the task is killed.

    The kernel ends one child with its parent, and not what that child started in a session of its
    own: such processes become this one's children, which hears of the task's end and ends them.
    """
    # What the task left behind is never collected here: a library's object may wait, when it goes,
    # for threads that no fork has.
    gc.freeze()
    code = 1
    try:
        signal.signal(signal.SIGHUP, _end_all)
        _adopt_orphans(True)
        _hear_of_the_end_of(task, signal.SIGHUP)
        guard, worker = os.getpid(), os.fork()
        if worker == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            _hear_of_the_end_of(guard, signal.SIGKILL)
            live()
        signal.signal(signal.SIGTERM, lambda *_: os.kill(worker, signal.SIGTERM))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
        _, status = os.waitpid(worker, 0)
        # What is sent from here on has nobody to reach.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        code = os.waitstatus_to_exitcode(status)
        end_descendants(set())
        if code < 0:
            # The task asks how the work ended.
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {-code})
            with suppress(OSError):  # SIGKILL has no other
                signal.signal(-code, signal.SIG_DFL)
            os.kill(guard, -code)
    finally:
        os._exit(code if code >= 0 else 1)


def _end_all(*_: object) -> NoReturn:
    try:
        end_descendants(set())
    finally:
        os._exit(1)


def _hear_of_the_end_of(parent: int, by: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent ends, also if that is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, by)
    if os.getppid() != parent:
        os._exit(1)


@contextmanager
def signals_held() -> Iterator[None]:
    """Let what is sent to a process that is being made wait until it knows what to do."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Become the parent of whatever the child's processes leave behind, in whatever session."""
    _adopt_orphans(True)
    try:
        yield
    finally:
        _adopt_orphans(False)


def _adopt_orphans(adopt: bool) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, int(adopt))


def end_descendants(spared: set[int]) -> None:
    """Kill all that this process's children left, and wait until they are gone.

    Args:
        spared: processes that were there before.

    Raises:
        ProcessLost: something starts others faster than it can be killed.
    """
    until = time.monotonic() + _SECONDS_TO_END
    while left := set(descendants(os.getpid())) - spared:
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        for process in left:
            with suppress(ChildProcessError):  # a grandchild: its parent, or we, will hear of it
                os.waitpid(process, os.WNOHANG)
        if time.monotonic() > until:
            raise ProcessLost(
                "Something that the stage's code started does not end.",
                do="Look at the processes of this machine; nothing was published.",
            )
        time.sleep(0.001)


def descendants(of: int) -> Iterator[int]:
    """All processes below one, by /proc: also those that died and nobody waited for."""
    parents: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat") if sys.platform == "linux" else ():
        with suppress(OSError, ValueError, IndexError):
            # The name between the brackets is anybody's choice.
            parent = int(place.read_text(errors="replace").rpartition(")")[2].split()[1])
            parents.setdefault(parent, []).append(int(place.parent.name))
    waiting = [of]
    while waiting:
        for child in parents.get(waiting.pop(), ()):
            waiting.append(child)
            yield child
