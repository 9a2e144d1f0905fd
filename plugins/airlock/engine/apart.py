"""Runs a stage's work in a process of its own, so that what it leaves is signed by another one.

A graph, a model's code and foreign rows are only ever read by the child. It is confined, has no
signing key, and answers with JSON: nothing of it becomes an object here but a record and an error.
The parent reads the key when the child, and all that it started, has ended.
"""

from __future__ import annotations

import ctypes
import os
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from airlock.compat.airflow import discard_answers
from airlock.core import errors
from airlock.core.content import canonical_json
from airlock.core.errors import AirlockError, DataError, ProcessLost
from airlock.engine.record import Record
from airlock.engine.translation import without_values
from airlock.reading import read_json
from airlock.reading.document import SIZE

# of <sys/prctl.h>
_PDEATHSIG, _SUBREAPER = 1, 36
# What a hostile child can keep starting is not waited for without end; then nothing is signed.
_SECONDS_TO_END = 10.0


class Unexpected(Exception):
    """An error that is none of ours: its class and place, without its text."""


class Apart:
    """The child of one task, while there is one."""

    def __init__(self) -> None:
        self._child = 0

    def stop(self) -> bool:
        """Ask the child to stop, as Airflow asks a task; False if there is none."""
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, signal.SIGTERM)
        return bool(self._child)

    def record(
        self,
        work: Callable[[], Record],
        kind: type[Record],
        *,
        first: Callable[[], None],
        stop: Callable[[], None],
    ) -> Record:
        """What the work comes to.

        Args:
            work: what the child does.
            kind: of the record.
            first: what the child does before that, such as being confined.
            stop: what the child does when it is asked to stop.

        Raises:
            AirlockError: the work raised it.
            Unexpected: it raised something else.
            ProcessLost: the child was killed, or something that it started does not end.
        """
        spared = set(_descendants(os.getpid()))
        # It has no name: what the child leaves anywhere else is not read.
        with _adopting_orphans(), tempfile.TemporaryFile() as answer:
            _flush()
            parent = os.getpid()
            self._child = os.fork()
            if self._child == 0:
                self._live(work, first, stop, answer.fileno(), parent)
            try:
                _, status = os.waitpid(self._child, 0)
            except BaseException:
                _end(self._child)
                raise
            finally:
                self._child = 0
                end_descendants(spared)
                discard_answers()
            answer.seek(0)
            said = answer.read(SIZE + 1)
        return _told(said, os.waitstatus_to_exitcode(status), kind)

    def _live(
        self,
        work: Callable[[], Record],
        first: Callable[[], None],
        stop: Callable[[], None],
        answer: int,
        parent: int,
    ) -> NoReturn:
        """The child, from its first moment to its last: nothing of the parent runs in it."""
        code = 1
        try:
            _die_with(parent)
            self._child = 0
            # Airflow's own handler knows its process, and does nothing in another one.
            signal.signal(signal.SIGTERM, lambda *_: stop())
            said = canonical_json(_done(work, first))
            _flush()
            with os.fdopen(answer, "wb") as file:
                file.write(said)
            code = 0
        finally:
            os._exit(code)


def refuse_links(folder: Path) -> None:
    """Refuse what a child hands over with links and the like in it.

    Who reads it next may read, and send on, what the child may not.

    Args:
        folder: of the child; what lies below its `out` is handed over.

    Raises:
        DataError: there is one.
    """
    out = folder / "out"
    for path in _below(out) if os.path.lexists(out) else ():
        mode = path.lstat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise DataError(
                "The stage left something that is neither file nor folder.",
                do="Find out what code of the model or of an extension makes links in its folder.",
            )


def _below(folder: Path) -> Iterator[Path]:
    """A folder and all in it; of a link no more than itself, since the first to ask stops at it."""
    yield folder
    for root, folders, files in os.walk(folder):
        yield from (Path(root, name) for name in (*folders, *files))


def _done(work: Callable[[], Record], first: Callable[[], None]) -> dict[str, object]:
    try:
        first()
        return {"record": work().to_json()}
    except AirlockError as error:
        return {"error": type(error).__name__, "what": error.what, "do": error.do}
    except Exception as error:  # noqa: BLE001 -- whatever it is, its text must not get out
        return {"unexpected": without_values(error)}


def _told(answer: bytes, code: int, kind: type[Record]) -> Record:
    """The child's answer; whoever wrote it may have wished us ill."""
    try:
        said = read_json(answer)
        if code == 0 and isinstance(said, dict):
            if "record" in said:
                return kind.from_json(said["record"])
            if "unexpected" in said:
                raise Unexpected(str(said["unexpected"])[:2_000])
            known = getattr(errors, str(said["error"]))
            if issubclass(known, AirlockError):
                raise known(str(said["what"]), do=str(said["do"]))
    except (ValueError, KeyError, AttributeError, TypeError):
        pass
    how = f"was killed ({signal.Signals(-code).name})" if code < 0 else "gave no answer"
    raise ProcessLost(
        f"The process that did the work {how}.",
        do="If the machine was short of memory, give the task more; a retry begins anew.",
    )


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()


def _die_with(parent: int) -> None:
    """Have the kernel end this process with its parent, also if that is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


# What a child leaves running


@contextmanager
def _adopting_orphans() -> Iterator[None]:
    """Become the parent of whatever the child's processes leave behind, in whatever session."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SUBREAPER, 1)
    try:
        yield
    finally:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_SUBREAPER, 0)


def end_descendants(spared: set[int]) -> None:
    """Kill all that this process's children left, and wait until they are gone.

    Args:
        spared: processes that were there before.

    Raises:
        ProcessLost: something starts others faster than it can be killed.
    """
    until = time.monotonic() + _SECONDS_TO_END
    while left := set(_descendants(os.getpid())) - spared:
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


def _end(process: int) -> None:
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def _descendants(of: int) -> Iterator[int]:
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
