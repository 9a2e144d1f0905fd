"""Several frozen sources become one table, and no row of it knows what came after its night."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from airlock.core.content import sha256_of_file
from airlock.core.contract import Contract
from airlock.core.errors import DataError, SpecError
from airlock.stages.prepare.checks import check_tables
from airlock.stages.prepare.record import Match
from airlock.stages.prepare.spec import NamedTable, nights_back, waited
from airlock.stages.prepare.stage import database
from airlock.stages.prepare.stage.database import Bounds
from airlock.stages.prepare.stage.frozen import Frozen
from tests.joined import (
    BOUGHT,
    CUSTOMERS,
    FEATURES,
    ORDERS,
    SELECT,
    frozen,
    joined,
    moment,
    shop,
    table,
)


def test_the_sources_are_joined_as_they_were_known_when_the_night_ended(tmp_path: Path):
    record, rows = joined(tmp_path, shop(tmp_path))

    assert rows.to_pylist() == [
        {"customer_id": "a", "night": date(2026, 2, 28), "plan": "basic", "orders": 2, "spent": 4},
        {"customer_id": "b", "night": date(2026, 2, 28), "plan": "plus", "orders": 1, "spent": 7},
    ]
    assert [one.read for one in record.made] == [(2, 3)]


def test_each_row_of_a_window_knows_its_own_night_alone(tmp_path: Path):
    record, rows = joined(tmp_path, shop(tmp_path), nights=("2026-02-14", "2026-02-28"))

    by_night = [
        (one["night"].isoformat(), one["customer_id"], one["spent"]) for one in rows.to_pylist()
    ]
    assert by_night == [
        ("2026-02-14", "a", 1.5),
        ("2026-02-28", "a", 4.0),
        ("2026-02-28", "b", 7.0),
    ]
    assert [(one.night, one.rows, one.read) for one in record.made] == [
        ("2026-02-14", 1, (1, 1)),
        ("2026-02-28", 2, (2, 3)),
    ]


def test_what_comes_after_a_night_changes_no_row_about_it(tmp_path: Path):
    later = [("a", 9e9, moment("2026-03-01 00:00:00")), ("b", -1.0, moment("2027-01-01 00:00:00"))]
    (tmp_path / "more").mkdir()
    more = {**shop(tmp_path), "orders": frozen(tmp_path / "more", "orders", ORDERS, BOUGHT + later)}

    before, _ = joined(tmp_path / "before", shop(tmp_path / "a"))
    after, _ = joined(tmp_path / "after", more)

    assert before.sha256 == after.sha256


def test_a_row_that_was_changed_after_its_night_is_refused(tmp_path: Path):
    contract = Contract.model_validate(
        {
            "event_time": "signed_up",
            "columns": {
                **CUSTOMERS.to_json()["columns"],
                "cancelled_at": {"type": "date", "nullable": True},
            },
        }
    )
    rows = [
        ("a", "basic", date(2026, 1, 1), date(2026, 3, 9)),
        ("b", "plus", date(2026, 1, 2), None),
    ]
    sources = {**shop(tmp_path), "customers": frozen(tmp_path, "changed", contract, rows)}

    with pytest.raises(DataError, match=r"customers holds rows .* cancelled_at in 1 of 2 rows"):
        joined(tmp_path, sources)

    known = contract.model_copy(update={"ahead": ("cancelled_at",)})
    sources["customers"] = frozen(tmp_path, "known", known, rows)
    assert joined(tmp_path / "again", sources)[0].rows == 2


def test_a_state_holds_for_the_night_that_it_was_delivered_for(tmp_path: Path):
    state = Contract.model_validate(
        {"columns": {"customer_id": {"type": "string"}, "plan": {"type": "string"}}}
    )
    rows = [("a", "basic"), ("a", "plus"), ("b", "plus")]
    sources = {
        "customers": frozen(
            tmp_path, "customers", state, rows, of_nights={"2026-02-27": 1, "2026-02-28": 2}
        )
    }
    sql = "SELECT customer_id, $night AS night, plan, 1 AS orders, 0.0 AS spent FROM customers"

    _, made = joined(tmp_path, sources, sql, nights=("2026-02-27", "2026-02-28"))

    assert [(str(one["night"]), one["customer_id"], one["plan"]) for one in made.to_pylist()] == [
        ("2026-02-27", "a", "basic"),
        ("2026-02-28", "a", "plus"),
        ("2026-02-28", "b", "plus"),
    ]


def test_events_are_seen_as_far_back_as_the_history_says_and_no_further(tmp_path: Path):
    sources = shop(tmp_path)
    sources["orders"] = replace(
        sources["orders"], table=replace(sources["orders"].table, history=4)
    )

    record, rows = joined(tmp_path, sources)

    assert [one["spent"] for one in rows.to_pylist()] == [2.5, 7.0]
    assert record.made[0].read == (2, 2)


def test_a_source_by_night_that_was_read_of_too_few_nights_is_refused(tmp_path: Path):
    """Its task may have been told of nights of another length than the run has."""
    sources = shop(tmp_path)
    of_nights = {"2026-02-27": 1, "2026-02-28": 3}
    orders = frozen(tmp_path, "by night", ORDERS, BOUGHT, of_nights=of_nights, history=3)

    with pytest.raises(DataError, match=r"1 night\(s\) of orders were not read"):
        joined(tmp_path, {**sources, "orders": orders})


def test_by_the_week_the_sql_says_what_is_true_on_its_last_day(tmp_path: Path):
    sql = SELECT.replace("c.plan,", "$night_name AS plan,")

    record, rows = joined(tmp_path, shop(tmp_path), sql, nights=("2026-W08", "2026-W09"))

    assert [(one["plan"], one["night"], one["orders"]) for one in rows.to_pylist()] == [
        ("2026-W08", date(2026, 2, 22), 1),
        ("2026-W08", date(2026, 2, 22), 0),
        ("2026-W09", date(2026, 3, 1), 3),
        ("2026-W09", date(2026, 3, 1), 1),
    ]
    assert [one.night for one in record.made] == ["2026-W08", "2026-W09"]


@pytest.mark.parametrize(
    ("days", "every", "nights"),
    [(30, "day", 30), (30, "week", 5), (28, "week", 4), (30, "month", 2), (28, "month", 1)],
)
def test_labels_are_waited_for_until_the_last_of_them_can_have_come(
    days: int, every: str, nights: int
):
    assert waited(days, every) == nights  # type: ignore[arg-type]


HOURLY = FEATURES.model_copy(
    update={
        "columns": {
            **FEATURES.columns,
            "night": FEATURES.columns["night"].model_copy(update={"type": "timestamp"}),
        }
    }
)


def test_by_the_hour_a_row_knows_what_was_known_when_its_hour_ended(tmp_path: Path):
    nights = ("2026-02-25T08", "2026-02-25T09", "2026-02-28T23")

    record, rows = joined(tmp_path, shop(tmp_path), SELECT, HOURLY, nights=nights)

    assert [
        (one["night"].isoformat(), one["customer_id"], one["spent"]) for one in rows.to_pylist()
    ] == [
        ("2026-02-25T08:00:00", "a", 1.5),
        ("2026-02-25T08:00:00", "b", 0.0),
        # Ordered at 09:00: known when the hour from 09:00 on has ended, and not before.
        ("2026-02-25T09:00:00", "a", 1.5),
        ("2026-02-25T09:00:00", "b", 7.0),
        ("2026-02-28T23:00:00", "a", 4.0),
        ("2026-02-28T23:00:00", "b", 7.0),
    ]
    assert record.night == "2026-02-28T23"


def test_by_the_hour_a_day_is_known_once_it_is_over(tmp_path: Path):
    people = [("a", "basic", date(2026, 2, 25)), ("b", "plus", date(2026, 2, 24))]
    sources = {**shop(tmp_path), "customers": frozen(tmp_path, "days", CUSTOMERS, people)}
    nights = ("2026-02-25T22", "2026-02-25T23")

    _, rows = joined(tmp_path, sources, SELECT, HOURLY, nights=nights)

    assert [(one["night"].hour, one["customer_id"]) for one in rows.to_pylist()] == [
        (22, "b"),
        (23, "a"),
        (23, "b"),
    ]


def test_a_state_by_the_hour_holds_for_the_hour_that_it_was_delivered_for(tmp_path: Path):
    state = Contract.model_validate(
        {"columns": {"customer_id": {"type": "string"}, "plan": {"type": "string"}}}
    )
    hours = {"2026-02-28T01": 1, "2026-02-28T02": 1}
    rows = [("a", "basic"), ("a", "plus")]
    sources = {"customers": frozen(tmp_path, "customers", state, rows, of_nights=hours)}
    sql = "SELECT customer_id, $night AS night, plan, 1 AS orders, 0.0 AS spent FROM customers"

    _, made = joined(tmp_path, sources, sql, HOURLY, nights=tuple(hours))

    assert [(one["night"].hour, one["plan"]) for one in made.to_pylist()] == [
        (1, "basic"),
        (2, "plus"),
    ]


def test_the_first_night_is_that_of_the_longest_history(tmp_path: Path):
    sources = shop(tmp_path)
    sources["orders"] = replace(
        sources["orders"], table=replace(sources["orders"].table, history=30)
    )
    sql = SELECT.replace("$night AS night", "$first_night AS night")

    _, rows = joined(tmp_path, sources, sql)

    assert {one["night"] for one in rows.to_pylist()} == {date(2026, 1, 30)}


@pytest.mark.parametrize(
    "memory",
    [pytest.param(1 << 30, id="all in memory"), pytest.param(40 << 20, id="spilt to disk")],
)
def test_the_same_rows_give_the_same_bytes_whatever_memory_there_is(tmp_path: Path, memory: int):
    people, sources = _many(tmp_path)

    record, rows = joined(tmp_path, sources, bounds=Bounds(memory=memory))

    assert rows.num_rows == people
    # Written down: another machine, another memory, the same bytes.
    assert sha256_of_file(tmp_path / "out/part-00000.parquet") == _digest(tmp_path, sources)
    assert record.sha256


def _many(folder: Path, people: int = 3_000, bought: int = 60_000) -> tuple[int, dict]:
    chance = random.Random(7)
    start = moment("2026-01-01 00:00:00")
    customers = [(f"C{n:05d}", "basic", date(2025, 1, 1)) for n in range(people)]
    orders = [
        (
            f"C{chance.randrange(people):05d}",
            # Floats that add up otherwise in another order.
            chance.uniform(-1, 1) * 10 ** chance.randrange(-8, 9),
            start + timedelta(seconds=chance.randrange(50 * 86_400)),
        )
        for _ in range(bought)
    ]
    return people, {
        "customers": frozen(folder, "many customers", CUSTOMERS, customers),
        "orders": frozen(folder, "many orders", ORDERS, orders),
    }


def _digest(folder: Path, sources: dict) -> str:
    joined(folder / "once more", sources)
    return sha256_of_file(folder / "once more/out/part-00000.parquet")


def test_an_error_says_where_and_quotes_no_cell(tmp_path: Path):
    sql = SELECT.replace("count(o.buyer)", "sum(CAST(o.buyer AS INTEGER))")

    with pytest.raises(DataError) as caught:
        joined(tmp_path, shop(tmp_path), sql)

    said = str(caught.value)
    assert said.startswith("include/prepare/shop.sql:6: a value does not fit the type")
    assert "'a'" not in said
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        pytest.param(
            SELECT.replace("c.plan", "c.plann"),
            r'shop.sql:5: .*"plann"',
            id="a column that no source has, with its line",
        ),
        pytest.param(SELECT.replace("AS spent", "AS spend"), "does not give spent", id="a name"),
        pytest.param(
            SELECT.replace("count(o.buyer) AS orders", "'3' AS orders"),
            "gives orders as VARCHAR, and the contract promises integer",
            id="a type",
        ),
        pytest.param(
            SELECT.replace("  c.plan,", "  c.plan, c.signed_up,"),
            "gives signed_up, which the contract does not promise",
            id="a column too many",
        ),
    ],
)
def test_a_select_that_does_not_fit_the_contracts_is_refused_before_any_row_is_read(
    tmp_path: Path, sql: str, says: str
):
    with pytest.raises(SpecError, match=says):
        joined(tmp_path, shop(tmp_path), sql)


def test_two_rows_of_one_key_break_the_contract(tmp_path: Path):
    sql = SELECT.replace("GROUP BY ALL", "GROUP BY 1, 2, 3, o.amount")

    with pytest.raises(DataError, match="1 values of customer_id, night stand in several rows"):
        joined(tmp_path, shop(tmp_path), sql)


def test_a_join_without_rows_is_refused(tmp_path: Path):
    sql = SELECT.replace("GROUP BY", "WHERE c.plan = 'gold' GROUP BY")

    with pytest.raises(DataError, match="gives no row about 2026-02-28"):
        joined(tmp_path, shop(tmp_path), sql)


def test_rows_stand_in_one_order_whatever_the_sql_says(tmp_path: Path):
    backwards = SELECT.replace("GROUP BY ALL;", "GROUP BY ALL ORDER BY c.customer_id DESC;")

    as_it_is, _ = joined(tmp_path / "a", shop(tmp_path))
    turned, rows = joined(tmp_path / "b", shop(tmp_path / "again"), backwards)

    assert rows["customer_id"].to_pylist() == ["a", "b"]
    assert turned.sha256 == as_it_is.sha256


def test_a_nan_is_no_value(tmp_path: Path):
    sql = SELECT.replace("coalesce(sum(o.amount), 0)", "CAST('nan' AS DOUBLE)")
    contract = FEATURES.model_copy(
        update={
            "columns": {
                **FEATURES.columns,
                "spent": FEATURES.columns["spent"].model_copy(update={"nullable": True}),
            }
        }
    )

    _, rows = joined(tmp_path, shop(tmp_path), sql, contract)

    assert rows["spent"].null_count == 2


def test_more_than_the_memory_and_the_disk_that_it_may_take_is_an_error_that_says_so(
    tmp_path: Path,
):
    _, sources = _many(tmp_path)
    sql = """SELECT customer_id, $night AS night, plan, count(*) AS orders, 0.0 AS spent FROM (
        SELECT c.*, o.amount FROM customers c, orders o, orders p ORDER BY o.amount, p.ordered_at
    ) GROUP BY ALL"""

    with pytest.raises(DataError, match="needs more memory or disk than it may take"):
        joined(tmp_path, sources, sql, bounds=Bounds(memory=40 << 20, disk=8 << 20))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT content FROM read_text('/etc/hostname')",
        "SELECT * FROM glob('/*')",
        "COPY delivered.orders TO '/tmp/stolen.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 4",
        "SET enable_external_access = true",
        "SELECT * FROM in_this_process",
    ],
)
def test_what_is_locked_reads_and_writes_nothing_else(tmp_path: Path, statement: str):
    """The list of what SQL may say is one wall; behind it stands this one."""
    import duckdb

    one = shop(tmp_path)["orders"]
    # DuckDB would else look for tables among Python's variables.
    in_this_process = table(ORDERS, BOUGHT)
    with database.opened(None, tmp_path / "scratch", Bounds()) as opened:  # type: ignore[arg-type]  # for messages
        opened.load("orders", ORDERS, [], state=False)
        opened.lock()
        with pytest.raises(duckdb.Error):
            opened._connection.execute(statement).fetchall()
        assert in_this_process.num_rows == one.record.rows
        assert opened._connection.execute("SELECT current_setting('threads')").fetchall() == [(1,)]


def named(**changes: object) -> NamedTable:
    fields = {"source": "x.csv", "contract": ORDERS, "by_night": False, **changes}
    return NamedTable(**fields)  # type: ignore[arg-type]


STATE = Contract.model_validate({"columns": {"a": {"type": "string"}}})


@pytest.mark.parametrize(
    ("name", "table", "earlier", "says"),
    [
        pytest.param("orders", named(by_night=True), False, "how many nights", id="no history"),
        pytest.param(
            "plans", named(contract=STATE), True, "said on an earlier night", id="unknown then"
        ),
        pytest.param("plans", named(contract=STATE), False, "", id="known tonight"),
        pytest.param("plans", named(contract=STATE, fixed=True), True, "", id="always so"),
        pytest.param(
            "plans", named(contract=STATE, history=3), False, "no event_time", id="no time"
        ),
        pytest.param("Order Lines", named(), False, "small letters", id="no name for SQL"),
    ],
)
def test_what_nobody_could_know_of_an_earlier_night_is_said_when_the_dag_is_parsed(
    name: str, table: NamedTable, earlier: bool, says: str
):
    found = [one.what for one in check_tables({name: table}, earlier=earlier)]

    assert any(says in one for one in found) if says else not found


def test_a_source_by_night_is_read_as_far_back_as_its_first_row_looks():
    assert nights_back(named(by_night=True, history=30), first=6) == 36
    assert nights_back(named(by_night=True, contract=STATE), first=6) == 7
    assert nights_back(named(), first=6) == 1


def many(folder: Path, spelling: str) -> dict[str, Frozen]:
    """Twenty customers, whose orders name them in another spelling."""
    people = [(f"c{n}", "basic", date(2026, 1, 1)) for n in range(20)]
    bought = [(spelling.format(n), 1.0, moment("2026-02-10 09:00:00")) for n in range(20)]
    return {
        "customers": frozen(folder, "customers", CUSTOMERS, people),
        "orders": frozen(folder, "orders", ORDERS, bought),
    }


GROUPED = """\
WITH spent AS (SELECT buyer AS who, sum(amount) AS spent FROM orders GROUP BY 1)
SELECT customer_id, $night AS night, plan, 1 AS orders, coalesce(spent, 0) AS spent
FROM customers LEFT JOIN spent ON who = customer_id
"""


@pytest.mark.parametrize("sql", [SELECT, GROUPED], ids=["join", "behind WITH"])
def test_a_join_that_matches_nothing_is_refused(tmp_path: Path, sql: str):
    with pytest.raises(DataError, match=r"joins customers.customer_id with orders.buyer, and none"):
        joined(tmp_path, many(tmp_path, " C{}"), sql)


def test_how_much_of_a_join_matches_is_in_the_record(tmp_path: Path):
    record, _ = joined(tmp_path, shop(tmp_path), nights=("2026-02-14", "2026-02-28"))

    # Of one night a alone is there; of the other a and b.
    assert record.matches == (
        Match(left="customers.customer_id", right="orders.buyer", values=(3, 3), common=3),
    )
    assert (
        "customers.customer_id and orders.buyer have 3 values in common, of 3 and 3."
        in record.facts()
    )


def test_what_is_joined_by_something_made_of_it_is_not_held_against_it(tmp_path: Path):
    sql = SELECT.replace("o.buyer = c.customer_id", "lower(trim(o.buyer)) = c.customer_id")

    record, rows = joined(tmp_path, many(tmp_path, " C{}"), sql)

    assert record.matches == ()
    assert any("nor how much of them matched" in one for one in record.facts())
    assert set(rows["orders"].to_pylist()) == {1}


def test_a_source_whose_rows_all_lie_at_another_time_is_refused(tmp_path: Path):
    orders = frozen(tmp_path, "late", ORDERS, [("a", 1.0, moment("2062-02-10 09:00:00"))])

    with pytest.raises(DataError, match="None of the 1 rows of orders counts for 2026-02-28"):
        joined(tmp_path, {**shop(tmp_path), "orders": orders})


def test_events_of_the_last_days_may_be_none_and_that_is_said(tmp_path: Path):
    late = [("a", 1.0, moment("2026-01-10 09:00:00"))]
    orders = frozen(tmp_path, "late", ORDERS, late, history=7)

    record, _ = joined(tmp_path, {**shop(tmp_path), "orders": orders})

    assert "Nothing of orders could be seen about the night 2026-02-28." in record.facts()
