"""Targets known later: a label counts for a night if it came behind its end, and in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airlock.core.contract import Contract
from airlock.core.errors import DataError, SpecError
from airlock.stages.prepare.checks import check_labels
from airlock.stages.prepare.record import Preparation
from airlock.stages.prepare.spec import NamedLabels
from tests.joined import FEATURES, SELECT, frozen, joined, moment, shop

LEFT = Contract.model_validate(
    {
        "event_time": "left_at",
        "columns": {
            "who": {"type": "string"},
            "left_at": {"type": "timestamp"},
            "reason": {"type": "string", "nullable": True},
        },
    }
)
LABELLED = Contract.model_validate(
    {
        "key": ["customer_id", "night"],
        "columns": {**FEATURES.to_json()["columns"], "churned": {"type": "integer"}},
    }
)
TOLD = Contract.model_validate(
    {
        "key": ["customer_id", "night"],
        "columns": {**FEATURES.to_json()["columns"], "why": {"type": "string"}},
    }
)
NIGHTS = ("2026-02-24", "2026-02-28")


def made(
    folder: Path,
    rows: list[tuple[Any, ...]],
    *,
    label: str | None = None,
    nights: int = 30,
    sql: str = SELECT,
) -> tuple[Preparation, list[tuple[Any, ...]]]:
    """The rows as night, customer and target."""
    source = frozen(folder, "labels", LEFT, rows)
    target = "why" if label else "churned"
    labels = NamedLabels(
        table=source.table,
        keys={"customer_id": "who"},
        days=nights,
        label=label,
        target=target,
    )
    contract = TOLD if label else LABELLED
    sources = {**shop(folder), "labels": source}
    record, table = joined(folder, sources, sql, contract, nights=NIGHTS, labels=labels)
    return record, [
        (str(one["night"]), one["customer_id"], one[target]) for one in table.to_pylist()
    ]


@pytest.mark.parametrize(
    ("at", "nights", "churned"),
    [
        pytest.param("2026-02-24 23:59:59", 30, [0, 0, 0, 0], id="the night itself: known before"),
        pytest.param("2026-02-25 00:00:00", 30, [1, 0, 0, 0], id="behind the end of the first"),
        pytest.param("2026-03-01 00:00:00", 30, [1, 1, 0, 0], id="behind the end of both"),
        pytest.param("2026-03-26 23:59:59", 30, [1, 1, 0, 0], id="the last moment of the first"),
        pytest.param("2026-03-27 00:00:00", 30, [0, 1, 0, 0], id="too late for the first"),
        pytest.param("2026-03-31 00:00:00", 30, [0, 0, 0, 0], id="too late for both"),
        pytest.param("2026-03-02 00:00:00", 1, [0, 0, 0, 0], id="too late for a single day"),
    ],
)
def test_what_happened_counts_for_the_nights_that_it_came_after(
    tmp_path: Path, at: str, nights: int, churned: list[int]
):
    # Of somebody who is no row: without any event in time nobody could say what did not happen.
    other = ("nobody", moment("2026-03-01 12:00:00"), None)

    _, rows = made(tmp_path, [("a", moment(at), None), other], nights=nights)

    a_then, b_then, a_now, b_now = churned[0], churned[2], churned[1], churned[3]
    assert rows == [
        ("2026-02-24", "a", a_then),
        ("2026-02-24", "b", b_then),
        ("2026-02-28", "a", a_now),
        ("2026-02-28", "b", b_now),
    ]


def test_of_several_labels_the_last_one_counts_and_rows_without_one_are_left_out_and_counted(
    tmp_path: Path,
):
    record, rows = made(
        tmp_path,
        [
            ("a", moment("2026-03-02 09:00"), "price"),
            ("a", moment("2026-03-05 09:00"), "service"),
            ("a", moment("2026-03-06 09:00"), None),
            # In time for the second night alone.
            ("b", moment("2026-03-28 09:00"), "moved"),
        ],
        label="reason",
    )

    assert rows == [
        ("2026-02-24", "a", "service"),
        ("2026-02-28", "a", "service"),
        ("2026-02-28", "b", "moved"),
    ]
    assert [(one.night, one.rows, one.unlabelled) for one in record.made] == [
        ("2026-02-24", 1, 1),
        ("2026-02-28", 2, 0),
    ]
    assert "1 rows without a label in time were left out." in record.facts()


def test_labels_that_never_come_are_no_sign_that_nothing_happened(tmp_path: Path):
    with pytest.raises(DataError, match=r"None of the 1 rows of labels counts .* no label came in"):
        made(tmp_path, [("a", moment("2026-04-30 09:00"), None)])


@pytest.mark.parametrize("label", [None, "reason"])
def test_labels_of_which_none_finds_its_row_are_refused(tmp_path: Path, label: str | None):
    rows = [(f" A{n}", moment("2026-03-02 09:00"), "price") for n in range(20)]

    with pytest.raises(DataError, match=r"None of 40 labels .* by customer_id = who"):
        made(tmp_path, rows, label=label)


def test_a_night_for_which_no_label_came_is_named(tmp_path: Path):
    record, _ = made(tmp_path, [("a", moment("2026-03-30 09:00"), None)])

    assert [one.labelled for one in record.made] == [0, 1]
    assert "No label came for any row about the night 2026-02-24." in record.facts()


def test_two_labels_of_one_moment_that_contradict_each_other_are_refused(tmp_path: Path):
    at = moment("2026-03-05 09:00")

    with pytest.raises(DataError, match="1 keys have two labels of one moment"):
        made(tmp_path, [("a", at, "price"), ("a", at, "service")], label="reason")

    (tmp_path / "same").mkdir()
    _, rows = made(tmp_path / "same", [("a", at, "price"), ("a", at, "price")], label="reason")
    assert rows == [("2026-02-24", "a", "price"), ("2026-02-28", "a", "price")]


def test_no_select_can_read_the_labels(tmp_path: Path):
    """A feature made of labels would know what came later."""
    sql = SELECT.replace("FROM customers AS c", "FROM customers AS c JOIN labels AS l ON true")

    with pytest.raises(SpecError, match="reads labels, which is no source"):
        made(tmp_path, [], sql=sql)


def test_the_select_gives_no_target_of_its_own(tmp_path: Path):
    with pytest.raises(SpecError, match="gives churned, which labels give"):
        made(tmp_path, [], sql=SELECT.replace("  c.plan,", "  c.plan, 1 AS churned,"))


def test_the_record_says_where_the_target_comes_from_and_by_which_key(tmp_path: Path):
    record, _ = made(tmp_path, [("a", moment("2026-03-05 09:00"), "price")], label="reason")

    assert {one.column: one.reads for one in record.lineage}["why"] == ("labels.reason",)
    assert record.same == (("customers.customer_id", "labels.who", "orders.buyer"),)
    assert record.after == 30
    assert [one.kind for one in record.tables] == ["events", "events", "labels"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({}, "", id="right"),
        pytest.param({"label": "reson"}, "no column reson", id="label"),
        pytest.param({"keys": {"customer_id": "whom"}}, "no column whom", id="key of labels"),
        pytest.param({"keys": {"customer": "who"}}, "no column customer", id="key of the table"),
        pytest.param({"keys": {"orders": "who"}}, "integer in the table", id="types"),
        pytest.param({"target": "churn"}, "no column churn", id="target"),
    ],
)
def test_labels_that_do_not_fit_are_told_when_the_dag_is_parsed(
    tmp_path: Path, changes: dict[str, Any], says: str
):
    usual = {
        "table": frozen(tmp_path, "labels", LEFT, []).table,
        "keys": {"customer_id": "who"},
        "days": 30,
        "label": None,
        "target": "churned",
    }

    found = [one.what for one in check_labels(NamedLabels(**{**usual, **changes}), LABELLED)]

    assert any(says in one for one in found) if says else not found
