"""The lineage says which columns of the sources the values of a column come from, or: unknown."""

from __future__ import annotations

import pytest

from airlock.stages.prepare.stage.lineage import Lineage, trace
from airlock.stages.prepare.stage.statement import read_statement

SOURCES = {
    "customers": ["id", "plan", "signed_up"],
    "orders": ["buyer", "amount", "since"],
    "tickets": ["id", "opened", "text"],
}


def traced(sql: str) -> Lineage:
    return trace(read_statement(sql, path="x.sql", sources=SOURCES).node, SOURCES)


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        pytest.param("SELECT plan FROM customers", ["customers.plan"], id="a column"),
        pytest.param("SELECT c.plan AS p FROM customers c", ["customers.plan"], id="by an alias"),
        pytest.param("SELECT PLAN FROM Customers", ["customers.plan"], id="in capitals"),
        pytest.param(
            "SELECT sum(amount) / count(DISTINCT since) FROM orders",
            ["orders.amount orders.since"],
            id="of an expression",
        ),
        pytest.param("SELECT count(*) FROM orders", ["orders.*"], id="of rows"),
        pytest.param("SELECT $night, 1", ["", ""], id="of nothing"),
        pytest.param(
            "SELECT * FROM customers",
            ["customers.id", "customers.plan", "customers.signed_up"],
            id="of a star",
        ),
        pytest.param(
            "SELECT * EXCLUDE (id) REPLACE (upper(plan) AS plan) FROM customers",
            ["customers.plan", "customers.signed_up"],
            id="of a star without",
        ),
        pytest.param(
            "SELECT t.* FROM customers c JOIN tickets t ON c.id = t.id",
            ["tickets.id", "tickets.opened", "tickets.text"],
            id="of one table's star",
        ),
        pytest.param(
            "SELECT * FROM customers JOIN tickets USING (id)",
            [
                *("customers.id tickets.id", "customers.plan", "customers.signed_up"),
                *("tickets.opened", "tickets.text"),
            ],
            id="of a column that two share",
        ),
        pytest.param(
            "WITH o AS (SELECT buyer, sum(amount) AS spent FROM orders GROUP BY 1) "
            "SELECT c.id, coalesce(o.spent, 0) FROM customers c LEFT JOIN o ON o.buyer = c.id",
            ["customers.id", "orders.amount"],
            id="through WITH",
        ),
        pytest.param(
            "WITH o(who, what) AS (SELECT buyer, amount FROM orders) SELECT what FROM o",
            ["orders.amount"],
            id="through new names",
        ),
        pytest.param(
            "SELECT s.n FROM (SELECT count(*) AS n, buyer FROM orders GROUP BY buyer) AS s",
            ["orders.*"],
            id="through a query in FROM",
        ),
        pytest.param(
            "SELECT (SELECT max(since) FROM orders o WHERE o.buyer = c.id) FROM customers c",
            ["orders.since"],
            id="through a query among the columns",
        ),
        pytest.param(
            "SELECT amount AS a, a * 2 AS b FROM orders",
            ["orders.amount", "orders.amount"],
            id="through a name given before",
        ),
        pytest.param(
            "SELECT id FROM customers UNION ALL SELECT buyer FROM orders",
            ["customers.id orders.buyer"],
            id="of two halves",
        ),
        pytest.param(
            "SELECT lag(amount) OVER (PARTITION BY buyer ORDER BY since) FROM orders",
            ["orders.amount orders.buyer orders.since"],
            id="of a window",
        ),
        pytest.param(
            "SELECT m.n FROM customers c, LATERAL "
            "(SELECT count(*) AS n FROM orders o WHERE o.buyer = c.id) AS m",
            ["orders.*"],
            id="of a lateral join",
        ),
    ],
)
def test_every_column_names_what_its_values_come_from(sql: str, columns: list[str]):
    found = traced(sql).columns

    assert found is not None
    assert [" ".join(sorted(one)) for one in found] == columns


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("SELECT COLUMNS('a.*') FROM orders", id="a pattern of columns"),
        pytest.param("SELECT list_transform([amount], x -> x + 1) FROM orders", id="a lambda"),
        pytest.param("SELECT v FROM orders, unnest([amount]) AS u(v)", id="a list in FROM"),
        pytest.param("SELECT nobody FROM orders", id="a column of nobody"),
        pytest.param("SELECT o FROM orders AS o", id="a whole row"),
        pytest.param("SELECT * FROM (VALUES (1)) AS v(x)", id="values"),
    ],
)
def test_what_is_not_known_for_sure_is_unknown(sql: str):
    assert traced(sql) == Lineage(columns=None, same=None)


@pytest.mark.parametrize(
    ("sql", "same"),
    [
        (
            "SELECT 1 FROM customers c JOIN orders o ON o.buyer = c.id",
            ["customers.id orders.buyer"],
        ),
        ("SELECT 1 FROM customers c, orders o WHERE o.buyer = c.id", ["customers.id orders.buyer"]),
        ("SELECT 1 FROM customers JOIN tickets USING (id)", ["customers.id tickets.id"]),
        ("SELECT 1 FROM customers NATURAL JOIN tickets", ["customers.id tickets.id"]),
        (
            "SELECT 1 FROM customers WHERE id IN (SELECT buyer FROM orders)",
            ["customers.id orders.buyer"],
        ),
        (
            "SELECT 1 FROM customers c JOIN orders o ON o.buyer = c.id JOIN tickets t "
            "ON t.id = o.buyer",
            ["customers.id orders.buyer tickets.id"],
        ),
        (
            "SELECT (SELECT count(*) FROM orders o WHERE o.buyer = lower(c.id)) FROM customers c",
            ["customers.id orders.buyer"],
        ),
    ],
)
def test_keys_that_are_joined_are_known_as_the_same(sql: str, same: list[str]):
    found = traced(sql).same

    assert found is not None
    assert [" ".join(sorted(one)) for one in found] == same
