"""A process that loads the libraries once, and forks the workers of a training.

The task's own process must not fork them: it has threads, and a GPU that was looked at does not
survive a fork. Loading the libraries anew for each would cost seconds of every core.

Nobody outlives anybody: the fork server dies with the task, and the ranks die with the fork server,
by the kernel's own word (PDEATHSIG), whoever is killed however.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from airlock.core.errors import ProcessLost
from airlock.stages.train.stage.distributed.channel import Channel, Message

# Airflow puts the folder of its plugins on this process's path, and on no environment variable.
# Torch reads its own variable when it is loaded: it would warn of the strategy that was chosen.
BOOT = (
    "import json, os, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "os.putenv('TORCH_CPP_LOG_LEVEL', 'ERROR');"
    "from airlock.stages.train.stage.distributed.worker import serve_forks;"
    "serve_forks(*map(int, sys.argv[2:]))"
)
"""What the server and its ranks run; they are told by it among all processes."""
_LAST_WORDS = 10.0  # seconds


class ForkServer:
    """The process that the ranks are children of. Used as a context: nobody is left after it."""

    def __enter__(self) -> Self:
        ours, theirs = socket.socketpair()
        with theirs:
            said = (json.dumps(sys.path), str(theirs.fileno()), str(os.getpid()))
            # A group of its own: a signal to the task's is meant for the task alone.
            self._process = subprocess.Popen(
                [sys.executable, "-c", BOOT, *said],
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
            )
        self._end = ours
        self._channel = Channel(ours)
        self._alive: set[int] = set()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._channel.close()
        # Whatever the ranks started is in the group as well.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def fileno(self) -> int:
        """For `select`."""
        return self._channel.fileno()

    @property
    def busy(self) -> bool:
        """Whether a rank is alive."""
        return bool(self._alive)

    def start_workers(self, ranks: int) -> list[Channel]:
        """Start ranks; a channel to each.

        Raises:
            ProcessLost: the fork server is gone.
        """
        pairs = [socket.socketpair() for _ in range(ranks)]
        try:
            socket.send_fds(self._end, [b"ranks"], [theirs.fileno() for _, theirs in pairs])
        except OSError:
            raise self._lost() from None
        finally:
            for _, theirs in pairs:
                theirs.close()
        self._alive = set(range(ranks))
        return [Channel(ours) for ours, _ in pairs]

    def ended(self) -> list[tuple[int, int]]:
        """Wait until ranks end: their numbers, with exit codes; the signal's, negative, if killed.

        Raises:
            ProcessLost: the fork server is gone.
        """
        try:
            told: list[Message] = self._channel.receive()
        except (EOFError, OSError):
            self._alive.clear()
            raise self._lost() from None
        for one in told:
            self._alive.discard(one["rank"])
        return [(one["rank"], one["code"]) for one in told]

    def kill(self) -> None:
        """End all ranks that are alive, now."""
        if not self._alive:
            return
        with contextlib.suppress(OSError):
            self._end.sendall(b"kill")

    def end_workers(self) -> None:
        """End all ranks, and wait until they have ended."""
        self.kill()
        until = time.monotonic() + _LAST_WORDS
        with contextlib.suppress(ProcessLost):
            while self._alive:
                rest = max(0, until - time.monotonic())
                if not select.select([self], [], [], rest)[0]:
                    return
                self.ended()

    def _lost(self) -> ProcessLost:
        return ProcessLost(
            f"The process that starts the ranks ended (exit code {self._process.poll()}).",
            do="Its last words are in the task's log. A retry goes on from the last checkpoint.",
        )
