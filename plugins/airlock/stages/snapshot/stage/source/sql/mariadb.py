"""MariaDB and MySQL, by PyMySQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from pymysql.cursors import SSCursor

from airlock.compat.pymysql import leave_unread
from airlock.core.contract import ColumnType
from airlock.core.statements import SourceQuery
from airlock.stages.snapshot.stage.source.sql import problems
from airlock.stages.snapshot.stage.source.sql.server import (
    DatabaseAnswer,
    DatabaseTarget,
    Fetches,
    Nights,
    ServerColumn,
)

_WAIT_FOR_CONNECTION = 10
_GRACE = 30  # seconds beyond what the server itself allows a statement
# Values are bound as usual; what comes back stays text: 0000-00-00 is no day to Python.
_CONVERT = {kind: how for kind, how in conversions.items() if not isinstance(kind, int)}

_TEXT: frozenset[ColumnType] = frozenset({"string"})
_INTEGER: frozenset[ColumnType] = frozenset({"integer", "number"})
_NAMES: Mapping[int, tuple[str, frozenset[ColumnType]]] = {
    FIELD_TYPE.TINY: ("tinyint", _INTEGER | {"boolean"}),
    FIELD_TYPE.SHORT: ("smallint", _INTEGER),
    FIELD_TYPE.INT24: ("mediumint", _INTEGER),
    FIELD_TYPE.LONG: ("int", _INTEGER),
    FIELD_TYPE.LONGLONG: ("bigint", _INTEGER),
    FIELD_TYPE.YEAR: ("year", _INTEGER),
    FIELD_TYPE.DECIMAL: ("decimal", _INTEGER),
    FIELD_TYPE.NEWDECIMAL: ("decimal", _INTEGER),
    FIELD_TYPE.FLOAT: ("float", frozenset({"number"})),
    FIELD_TYPE.DOUBLE: ("double", frozenset({"number"})),
    FIELD_TYPE.DATE: ("date", frozenset({"date"})),
    FIELD_TYPE.NEWDATE: ("date", frozenset({"date"})),
    FIELD_TYPE.DATETIME: ("datetime", frozenset({"timestamp"})),
    FIELD_TYPE.TIMESTAMP: ("timestamp", frozenset({"timestamp"})),
    FIELD_TYPE.VARCHAR: ("varchar", _TEXT),
    FIELD_TYPE.VAR_STRING: ("varchar", _TEXT),
    FIELD_TYPE.STRING: ("char", _TEXT),
    # Bytes have these types, too, and are told apart by their values.
    FIELD_TYPE.TINY_BLOB: ("text", _TEXT),
    FIELD_TYPE.BLOB: ("text", _TEXT),
    FIELD_TYPE.MEDIUM_BLOB: ("text", _TEXT),
    FIELD_TYPE.LONG_BLOB: ("text", _TEXT),
    FIELD_TYPE.NULL: ("null", frozenset(ColumnType.__args__)),  # type: ignore[attr-defined]  # of a Literal
    FIELD_TYPE.JSON: ("json", frozenset()),
    FIELD_TYPE.TIME: ("time", frozenset()),
    FIELD_TYPE.BIT: ("bit", frozenset()),
    FIELD_TYPE.GEOMETRY: ("geometry", frozenset()),
}
_READ_ONLY = frozenset({1290, 1792})  # a server, and a transaction, that is only read
_TOO_SLOW = frozenset({1969, 3024})  # MariaDB's and MySQL's word for it
# Nobody there, gone meanwhile, too many connections, shutting down, a lock, a deadlock.
_AWAY = frozenset({1040, 1053, 1159, 1161, 1205, 1213, *range(2000, 2056)})


@contextmanager
def connect(target: DatabaseTarget) -> Iterator[MariaReader]:
    """Open one transaction that changes nothing, with a consistent snapshot."""
    with _said(target):
        line = pymysql.connect(
            host=target.database.host or "localhost",
            port=target.database.port or 3306,
            user=target.database.user,
            password=target.database.password or "",
            database=target.database.name,
            charset="utf8mb4",
            connect_timeout=_WAIT_FOR_CONNECTION,
            read_timeout=target.timeout + _GRACE,
            write_timeout=_GRACE,
            autocommit=False,
            local_infile=False,
            conv=_CONVERT,
            cursorclass=SSCursor,
            ssl=target.database.extra.get("ssl"),
        )
    with closing(line):
        version = str(line.get_server_info())
        is_maria = "mariadb" in version.lower()
        slow = (
            f"max_statement_time = {target.timeout}"
            if is_maria
            else (f"max_execution_time = {target.timeout * 1000}")
        )
        with _said(target), line.cursor() as cursor:
            cursor.execute(f"SET SESSION {slow}, time_zone = '+00:00', net_write_timeout = 600")
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        name = "MariaDB" if is_maria else "MySQL"
        try:
            yield MariaReader(line, target, f"{name} {_number(version)}")
        finally:
            leave_unread(line)


class MariaReader:
    """One transaction; see `Reader`."""

    def __init__(self, line: Any, target: DatabaseTarget, server: str) -> None:
        self.server = server
        self.moment = "one repeatable-read transaction with a consistent snapshot, read only"
        self._line = line
        self._target = target

    def ask(self, statement: SourceQuery, nights: Nights) -> DatabaseAnswer:
        text, values = statement.written("pyformat", nights)
        cursor = self._line.cursor()
        with _said(self._target):
            cursor.execute(text, values or None)
        columns = [_column(one) for one in cursor.description]
        return DatabaseAnswer(columns=columns, batches=self._batches(cursor))

    def _batches(self, cursor: Any) -> Iterator[Any]:
        def fetch(count: int) -> Sequence[Sequence[Any]]:
            with _said(self._target):
                rows: Sequence[Sequence[Any]] = cursor.fetchmany(count)
                return rows

        yield from Fetches().batches(fetch)
        # Not before: it reads all that is left.
        cursor.close()


def _column(described: Any) -> ServerColumn:
    name, kinds = _NAMES.get(described[1], ("unknown", frozenset()))
    return ServerColumn(name=described[0], type=name, kinds=kinds)


def _number(version: str) -> str:
    """The digits of a version; what packagers put behind it is theirs."""
    parts = [one for one in version.replace("5.5.5-", "").split("-") if one[:1].isdigit()]
    return parts[0] if parts else "?"


@contextmanager
def _said(target: DatabaseTarget) -> Iterator[None]:
    """Say what the server says by its number: its text may quote a cell."""
    try:
        yield
    except UnicodeError:
        raise problems.unreadable_text(target.shown) from None
    except pymysql.Error as error:
        code = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        why = f"{type(error).__name__} {code}" if code else type(error).__name__
        if code in _TOO_SLOW:
            raise problems.too_slow(target.shown, target.timeout) from None
        if code in _READ_ONLY:
            raise problems.changes(target.shown) from None
        if code in _AWAY or (not code and isinstance(error, pymysql.InterfaceError)):
            raise problems.no_answer(target.shown, why) from None
        raise problems.refused(target.shown, why) from None
