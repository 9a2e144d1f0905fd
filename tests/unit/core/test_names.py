"""Names are data: what cannot be one is refused early, what may be a value is not told."""

from __future__ import annotations

import pytest

from airlock.core.errors import SpecError
from airlock.core.names import (
    checked_address,
    checked_model,
    checked_run,
    column,
    level,
    sentences,
)


@pytest.mark.parametrize(
    "name",
    [
        "customer_id",
        "Monthly fee (EUR)",
        "straße",
        "plan/tariff",
        "q1_2026",
        "x" * 64,
    ],
)
def test_a_column_that_looks_like_a_name_is_told(name: str):
    assert column(name, 3) == name


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("ada@example.org", id="e-mail"),
        pytest.param("4711", id="number"),
        pytest.param("customer 4711123456", id="account"),
        pytest.param("DE89 3704 0044 0532", id="iban"),
        pytest.param("+49 30 123456", id="phone"),
        pytest.param("2026-01-05", id="date"),
        pytest.param("x" * 65, id="long"),
        pytest.param("a, b", id="row"),
        pytest.param("a\x00", id="null"),
        pytest.param("{{ conn.x }}", id="template"),
    ],
)
def test_a_column_that_looks_like_a_value_is_told_by_its_place(value: str):
    said = column(value, 1_234)

    assert said.startswith("column 1,234 ")
    assert value not in said


def test_of_many_wrong_columns_the_first_are_told_and_the_rest_counted():
    said = sentences(f"column_{at} is new" for at in range(100_000))

    assert said.endswith("column_19 is new; and 99,980 more")


@pytest.mark.parametrize("name", ["", "a\x00", "../x", "UPPER", "x" * 64, "a b", "1a", "{{ x }}"])
def test_what_cannot_be_a_models_name_is_refused(name: str):
    with pytest.raises(SpecError, match="cannot be a model's name"):
        checked_model(name)


@pytest.mark.parametrize("name", ["", ".", "..", "a\x00b", "a\nb", "a\u202eb"])
def test_an_id_that_is_a_path_or_holds_what_is_not_seen_is_refused(name: str):
    with pytest.raises(SpecError, match="cannot be the id of a run"):
        checked_run("churn", name)
    with pytest.raises(SpecError, match="cannot be the id of a DAG"):
        checked_run(name, "manual__1")


def test_usual_ids_pass():
    checked_run("customer.churn-training", "manual__2026-01-06T02:00:00+00:00")
    checked_run("Kündigung", "Lauf für Zoë ~ 250%")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        pytest.param("a\x00.csv", "not seen", id="null"),
        pytest.param("a\u202e.csv", "not seen", id="bidi mark"),
        pytest.param("ü" * 128 + "/x.csv", "longer", id="long part"),
        pytest.param("a/" * 600, "longer", id="long"),
    ],
)
def test_an_address_that_no_file_can_have_is_refused(address: str, said: str):
    with pytest.raises(SpecError, match=said) as caught:
        checked_address(address)

    assert len(str(caught.value)) < 400


def test_the_level_of_a_usual_id_is_what_it_always_was():
    assert level("manual__2026-01-06T02:00:00+00:00") == (
        "manual__2026-01-06T02%3A00%3A00%2B00%3A00"
    )
    assert level("x" * 255) == "x" * 255
    assert level("ü" * 42) == "%C3%BC" * 42


def test_any_id_is_one_level_and_no_two_share_one():
    ids = [".", "..", "%2E", "a/b", "a%2Fb", "x" * 256, "ü" * 250, "ü" * 249, "%" + "a" * 64]
    levels = [level(one) for one in ids]

    assert len(set(levels)) == len(ids)
    assert not {".", ".."} & set(levels)
    assert all("/" not in one and len(one.encode()) <= 255 for one in levels)
