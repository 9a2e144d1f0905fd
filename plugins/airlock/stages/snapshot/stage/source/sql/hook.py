"""Every other database, by the hook that its Airflow provider brings (PEP 249).

Nothing is known of such a server: whether its rows are of one moment, whether it would refuse a
change, how long it may take. What its own hook sets up holds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from airlock.core.errors import AirlockError, SettingsError
from airlock.core.quoting import line as one_line
from airlock.core.statements import SourceQuery
from airlock.stages.snapshot.stage.source.sql import problems
from airlock.stages.snapshot.stage.source.sql.server import (
    DatabaseAnswer,
    DatabaseTarget,
    Fetches,
    Nights,
    ServerColumn,
)

_USUAL = "pyformat"


@contextmanager
def connect(target: DatabaseTarget) -> Iterator[HookReader]:
    """Have Airflow's hook connect."""
    database = target.database
    with _said(target):
        hook = database.hook() if database.hook else None
        connect = getattr(hook, "get_conn", None)
    if connect is None:
        raise SettingsError(
            f"The connection {database.connection} is of the type {one_line(database.kind, 40)}, "
            "by which no rows are read.",
            do="Name one of a database, and install the Airflow provider of its type.",
        )
    with _said(target):
        line = connect()
    with closing(line):
        yield HookReader(line, target)


class HookReader:
    """One connection; see `Reader`."""

    def __init__(self, line: Any, target: DatabaseTarget) -> None:
        self.server = target.database.kind
        self.moment = "as its hook reads; nothing is known of its isolation"
        self._line = line
        self._target = target
        driver = sys.modules.get(type(line).__module__.partition(".")[0])
        self._style = str(getattr(driver, "paramstyle", _USUAL))

    def ask(self, statement: SourceQuery, nights: Nights) -> DatabaseAnswer:
        text, values = statement.written(self._style, nights)
        with _said(self._target):
            cursor = self._line.cursor()
            cursor.execute(text, *((values,) if values else ()))
            described = list(cursor.description)
        columns = [ServerColumn(name=str(one[0]), type="", kinds=None) for one in described]

        def fetch(count: int) -> Sequence[Sequence[Any]]:
            with _said(self._target):
                return [tuple(row) for row in cursor.fetchmany(count)]

        return DatabaseAnswer(columns=columns, batches=Fetches().batches(fetch))


@contextmanager
def _said(target: DatabaseTarget) -> Iterator[None]:
    """Say which class was raised: whatever its text is, it may quote a cell."""
    try:
        yield
    except AirlockError:
        raise
    except Exception as error:  # noqa: BLE001 -- of whatever driver there is
        names = {one.__name__ for one in type(error).__mro__}
        if names & {"InterfaceError", "ConnectionError", "TimeoutError"}:
            raise problems.no_answer(target.shown, type(error).__name__) from None
        if "OperationalError" in names:
            raise problems.failed(target.shown, type(error).__name__) from None
        raise problems.refused(target.shown, type(error).__name__) from None
