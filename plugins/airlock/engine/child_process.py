"""Runs a stage's work in a process of its own, so that what it leaves is signed by another one.

A graph, a model's code and foreign rows are only ever read by the child. It is confined, has no
signing key, and answers with JSON: nothing of it becomes an object here but a record and an error.
The parent reads the key when the child, and all that it started, has ended. Between the two stands
a process that does nothing but end the child's processes, in whatever session, should the task be
killed.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from airlock.compat.airflow import discard_answers
from airlock.core import errors
from airlock.core.content import canonical_json
from airlock.core.errors import AirlockError, DataError, ProcessLost
from airlock.engine.guard import (
    HELD,
    adopting_orphans,
    descendants,
    end_descendants,
    guard,
    signals_held,
)
from airlock.engine.record import Record
from airlock.engine.translation import without_values
from airlock.reading import read_json
from airlock.reading.document import SIZE


class Unexpected(Exception):
    """An error that is none of ours: its class and place, without its text."""


class Later(Exception):
    """Not an error: the work has to wait, and holds no process meanwhile.

    Args:
        why: in a sentence.
        until: UTC; None if this run shall do without.
    """

    def __init__(self, why: str, *, until: datetime | None) -> None:
        super().__init__(why)
        self.until = until


class ChildProcess:
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
            Later: it has to wait.
            Unexpected: it raised something else.
            ProcessLost: the child was killed, or something that it started does not end.
        """
        spared = set(descendants(os.getpid()))
        # It has no name: what the child leaves anywhere else is not read.
        with adopting_orphans(), tempfile.TemporaryFile() as answer:
            _flush()
            with signals_held():
                parent = os.getpid()
                self._child = os.fork()
                if self._child == 0:
                    self._child = 0
                    guard(lambda: self._live(work, first, stop, answer.fileno()), parent)
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
    ) -> NoReturn:
        """What works, from its first moment to its last: nothing of the parent runs in it."""
        code = 1
        try:
            # Airflow's own handler knows its process, and does nothing in another one.
            signal.signal(signal.SIGTERM, lambda *_: stop())
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
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
    except Later as later:
        until = later.until.isoformat() if later.until else None
        return {"later": until, "why": str(later)}
    except AirlockError as error:
        return {
            # Of a class of the stage's own, the one that everybody knows.
            "error": next(one.__name__ for one in type(error).__mro__ if _is_known(one)),
            "what": error.what,
            "do": error.do,
            "again": error.retry_can_help,
            "outage": error.outage,
        }
    except Exception as error:  # noqa: BLE001 -- whatever it is, its text must not get out
        return {"unexpected": without_values(error)}


def _is_known(kind: type) -> bool:
    return getattr(errors, kind.__name__, None) is kind


def _like(known: type[AirlockError], said: Mapping[str, object]) -> type[AirlockError]:
    """The class, with what the stage's own says of a retry."""
    again, outage = said["again"] is True, said["outage"] is True
    if (again, outage) == (known.retry_can_help, known.outage):
        return known
    return type(known.__name__, (known,), {"retry_can_help": again, "outage": outage})


def _told(answer: bytes, code: int, kind: type[Record]) -> Record:
    """The child's answer; whoever wrote it may have wished us ill."""
    try:
        said = read_json(answer)
        if code == 0 and isinstance(said, dict):
            if "record" in said:
                return kind.from_json(said["record"])
            if "later" in said:
                until = said["later"] and datetime.fromisoformat(said["later"]).astimezone(UTC)
                raise Later(str(said["why"])[:2_000], until=until)
            if "unexpected" in said:
                raise Unexpected(str(said["unexpected"])[:2_000])
            known = getattr(errors, str(said["error"]))
            if issubclass(known, AirlockError):
                raise _like(known, said)(str(said["what"]), do=str(said["do"]))
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


def _end(process: int) -> None:
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
