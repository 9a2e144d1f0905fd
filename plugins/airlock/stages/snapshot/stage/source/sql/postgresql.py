"""PostgreSQL, and what speaks its protocol, by psycopg2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
from psycopg2 import errors, extensions

from airlock.catalogs.silence import cut_when_silent
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
_WAIT_FOR_LOCKS = 20
_GRACE = 30  # seconds beyond what the server itself allows a statement
# What a connection's extra may say of how the line is secured.
_EXTRA = ("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl")

_TEXT: frozenset[ColumnType] = frozenset({"string"})
_INTEGER: frozenset[ColumnType] = frozenset({"integer", "number"})
_KINDS: Mapping[str, frozenset[ColumnType]] = {
    "boolean": frozenset({"boolean"}),
    **dict.fromkeys(("smallint", "integer", "bigint", "numeric"), _INTEGER),
    **dict.fromkeys(("real", "double precision"), frozenset[ColumnType]({"number"})),
    **dict.fromkeys(
        ("text", "character varying", "character", "name", '"char"', "uuid", "citext"), _TEXT
    ),
    "date": frozenset({"date"}),
    "timestamp without time zone": frozenset({"timestamp"}),
    "timestamp with time zone": frozenset({"timestamp"}),
}
# Days, times and decimals stay as the server writes them: psycopg2 would take infinity for the
# year 9999, and Python's decimals are slow.
_AS_TEXT = extensions.new_type((1082, 1114, 1184, 1700), "AIRLOCK_TEXT", extensions.UNICODE)
_TYPES = "SELECT oid, format_type(oid, NULL), typtype FROM pg_catalog.pg_type WHERE oid = ANY(%s)"
_AWAY = ("08", "53", "57P", "40")  # the classes of SQLSTATE that pass by themselves
_CANCELLED, _READ_ONLY = "57014", "25006"


@contextmanager
def connect(target: DatabaseTarget) -> Iterator[PostgresReader]:
    """Open one repeatable-read transaction that changes nothing."""
    database = target.database
    with _said(target):
        line = psycopg2.connect(
            host=database.host,
            port=database.port,
            dbname=database.name,
            user=database.user,
            password=database.password,
            connect_timeout=_WAIT_FOR_CONNECTION,
            application_name="airlock",
            # A machine that is gone does not acknowledge what was sent, nor a probe of the line.
            tcp_user_timeout=_WAIT_FOR_LOCKS * 1000,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            **{name: database.extra[name] for name in _EXTRA if name in database.extra},
        )
    with closing(line):
        with _said(target):
            line.set_client_encoding("UTF8")
            line.set_session("REPEATABLE READ", readonly=True, autocommit=False)
            with line.cursor() as cursor, cut_when_silent(line.fileno(), target.timeout + _GRACE):
                # Of this transaction alone: a pool may hand the line on.
                cursor.execute("SET LOCAL TimeZone = 'UTC'")
                cursor.execute("SET LOCAL DateStyle = 'ISO'")
                cursor.execute("SET LOCAL statement_timeout = %s", (target.timeout * 1000,))
                cursor.execute("SET LOCAL lock_timeout = %s", (_WAIT_FOR_LOCKS * 1000,))
        extensions.register_type(_AS_TEXT, line)
        yield PostgresReader(line, target)


class PostgresReader:
    """One transaction; see `Reader`."""

    def __init__(self, line: Any, target: DatabaseTarget) -> None:
        number = line.server_version
        self.server = f"PostgreSQL {number // 10_000}.{number % 10_000}"
        self.moment = "one repeatable-read transaction, read only"
        self._line = line
        self._target = target
        self._asked = 0

    def ask(self, statement: SourceQuery, nights: Nights) -> DatabaseAnswer:
        text, values = statement.written("pyformat", nights)
        self._asked += 1
        fetches = Fetches()
        # By name, the server keeps the rows and gives some at a time.
        cursor = self._line.cursor(f"airlock_{self._asked}")
        with _said(self._target, cursor), self._awaited():
            cursor.execute(text, values or None)
            first = cursor.fetchmany(fetches.rows)
        columns = self._columns(cursor.description)
        return DatabaseAnswer(columns=columns, batches=self._batches(cursor, first, fetches))

    def _batches(self, cursor: Any, rows: Any, fetches: Fetches) -> Iterator[Any]:
        def fetch(count: int) -> Sequence[Sequence[Any]]:
            with _said(self._target), self._awaited():
                more: Sequence[Sequence[Any]] = cursor.fetchmany(count)
                return more

        yield from fetches.batches(fetch, rows)
        cursor.close()

    def _columns(self, described: Any) -> list[ServerColumn]:
        oids = [one.type_code for one in described]
        with _said(self._target), self._awaited(), self._line.cursor() as cursor:
            cursor.execute(_TYPES, (oids,))
            known = {oid: (name, kind) for oid, name, kind in cursor.fetchall()}
        found = []
        for one in described:
            name, kind = known.get(one.type_code, ("unknown", ""))
            # An enumeration is a text with a name of its own.
            kinds = _TEXT if kind == "e" else _KINDS.get(name, frozenset())
            found.append(
                ServerColumn(name=one.name, type="enum" if kind == "e" else name, kinds=kinds)
            )
        return found

    def _awaited(self) -> Any:
        return cut_when_silent(self._line.fileno(), self._target.timeout + _GRACE)


@contextmanager
def _said(target: DatabaseTarget, cursor: Any = None) -> Iterator[None]:
    """Say what the server says by its code: its text may quote a cell."""
    try:
        yield
    except UnicodeError:
        raise problems.unreadable_text(target.shown) from None
    except psycopg2.Error as error:
        code = error.pgcode or ""
        if code == _CANCELLED:
            raise problems.too_slow(target.shown, target.timeout) from None
        if code == _READ_ONLY:
            raise problems.changes(target.shown) from None
        why = " ".join(filter(None, (_class_of(code), code))) or type(error).__name__
        lost = not code and isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
        if lost or code.startswith(_AWAY):
            raise problems.no_answer(target.shown, why) from None
        raise problems.refused(target.shown, why, line=_line(error, cursor)) from None


def _line(error: psycopg2.Error, cursor: Any) -> int:
    """The line of the file that an error is about; 0 if the server does not say."""
    sent = getattr(cursor, "query", None)
    position = error.diag.statement_position
    if not sent or not position:
        return 0
    return int(sent.decode(errors="replace").count("\n", 0, int(position))) + 1


def _class_of(code: str) -> str:
    """What SQLSTATE calls it: a word of the standard, and none of the server's own."""
    try:
        return errors.lookup(code).__name__ if code else ""
    except KeyError:
        return ""
