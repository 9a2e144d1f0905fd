"""SQLite, by Python's own driver."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

from airlock.core.statements import SourceQuery
from airlock.stages.snapshot.stage.source.sql import problems
from airlock.stages.snapshot.stage.source.sql.server import (
    DatabaseAnswer,
    DatabaseTarget,
    Fetches,
    Nights,
    ServerColumn,
)

_WAIT_FOR_FILE = 60
_STEPS = 10_000  # of its machine, between two looks at the clock
_ALLOWED = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
    }
)
_AWAY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR})
_WRITES = frozenset({sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY})


@contextmanager
def connect(target: DatabaseTarget) -> Iterator[SqliteReader]:
    """Open the file to be read, in one transaction."""
    path = target.root / (target.database.host or "")
    with _said(target):
        line = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro",
            uri=True,
            timeout=_WAIT_FOR_FILE,
            isolation_level=None,
        )
    with closing(line):
        yield SqliteReader(line, target)


class SqliteReader:
    """One transaction; see `Reader`."""

    def __init__(self, line: sqlite3.Connection, target: DatabaseTarget) -> None:
        self.server = f"SQLite {sqlite3.sqlite_version}"
        self.moment = "one transaction of a file that is opened to be read"
        self._line = line
        self._target = target
        self._until = float("inf")
        with _said(target):
            line.execute("PRAGMA query_only = ON")
            line.execute("BEGIN")
        line.set_authorizer(_may)
        line.set_progress_handler(self._is_late, _STEPS)

    def ask(self, statement: SourceQuery, nights: Nights) -> DatabaseAnswer:
        # SQLite has no days: they are texts, year first.
        text, values = statement.written(
            "named", {name: night.isoformat() for name, night in nights.items()}
        )
        self._begin()
        with _said(self._target):
            cursor = self._line.execute(text, values)
        columns = [ServerColumn(name=one[0], type="", kinds=None) for one in cursor.description]

        def fetch(count: int) -> Sequence[Sequence[Any]]:
            self._begin()
            with _said(self._target):
                return cursor.fetchmany(count)

        return DatabaseAnswer(columns=columns, batches=Fetches().batches(fetch))

    def _begin(self) -> None:
        self._until = time.monotonic() + self._target.timeout

    def _is_late(self) -> bool:
        return time.monotonic() > self._until


def _may(action: int, *_: Any) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


@contextmanager
def _said(target: DatabaseTarget) -> Iterator[None]:
    """Say what SQLite says by its code: its text may quote a cell."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        why = getattr(error, "sqlite_errorname", "") or type(error).__name__
        if code == sqlite3.SQLITE_INTERRUPT:
            raise problems.too_slow(target.shown, target.timeout) from None
        if code in _WRITES:
            raise problems.changes(target.shown) from None
        if code in _AWAY:
            raise problems.no_answer(target.shown, why) from None
        # Python's own error about bytes that are no text: it has neither a class nor a code.
        if not code and "UTF-8" in str(error):
            raise problems.unreadable_text(target.shown) from None
        raise problems.refused(target.shown, why) from None
