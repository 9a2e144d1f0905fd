"""What SQL of a prepared table may say: one SELECT that gives the same for the same rows."""

from __future__ import annotations

import duckdb
import pytest

from airlock.core.errors import SpecError
from airlock.stages.prepare.stage.functions import ALLOWED
from airlock.stages.prepare.stage.statement import read_statement


def read(sql: str):
    return read_statement(sql, path="churn.sql", sources=["orders", "people"])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders",
        "FROM orders SELECT amount",
        "WITH o AS (SELECT * FROM orders) SELECT * FROM o JOIN people USING (id)",
        "SELECT * FROM orders o ASOF JOIN people p ON o.id = p.id AND o.since >= p.since",
        "SELECT id FROM orders UNION ALL SELECT id FROM people",
        "SELECT DISTINCT id FROM orders",
        "SELECT id FROM orders ORDER BY id LIMIT 3",
        "SELECT list_aggregate([amount], 'sum'), list_aggr([amount], 'MAX') FROM orders",
        "SELECT age($night, born), count(*) FILTER (WHERE a > 1) FROM people GROUP BY ALL",
        "SELECT list(amount ORDER BY since), arg_max(amount, since) FROM orders",
        "SELECT lag(since) OVER (PARTITION BY id ORDER BY since) FROM orders",
        "SELECT sum(amount) OVER (PARTITION BY id ORDER BY since ROWS 3 PRECEDING) FROM orders",
        "SELECT (SELECT max(since) FROM orders o WHERE o.id = p.id) FROM people p",
        "SELECT * EXCLUDE (name) REPLACE (upper(id) AS id) FROM people",
        "SELECT CASE WHEN a IN (1, 2) THEN a::DATE END, a - INTERVAL 3 DAY FROM people",
        "SELECT m.n FROM people, LATERAL (SELECT count(*) AS n FROM orders) AS m",
        "SELECT grouping(a), count(*) FROM people GROUP BY ROLLUP (a)",
        "SELECT people.user FROM people",
    ],
)
def test_a_plain_select_is_read(sql: str):
    assert read(sql).reads <= {"orders", "people"}


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        pytest.param("", "holds 0 statements", id="nothing"),
        pytest.param("SELECT 1; SELECT 2", "holds 2 statements", id="two"),
        pytest.param("SELECT frm FROM", "is not SQL", id="no SQL"),
        pytest.param("DROP TABLE orders", "is no SELECT", id="DROP"),
        pytest.param("INSERT INTO orders VALUES (1)", "is no SELECT", id="INSERT"),
        pytest.param("COPY orders TO 'x.csv'", "is no SELECT", id="COPY"),
        pytest.param("ATTACH 'x.db'", "is no SELECT", id="ATTACH"),
        pytest.param("SET threads = 4", "is no SELECT", id="SET"),
        pytest.param("PRAGMA version", "is no SELECT", id="PRAGMA"),
        pytest.param("INSTALL httpfs", "is no SELECT", id="INSTALL"),
        pytest.param("PIVOT orders ON id USING sum(amount)", "is no SELECT", id="PIVOT"),
        pytest.param("DESCRIBE orders", "show ref", id="DESCRIBE"),
        pytest.param("SELECT * FROM passwords", "reads passwords", id="no source"),
        pytest.param("SELECT * FROM '/etc/passwd'", "reads /etc/passwd", id="a file"),
        pytest.param("SELECT * FROM read_csv('x')", r"reads from read_csv\(…\)", id="a reader"),
        pytest.param("SELECT * FROM glob('*')", r"reads from glob\(…\)", id="a listing"),
        pytest.param("SELECT * FROM main.orders", "with a schema", id="a schema"),
        pytest.param("SELECT * FROM delivered.orders", "with a schema", id="the whole source"),
        pytest.param("SELECT * FROM duckdb_settings", "no source", id="a table of DuckDB"),
        pytest.param(
            "WITH duckdb_settings AS (SELECT 1) SELECT * FROM (SELECT * FROM duckdb_settings)",
            "a table of DuckDB",
            id="a name in front of one",
        ),
        pytest.param(
            "SELECT * FROM (WITH q AS (SELECT 1) SELECT * FROM q) JOIN q ON true",
            "reads q",
            id="a name outside of its WITH",
        ),
        pytest.param("WITH orders AS (SELECT 1) SELECT * FROM orders", "own orders", id="shadow"),
        pytest.param("SELECT now()", r"calls now\(…\)", id="now"),
        pytest.param("SELECT today()", r"calls today\(…\)", id="today"),
        pytest.param("SELECT current_date", "asks for current_date", id="current_date"),
        pytest.param("SELECT CURRENT_TIMESTAMP", "asks for current_timestamp", id="capitals"),
        pytest.param("SELECT age(since) FROM orders", "clock", id="age of one"),
        pytest.param("SELECT random()", r"calls random\(…\)", id="random"),
        pytest.param("SELECT uuid()", r"calls uuid\(…\)", id="uuid"),
        pytest.param("SELECT id FROM orders ORDER BY random()", "random", id="random order"),
        pytest.param("SELECT nextval('s')", r"calls nextval\(…\)", id="nextval"),
        pytest.param("SELECT getenv('HOME')", r"calls getenv\(…\)", id="getenv"),
        pytest.param("SELECT current_setting('threads')", "current_setting", id="a setting"),
        pytest.param("SELECT getvariable('x')", "getvariable", id="a variable"),
        pytest.param("SELECT pg_sleep(3)", "pg_sleep", id="sleep"),
        pytest.param("SELECT main.now()", "calls", id="with a schema"),
        pytest.param("SELECT reservoir_quantile(amount, 0.5) FROM orders", "calls", id="chance"),
        pytest.param(
            "SELECT list_aggr([amount], 'reservoir_quantile', 0.5) FROM orders",
            "by a name that is not on the list",
            id="chance by its name",
        ),
        pytest.param(
            "SELECT list_aggregate([amount], 'su' || 'm') FROM orders",
            "by a name that is not on the list",
            id="a name that is computed",
        ),
        pytest.param("SELECT id FROM orders TABLESAMPLE 10%", "sample", id="a sample"),
        pytest.param("SELECT id FROM orders USING SAMPLE 3", "sample", id="another sample"),
        pytest.param("SELECT id FROM orders LIMIT 3", "without an order", id="LIMIT"),
        pytest.param(
            "SELECT DISTINCT ON (id) since FROM orders", "without an order", id="DISTINCT ON"
        ),
        pytest.param("SELECT first(since) FROM orders", "without an order", id="first"),
        pytest.param("SELECT any_value(since) FROM orders", "calls", id="any_value"),
        pytest.param("SELECT row_number() OVER () FROM orders", "without an order", id="numbers"),
        pytest.param("SELECT * FROM orders POSITIONAL JOIN people", "join", id="by position"),
        pytest.param(
            "WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r) SELECT * FROM r",
            "recursive",
            id="without an end",
        ),
        pytest.param("SELECT $secret", "unknown parameter", id="a parameter"),
        pytest.param("SELECT ?", "unknown parameter", id="a nameless one"),
        pytest.param("SELECT #1 FROM orders", "positional", id="a column by number"),
    ],
)
def test_all_else_is_refused(sql: str, says: str):
    with pytest.raises(SpecError, match=says):
        read(sql)


def test_a_refusal_names_the_line():
    with pytest.raises(SpecError, match=r"^churn\.sql:4 calls random"):
        read("-- Ä comment\nSELECT id,\n  since,\n  random()\nFROM orders;")


def test_what_stands_behind_the_semicolon_is_left_out_and_lines_stay():
    assert read("-- first\nSELECT id -- ; no end\nFROM orders ; -- last").text == (
        "-- first\nSELECT id -- ; no end\nFROM orders "
    )


def test_nothing_that_may_be_called_gives_another_value_each_time():
    """By DuckDB's own catalog: whoever adds a name here has looked."""
    with duckdb.connect(":memory:") as connection:
        volatile = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability = 'VOLATILE'"
        ).fetchall()

    assert ALLOWED.isdisjoint(name for (name,) in volatile)
    assert not ALLOWED & {
        "now",
        "today",
        "current_setting",
        "getvariable",
        "ago",
        "hash",
        "version",
    }
