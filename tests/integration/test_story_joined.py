"""A story: churn with features from three tables of PostgreSQL, labels 30 days later, by the week.

The project is examples/shop_churn, as it lies there; rows are made up by a rule that can be learnt.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from airlock.testing import Sandbox

PROJECT = Path(__file__).parents[2] / "examples/shop_churn"
DAG = "dags/shop_churn.py"
ADDRESS = os.environ.get("AIRLOCK_TEST_POSTGRES", "")
START = date(2026, 1, 5)  # a Monday
WEEKS = 40
CUSTOMERS = 500

pytestmark = pytest.mark.skipif(not ADDRESS, reason="AIRLOCK_TEST_POSTGRES names no PostgreSQL")


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """A database of a shop: whoever means to leave orders less in the four weeks before."""
    name = f"story_{uuid4().hex[:8]}"
    server = sa.create_engine(ADDRESS, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    url = sa.make_url(ADDRESS).set(database=name)
    engine = sa.create_engine(url)
    try:
        _fill(engine)
        # As a connection of Airflow is written.
        yield url.set(drivername="postgres").render_as_string(hide_password=False)
    finally:
        engine.dispose()
        with server.connect() as connection:
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()


def _fill(engine: sa.Engine) -> None:
    chance = random.Random(11)
    customers, orders, left = [], [], []
    for number in range(CUSTOMERS):
        who = f"C{number:05d}"
        customers.append(
            (who, chance.choice(("basic", "plus")), START - timedelta(days=number % 400))
        )
        leaves = chance.randrange(6, WEEKS * 2)
        for week in range(min(WEEKS, leaves)):
            usual = 2 if leaves - week > 4 else 0.3
            for _ in range(int(chance.expovariate(1 / usual) + 0.5)):
                orders.append((len(orders), who, chance.uniform(5, 80), _moment(week, chance)))
        if leaves < WEEKS:
            left.append((who, _moment(leaves, chance)))
    with engine.begin() as connection:
        for table, columns, rows in (
            ("customers", "customer_id text, plan text, signed_up date", customers),
            (
                "orders",
                "order_id bigint, customer_id text, amount float8, ordered_at timestamptz",
                orders,
            ),
            ("cancellations", "customer_id text, cancelled_at timestamptz", left),
        ):
            connection.execute(sa.text(f"CREATE TABLE {table} ({columns})"))
            marks = ", ".join(f":{at}" for at in "abcd"[: len(rows[0])])
            connection.execute(
                sa.text(f"INSERT INTO {table} VALUES ({marks})"),
                [dict(zip("abcd", row, strict=False)) for row in rows],
            )


def _moment(week: int, chance: random.Random) -> datetime:
    begin = datetime(START.year, START.month, START.day, tzinfo=UTC)
    return begin + timedelta(weeks=week, seconds=chance.randrange(7 * 86_400))


def week(number: int) -> str:
    year, name, _ = (START + timedelta(weeks=number)).isocalendar()
    return f"{year}-W{name:02d}"


def test_a_shop_learns_who_leaves_scores_the_week_and_hears_what_came_true(
    shop: str, tmp_path: Path
):
    sandbox = Sandbox(folder=tmp_path / "sandbox", project=PROJECT, connections={"shop": shop})

    training = sandbox.run(DAG, dag_id="shop_churn_training", night=week(26))

    assert training.passed, training.why
    table = training.prepare
    # The last of twelve weeks ended 30 days and more before week 26 did.
    assert table.nights == tuple(week(number) for number in range(10, 22))
    assert {one.column: one.reads for one in table.lineage}["spent_28d"] == (
        "orders.amount",
        "orders.ordered_at",
    )
    assert {one.column: one.reads for one in table.lineage}["churned"] == ("labels.*",)
    # By time: three weeks are held out, and none of their rows is learnt from.
    assert training.redact.folds["holdout"] == sum(one.rows for one in table.made[-3:])
    assert training.gate.outcome == "passed", training.gate.reasons
    assert sandbox.champion("shop_churn")

    scoring = sandbox.run(DAG, dag_id="shop_churn_scoring", night=week(30))
    assert scoring.passed, scoring.why
    assert scoring.score.rows == scoring.prepare.rows

    labels = sandbox.run(DAG, dag_id="shop_churn_labels", night=week(35))
    assert labels.passed, labels.why
    (night,) = labels.labels.nights
    assert night.night == week(30)
    # Whoever was scored has a label: the SELECT of both knows the same customers.
    assert (night.joined, night.unmatched) == (scoring.score.rows, 0)
