"""Rows of a query are frozen as those of a file, from every kind of database."""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import psycopg2
import pyarrow.parquet as pq
import pymysql
import pytest
from sqlalchemy.engine import make_url

from airlock import sql
from airlock.core.contract import Contract
from airlock.core.databases import Database
from airlock.core.errors import AirlockError, DataError, SpecError, StoreUnavailable
from airlock.core.statements import SourceQuery
from airlock.reports import write_report
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.snapshot import SourceMissing, snapshot
from airlock.stages.snapshot.stage.source.sql import server as servers

ELSEWHERE = {"postgres": "AIRLOCK_TEST_POSTGRES", "mysql": "AIRLOCK_TEST_MARIADB"}

CONTRACT = Contract.model_validate(
    {
        "key": ["id"],
        "columns": {
            "id": {"type": "string"},
            "age": {"type": "integer", "nullable": True},
            "fee": {"type": "number", "nullable": True},
            "score": {"type": "number", "nullable": True},
            "paid": {"type": "boolean", "nullable": True},
            "day": {"type": "date"},
            "seen": {"type": "timestamp", "nullable": True},
        },
    }
)
ROWS = [
    ("b", 40, "12.50", 0.25, True, "2026-01-05", "2026-01-05 10:00:00.123456"),
    ("a", None, None, None, None, "2026-01-05", None),
    ("c", -1, "-0.10", 1e-5, False, "2026-01-04", "2026-01-04 00:00:00"),
]
CSV = (
    "id,age,fee,score,paid,day,seen\n"
    "a,,,,,2026-01-05,\n"
    "b,40,12.5,0.25,true,2026-01-05,2026-01-05T10:00:00.123456\n"
)
QUERY = "SELECT id, age, fee, score, paid, day, seen FROM {table} WHERE day = :night"


@dataclass(frozen=True)
class Server:
    """A database with a table of its own.

    Args:
        kind: its type in Airflow.
        database: how it is reached.
        line: to change it by.
        table: of the rows above.
    """

    kind: str
    database: Database
    line: Any
    table: str

    def run(self, *statements: str) -> None:
        for one in statements:
            with closing(self.line.cursor()) as cursor:
                cursor.execute(one)
        with suppress(duckdb.TransactionException):
            self.line.commit()
        if self.kind == "duckdb":
            # Of its file one process alone writes; whoever reads needs it closed.
            self.line.close()


def _types(kind: str) -> str:
    return (
        "id varchar(40), age int, fee decimal(10,2), score double precision, paid boolean, "
        f"day {'text' if kind in {'sqlite', 'hooked'} else 'date'}, "
        f"seen {'datetime(6)' if kind == 'mysql' else 'timestamp'}"
    )


def _rows(table: str, rows: Sequence[Sequence[Any]] = ROWS) -> str:
    def cell(value: Any) -> str:
        if value is None:
            return "NULL"
        return str(value) if isinstance(value, bool | int | float) else f"'{value}'"

    values = ", ".join(f"({', '.join(map(cell, row))})" for row in rows)
    return f"INSERT INTO {table} VALUES {values}"


class Hooked:
    """A hook as a provider brings one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def get_conn(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path)


@pytest.fixture(params=["postgres", "mysql", "sqlite", "duckdb", "hooked"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with closing_server(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Server]:
    with closing_server("postgres", tmp_path) as found:
        yield found


@pytest.fixture
def mariadb(tmp_path: Path) -> Iterator[Server]:
    with closing_server("mysql", tmp_path) as found:
        yield found


class closing_server:  # noqa: N801  # reads as contextlib's closing
    def __init__(self, kind: str, folder: Path) -> None:
        table = f"leads_{uuid.uuid4().hex[:12]}"
        if kind in ELSEWHERE:
            if not (written := os.environ.get(ELSEWHERE[kind])):
                pytest.skip(f"{ELSEWHERE[kind]} names no server")
            url = make_url(written)
            database = Database(
                connection="warehouse",
                kind=kind,
                host=url.host,
                port=url.port,
                name=url.database,
                user=url.username,
                password=url.password or "s3cret-word",
            )
            line: Any
            if kind == "postgres":
                line = psycopg2.connect(
                    host=url.host, port=url.port, dbname=url.database, user=url.username
                )
            else:
                database = replace(database, password=url.password)
                line = pymysql.connect(
                    host=url.host,
                    port=url.port or 3306,
                    user=url.username,
                    database=url.database,
                    password=url.password or "",
                )
        elif kind == "duckdb":
            line = duckdb.connect(str(folder / "rows.duckdb"))
            database = Database(connection="warehouse", kind=kind, host="rows.duckdb")
        else:
            line = sqlite3.connect(folder / "rows.sqlite")
            hook = Hooked(folder / "rows.sqlite")
            database = Database(
                connection="warehouse", kind=kind, host="rows.sqlite", hook=lambda: hook
            )
        self.server = Server(kind, database, line, table)

    def __enter__(self) -> Server:
        one = self.server
        one.run(f"CREATE TABLE {one.table} ({_types(one.kind)})", _rows(one.table))
        return one

    def __exit__(self, *_: object) -> None:
        one = self.server
        if one.kind in ELSEWHERE:
            with suppress(Exception):
                one.line.rollback()
            # A test that failed may hold its own line open: then the table stays.
            wait = "lock_timeout = 9000" if one.kind == "postgres" else "lock_wait_timeout = 9"
            one.run(f"SET {wait}")
            with suppress(psycopg2.Error, pymysql.Error):
                one.run(f"DROP TABLE IF EXISTS {one.table}")
        one.line.close()


@pytest.fixture
def freeze(tmp_path: Path) -> Callable[..., Snapshot]:
    def freeze(
        server: Server, query: str = QUERY, contract: Contract = CONTRACT, **changes: Any
    ) -> Snapshot:
        (tmp_path / "include").mkdir(exist_ok=True)
        (tmp_path / "include/leads.sql").write_text(query.format(table=server.table))
        timeout = changes.pop("timeout", 60)
        given: dict[str, Any] = {
            "night": "2026-01-05",
            "sources": (str(tmp_path),),
            "root": tmp_path,
            "remote": None,
            "scratch": tmp_path / "scratch",
            "out": tmp_path / "out",
            "database": lambda conn_id: {"warehouse": server.database}[conn_id],
        }
        source = sql("include/leads.sql", connection="warehouse", timeout=timeout)
        return snapshot(source, contract, **(given | changes))

    return freeze


Freeze = Callable[..., Snapshot]


def test_the_rows_of_a_query_have_the_name_that_they_have_as_a_file(
    server: Server, freeze: Freeze, tmp_path: Path
):
    (tmp_path / "same.csv").write_text(CSV)

    frozen = freeze(server)

    of_file = snapshot(
        "same.csv",
        CONTRACT,
        night="2026-01-05",
        sources=(str(tmp_path),),
        root=tmp_path,
        remote=lambda uri: NotImplemented,
        scratch=tmp_path / "scratch",
        out=tmp_path / "again",
    )
    assert frozen.rows == 2
    assert frozen.sha256 == of_file.sha256
    assert frozen.parts == of_file.parts
    assert (tmp_path / "out/part-00000.parquet").read_bytes() == (
        tmp_path / "again/part-00000.parquet"
    ).read_bytes()


def test_the_record_says_what_was_asked_and_of_whom_and_nothing_of_how_to_sign_in(
    server: Server, freeze: Freeze
):
    frozen = freeze(server)

    assert (frozen.source, frozen.night) == ("warehouse:include/leads.sql", "2026-01-05")
    assert frozen.table is not None
    assert frozen.table.kind == "sql"
    assert len(frozen.table.query_sha256) == 64
    assert [name for name, _ in frozen.table.types] == list(CONTRACT.columns)
    assert Snapshot.from_json(frozen.to_json()) == frozen
    said = f"{frozen.to_json()} {' '.join(frozen.facts())}"
    for secret in ("s3cret", "127.0.0.1", "root", "postgres'"):
        assert secret not in said


def test_a_column_that_nobody_promised_is_left_behind_and_named_nowhere(
    server: Server, freeze: Freeze
):
    additive = CONTRACT.model_copy(update={"additive": True})

    frozen = freeze(server, QUERY.replace("seen FROM", "seen, age AS ada_lovelace FROM"), additive)

    assert "ada" not in str(frozen.to_json())


def test_the_page_says_what_was_read(server: Server, freeze: Freeze, tmp_path: Path):
    write_report(freeze(server), tmp_path)

    page = (tmp_path / "index.html").read_text()
    assert "Read from" in page
    assert "Query, SHA-256" in page
    assert "Delivered files" not in page


def test_another_query_with_the_same_rows_is_another_result(server: Server, freeze: Freeze):
    one = freeze(server)
    other = freeze(server, QUERY + " AND 1 = 1", out=Path("again"))

    assert one.sha256 == other.sha256
    assert one.to_json() != other.to_json()


@pytest.mark.parametrize("by", ["day = :night", "day BETWEEN :first_night AND :night"])
def test_a_window_is_read_night_by_night_or_by_one_query(server: Server, freeze: Freeze, by: str):
    frozen = freeze(server, QUERY.replace("day = :night", by), window=2, by_night=True)

    assert (frozen.rows, frozen.nights) == (3, ("2026-01-04", "2026-01-05"))
    # One query for all nights does not say which rows are whose.
    assert frozen.of_nights == ((1, 2) if by == "day = :night" else ())


def test_a_night_without_rows_is_missing_and_may_be_waited_for(server: Server, freeze: Freeze):
    with pytest.raises(SourceMissing, match="no row for the night 2026-01-03") as caught:
        freeze(server, night="2026-01-04", window=2)

    assert caught.value.night == "2026-01-03"


def test_a_query_without_a_night_has_none(server: Server, freeze: Freeze):
    assert freeze(server, QUERY.partition(" WHERE")[0]).night is None
    with pytest.raises(SpecError, match="has no nights, so there is no window of 2"):
        freeze(server, QUERY.partition(" WHERE")[0], window=2)


def test_what_a_server_says_of_a_failure_is_its_code_and_never_its_text(
    server: Server, freeze: Freeze
):
    with pytest.raises(DataError, match=r"(refuses|failed at) warehouse:include") as caught:
        freeze(server, "SELECT id FROM {table} WHERE nowhere = 'Ada Lovelace'")

    assert "Ada" not in str(caught.value)
    assert "nowhere" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_columns_are_compared_as_those_of_a_file(server: Server, freeze: Freeze):
    with pytest.raises(DataError, match="paid is missing") as caught:
        freeze(server, QUERY.replace("paid", "age AS grown_up"))
    assert "grown_up" not in str(caught.value)

    twice = "SELECT id, age, fee, score, paid, day, seen, age FROM {table}"
    if server.kind != "duckdb":  # which calls the second one age_1
        with pytest.raises(DataError, match="age stands twice"):
            freeze(server, twice)


def test_a_value_of_another_type_is_refused_by_its_column(server: Server, freeze: Freeze):
    words = "(is|has) .*(not|says) integer"
    with pytest.raises(DataError, match=rf"age {words}"):
        freeze(server, QUERY.replace("age", "id AS age"))
    with pytest.raises(DataError, match=r"id (is|has) .*(not|says) string"):
        freeze(server, QUERY.replace("id, age", "7 AS id, age"))


def test_a_fraction_is_no_integer_and_a_large_integer_no_number(server: Server, freeze: Freeze):
    with pytest.raises(DataError, match="age has"):
        freeze(server, QUERY.replace("age,", "fee AS age,"))
    large = f"CAST({(1 << 53) + 1} AS {'SIGNED' if server.kind == 'mysql' else 'bigint'})"
    # A text of digits is a number to the nearest; an integer that is none must be cast.
    if server.kind != "mysql":
        with pytest.raises(DataError, match="score has values that are not of the type number"):
            freeze(server, QUERY.replace("score,", f"{large} AS score,"))


@pytest.mark.parametrize("kind", ["postgres", "mysql", "sqlite", "duckdb"])
def test_a_server_itself_refuses_what_changes_something(kind: str, tmp_path: Path, freeze: Freeze):
    with closing_server(kind, tmp_path) as server:
        pieces = (f"DELETE FROM {server.table}" + (" RETURNING *" if kind != "mysql" else ""),)
        query = SourceQuery(pieces=pieces, sha256="0", names=frozenset())
        target = servers.DatabaseTarget(
            database=server.database, shown="leads.sql", timeout=9, root=tmp_path, scratch=tmp_path
        )
        from airlock.hooks import registry
        from airlock.stages.snapshot.stage.source.sql.opened import _KINDS

        with (
            pytest.raises(DataError, match=r"change something|refuses"),
            registry.load(_KINDS[kind])(target) as reader,
        ):
            list(reader.ask(query, {}).batches)

        assert freeze(server).rows == 2


def test_nobody_there_is_an_outage_and_says_no_address(tmp_path: Path, freeze: Freeze):
    for kind, port in (("postgres", 9), ("mysql", 9)):
        nobody = Database(
            connection="warehouse", kind=kind, host="127.0.0.1", port=port, user="u", password="p"
        )
        with pytest.raises(StoreUnavailable, match="does not answer") as caught:
            freeze(Server(kind, nobody, None, "leads"))
        assert "127" not in str(caught.value)
        assert caught.value.outage


def _changed_while_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Add a row to the second night when the first rows were read; filled when that was done."""
    changed: list[bool] = []
    learn = servers.Fetches.learn

    def then_changed(self: servers.Fetches, columns: Any) -> None:
        learn(self, columns)
        if not changed:
            changed.append(True)
            server.run(_rows(server.table, [("z", 1, "1", 1.0, True, "2026-01-05", None)]))

    monkeypatch.setattr(servers.Fetches, "learn", then_changed)
    return changed


def test_rows_are_those_of_one_moment(postgres: Server, freeze: Freeze, monkeypatch: Any):
    """Somebody adds a row to the second night while the first one is read."""
    changed = _changed_while_read(postgres, monkeypatch)

    assert freeze(postgres, window=2).rows == 3
    assert changed
    assert freeze(postgres, window=2, out=Path("again")).rows == 4


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


WIDE = Contract.model_validate({"columns": {"x": {"type": "string"}}})


@pytest.mark.parametrize(
    ("expression", "type_"),
    [
        ("'{{}}'::json", "json"),
        ("'{{}}'::jsonb", "jsonb"),
        ("ARRAY[1, 2]", r"integer\[\]"),
        ("'\\x00'::bytea", "bytea"),
        ("interval '1 day'", "interval"),
        ("'10:00'::time", "time without time zone"),
        ("'127.0.0.1'::inet", "inet"),
        ("ROW(1, 2)", "record"),
    ],
)
def test_what_the_contract_has_no_word_for_is_refused_by_column_unless_it_is_cast(
    postgres: Server, freeze: Freeze, expression: str, type_: str
):
    with pytest.raises(DataError, match=f"x is {type_}, not string .a cast in the query"):
        freeze(postgres, f"SELECT {expression} AS x", WIDE)

    assert freeze(postgres, f"SELECT CAST({expression} AS text) AS x", WIDE).rows == 1


def test_uuids_and_enumerations_are_texts(postgres: Server, freeze: Freeze, tmp_path: Path):
    name = f"mood_{postgres.table}"
    postgres.run(f"CREATE TYPE {name} AS ENUM ('glad')")
    try:
        freeze(postgres, f"SELECT 'glad'::{name} AS x", WIDE)
        assert pq.read_table(tmp_path / "out").column("x").to_pylist() == ["glad"]
        one = "6f1c1a2e-0000-4000-8000-000000000001"
        freeze(postgres, f"SELECT '{one}'::uuid AS x", WIDE, out=tmp_path / "2")
        assert pq.read_table(tmp_path / "2").column("x").to_pylist() == [one]
    finally:
        postgres.run(f"DROP TYPE {name}")


@pytest.mark.parametrize(
    ("type_", "expression", "value"),
    [
        ("timestamp", "'2026-01-05 10:00:00+02'::timestamptz", "2026-01-05T08:00:00"),
        ("timestamp", "'2026-01-05 10:00:00.5-03:30'::timestamptz", "2026-01-05T13:30:00.500000"),
        ("timestamp", "'infinity'::timestamp", None),
        ("timestamp", "'2026-01-05 10:00'::date", None),
        ("date", "'infinity'::date", None),
        ("date", "'0044-03-15 BC'::date", None),
        ("date", "'9999-12-31'::date", "9999-12-31"),
        ("number", "'0.1'::numeric", 0.1),
        ("number", "'infinity'::numeric", None),
        ("number", "'12345678901234567890.5'::numeric", 12345678901234567890.5),
        ("integer", "sum(x) FROM (VALUES (1::bigint), (2)) t(x)", 3),
        ("integer", "'2.50'::numeric", None),
        ("integer", "'2.00'::numeric(9,2)", 2),
        ("integer", "'9223372036854775808'::numeric", None),
        ("string", "'a' || chr(1) || 'b'", "a\x01b"),
    ],
)
def test_types_of_postgres_are_mapped_exactly_or_refused(
    postgres: Server, freeze: Freeze, tmp_path: Path, type_: str, expression: str, value: Any
):
    contract = Contract.model_validate({"columns": {"x": {"type": type_}}})
    what, _, more = expression.partition(" FROM ")
    query = f"SELECT {what} AS x" + (f" FROM {more}" if more else "")
    if value is None:
        with pytest.raises(DataError, match=r"\bx (has|is)"):
            freeze(postgres, query, contract)
        return

    freeze(postgres, query, contract)

    (found,) = pq.read_table(tmp_path / "out").column("x").to_pylist()
    assert getattr(found, "isoformat", lambda: found)() == value


def test_a_cell_that_the_server_quotes_is_nowhere(postgres: Server, freeze: Freeze):
    query = "SELECT x::int::text AS x FROM (VALUES ('Ada Lovelace')) t(x)"
    with pytest.raises(DataError, match="InvalidTextRepresentation 22P02") as caught:
        freeze(postgres, query, WIDE)

    assert "Ada" not in repr(caught.value)


def test_the_line_of_a_mistake_is_told(postgres: Server, freeze: Freeze):
    with pytest.raises(DataError, match=r"leads.sql, line 3 \(UndefinedColumn 42703\)"):
        freeze(postgres, "SELECT -- a comment\n id,\n nowhere FROM {table} WHERE day = :night")


def test_a_slow_query_is_ended_and_costs_no_retry(postgres: Server, freeze: Freeze):
    with pytest.raises(DataError, match="longer than 1 s") as caught:
        freeze(postgres, "SELECT pg_sleep(20)::text AS x", WIDE, timeout=1)

    assert not caught.value.retry_can_help


def test_many_rows_come_in_pieces(postgres: Server, freeze: Freeze, monkeypatch: Any):
    monkeypatch.setattr(servers.Fetches, "_MOST", 500)
    contract = Contract.model_validate({"key": ["n"], "columns": {"n": {"type": "integer"}}})

    frozen = freeze(postgres, "SELECT n FROM generate_series(5000, 1, -1) n", contract)

    assert frozen.rows == 5000


def test_a_function_that_writes_is_refused_by_the_server(postgres: Server, freeze: Freeze):
    postgres.run(f"ALTER TABLE {postgres.table} ADD n serial")
    postgres.run(f"ALTER SEQUENCE {postgres.table}_n_seq RENAME TO {postgres.table}_n")
    with pytest.raises(DataError, match="would change something"):
        freeze(postgres, f"SELECT nextval('{postgres.table}_n')::text AS x", WIDE)
    with pytest.raises(DataError, match="refuses"):
        freeze(postgres, "SELECT set_config('transaction_read_only', 'off', true) AS x", WIDE)


def test_wide_rows_are_asked_for_a_few_at_a_time():
    fetches = servers.Fetches(first=100)

    fetches.learn([["x" * (1 << 20)] * 3])
    assert fetches.rows == 15
    fetches.learn([[1] * 10])
    assert fetches.rows == 60


@pytest.mark.parametrize(
    ("type_", "expression", "value"),
    [
        ("boolean", "CAST(1 AS signed) = 1", None),
        ("integer", "18446744073709551615", None),
        ("date", "day_zero", None),
        ("string", "CAST('a' AS binary)", None),
        ("string", "'ü€😀'", "ü€😀"),
        ("timestamp", "TIMESTAMP'2026-01-05 10:00:00.5'", "2026-01-05T10:00:00.500000"),
        ("number", "CAST('0.10' AS decimal(5,2))", 0.1),
        ("integer", "COUNT(*)", 1),
    ],
)
def test_types_of_mariadb_are_mapped_exactly_or_refused(
    mariadb: Server, freeze: Freeze, tmp_path: Path, type_: str, expression: str, value: Any
):
    contract = Contract.model_validate({"columns": {"x": {"type": type_}}})
    mariadb.run(
        f"ALTER TABLE {mariadb.table} ADD day_zero date",
        "SET SESSION sql_mode = ''",
        f"UPDATE {mariadb.table} SET day_zero = '0000-00-00'",
    )
    query = f"SELECT {expression} AS x FROM {mariadb.table} WHERE id = 'a'"
    if value is None:
        with pytest.raises(DataError, match=r"\bx (has|is)"):
            freeze(mariadb, query, contract)
        return

    freeze(mariadb, query, contract)

    (found,) = pq.read_table(tmp_path / "out").column("x").to_pylist()
    assert getattr(found, "isoformat", lambda: found)() == value


def test_a_consistent_snapshot_holds_in_mariadb(mariadb: Server, freeze: Freeze, monkeypatch: Any):
    changed = _changed_while_read(mariadb, monkeypatch)

    assert freeze(mariadb, window=2).rows == 3
    assert changed


def test_duckdb_reads_no_file_and_spells_its_nested_types(tmp_path: Path, freeze: Freeze):
    with closing_server("duckdb", tmp_path) as server:
        (tmp_path / "secret.csv").write_text("x\nAda\n")
        for query in (
            f"SELECT x FROM read_csv('{tmp_path}/secret.csv')",
            f"SELECT x FROM '{tmp_path}/secret.csv'",
        ):
            with pytest.raises(DataError, match=r"change something|refuses") as caught:
                freeze(server, query, WIDE)
            assert "Ada" not in str(caught.value)
        with pytest.raises(DataError, match="x is struct, not string"):
            freeze(server, "SELECT {{'a': 1}} AS x", WIDE)


def test_sqlite_opens_nothing_else_and_has_types_by_value(tmp_path: Path, freeze: Freeze):
    with closing_server("sqlite", tmp_path) as server:
        with pytest.raises(DataError, match="x has bytes, and the contract says string"):
            freeze(server, "SELECT x'00' AS x", WIDE)
        with pytest.raises(DataError, match="x has an integer, and the contract says string"):
            freeze(server, "SELECT 'a' AS x UNION ALL SELECT 1", WIDE)
        with pytest.raises(DataError, match="not UTF-8"):
            freeze(server, "SELECT CAST(x'ff' AS text) AS x", WIDE)
        with pytest.raises(DataError, match="longer than 1 s"):
            freeze(
                server,
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                "SELECT CAST(max(x) AS text) AS x FROM n",
                WIDE,
                timeout=1,
            )


def test_a_connection_of_no_database_is_refused(tmp_path: Path, freeze: Freeze):
    ftp = Server("ftp", Database(connection="warehouse", kind="ftp", hook=object), None, "x")

    with pytest.raises(AirlockError, match="of the type ftp, by which no rows are read"):
        freeze(ftp)
