from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from include.data.notes import ENTITIES
from include.data.people import luhn_digit
from include.data.subscriptions import SCHEMA, main, planted_path, write_night

NIGHT = date(2026, 1, 5)
NEXT_NIGHT = date(2026, 1, 6)
ROWS = 4_000

Columns = dict[str, list[Any]]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("subscriptions")
    write_night(NIGHT, into=into, rows=ROWS)
    write_night(NEXT_NIGHT, into=into, rows=ROWS)
    return into


@pytest.fixture(scope="module")
def columns(nights: Path) -> Columns:
    return _read(nights, NIGHT)


@pytest.fixture(scope="module")
def tomorrow(nights: Path) -> Columns:
    return _read(nights, NEXT_NIGHT)


@pytest.fixture(scope="module")
def answers(nights: Path) -> Any:
    return json.loads(planted_path(nights, NIGHT).read_text())


def _read(into: Path, night: date) -> Columns:
    table = pq.read_table(into / f"date={night}" / "part-0.parquet", partitioning=None)
    return dict(table.to_pydict())


def test_the_same_arguments_write_the_same_bytes(nights, tmp_path):
    part = write_night(NIGHT, into=tmp_path, rows=ROWS)

    first = nights / "date=2026-01-05" / "part-0.parquet"
    assert part.read_bytes() == first.read_bytes()
    assert planted_path(tmp_path, NIGHT).read_bytes() == planted_path(nights, NIGHT).read_bytes()


def test_another_seed_invents_another_business(columns, tmp_path):
    write_night(NIGHT, into=tmp_path, rows=ROWS, seed=8)

    assert set(_read(tmp_path, NIGHT)["email"]).isdisjoint(columns["email"])


def test_a_night_holds_nothing_but_its_part(nights):
    assert [path.name for path in (nights / "date=2026-01-05").iterdir()] == ["part-0.parquet"]


def test_columns_have_the_plain_types_that_were_promised(nights):
    part = nights / "date=2026-01-05" / "part-0.parquet"

    assert pq.read_schema(part).remove_metadata() == SCHEMA


def test_each_customer_appears_once_a_night(columns):
    assert len(columns["customer_id"]) == ROWS == len(set(columns["customer_id"]))


def test_nine_in_ten_customers_return_the_next_night(columns, tomorrow):
    returning = set(columns["customer_id"]) & set(tomorrow["customer_id"])

    assert 0.85 * ROWS < len(returning) < 0.97 * ROWS


@pytest.mark.parametrize(
    "column", ["full_name", "email", "phone", "address", "card_number", "birth_date", "signed_up"]
)
def test_a_returning_customer_is_the_same_person(columns, tomorrow, column):
    before = dict(zip(columns["customer_id"], columns[column], strict=True))
    after = dict(zip(tomorrow["customer_id"], tomorrow[column], strict=True))

    assert all(before[customer] == after[customer] for customer in before.keys() & after.keys())


def test_a_returning_customer_grows_older_and_lives_on(columns, tomorrow):
    before = dict(zip(columns["customer_id"], columns["tenure_months"], strict=True))
    after = dict(zip(tomorrow["customer_id"], tomorrow["tenure_months"], strict=True))
    grown = [
        after[customer] - before[customer]
        for customer in before.keys() & after.keys()
        if max(before[customer], after[customer]) < 9_999
    ]

    assert set(grown) == {0, 1}
    assert columns["usage_hours"] != tomorrow["usage_hours"]


def test_days_drift_slowly(columns, tmp_path):
    write_night(date(2027, 1, 5), into=tmp_path, rows=ROWS)
    later = _read(tmp_path, date(2027, 1, 5))

    assert 1.02 < np.median(later["monthly_fee"]) / np.median(columns["monthly_fee"]) < 1.15
    assert 0.02 < (columns["plan"].count("basic") - later["plan"].count("basic")) / ROWS < 0.10


@pytest.mark.parametrize("night", [date(2024, 1, 1), NIGHT, date(2028, 1, 5)], ids=str)
def test_a_fifth_to_a_third_of_the_customers_leave(tmp_path, night):
    write_night(night, into=tmp_path, rows=ROWS)

    assert 0.20 < np.mean(_read(tmp_path, night)["churned"]) < 0.30


def test_whether_customers_leave_can_be_learned_but_not_perfectly(columns):
    numbers = ("tenure_months", "monthly_fee", "usage_hours", "tickets_90d", "late_payments")
    features = np.array([columns[name] for name in (*numbers, "last_login_days")], dtype=float).T
    labels = np.array(columns["churned"])

    model = HistGradientBoostingClassifier(max_iter=60, random_state=0)
    model.fit(features[::2], labels[::2])
    scores = model.predict_proba(features[1::2])[:, 1]

    assert 0.77 < roc_auc_score(labels[1::2], scores) < 0.88


def test_every_span_points_exactly_at_an_identifier_of_its_row(columns, answers):
    row = {customer: at for at, customer in enumerate(columns["customer_id"])}
    source = {entity: column for column, entity in ENTITIES.items()}

    for span in answers["spans"]:
        at = row[span["customer_id"]]
        planted = columns[span["column"]][at][span["start"] : span["end"]]
        assert planted == columns[source[span["entity"]]][at]


def test_no_identifier_stands_in_a_note_without_a_span(columns, answers):
    spans = {(span["customer_id"], span["start"]) for span in answers["spans"]}

    for at, note in enumerate(columns["support_note"]):
        for column in ENTITIES:
            start = (note or "").find(columns[column][at])
            assert start == -1 or (columns["customer_id"][at], start) in spans


def test_three_in_five_notes_hold_an_identifier_of_some_kind(columns, answers):
    notes = sum(note is not None for note in columns["support_note"])
    planted = {span["customer_id"] for span in answers["spans"]}

    assert 0.65 < notes / ROWS < 0.75
    assert 0.55 < len(planted) / notes < 0.65
    assert {span["entity"] for span in answers["spans"]} == set(ENTITIES.values())


def test_the_answers_hold_no_identifier(columns, nights):
    written = planted_path(nights, NIGHT).read_text()

    assert not any(email in written for email in columns["email"])
    assert not any(name in written for name in columns["full_name"])


def test_every_card_number_is_a_test_card_with_a_valid_check_digit(columns):
    for card in columns["card_number"]:
        digits = card.replace(" ", "").replace("-", "")
        assert digits.startswith("400000")
        assert luhn_digit(digits[:-1]) == int(digits[-1])


def test_the_check_digit_is_that_of_the_standard_example():
    assert luhn_digit("7992739871") == 3


def test_every_email_lies_in_a_domain_that_is_kept_for_examples(columns):
    domains = {".".join(email.split("@")[1].split(".")[-2:]) for email in columns["email"]}

    assert domains == {"example.com", "example.org", "example.net"}
    assert all(email.isascii() for email in columns["email"])


def test_a_few_rows_are_spoilt_and_the_answers_say_which(columns, answers):
    spoilt = {(defect["customer_id"], defect["column"]) for defect in answers["defects"]}
    found = {
        (customer, column)
        for column, is_wrong in {
            "monthly_fee": lambda fee: fee < 0,
            "tenure_months": lambda months: months > 1_200,
            "plan": lambda plan: plan not in {"basic", "plus", "family", "business"},
        }.items()
        for customer, value in zip(columns["customer_id"], columns[column], strict=True)
        if is_wrong(value)
    }

    assert found == spoilt
    assert len(spoilt) == 0.003 * ROWS


def test_only_usage_and_notes_are_ever_missing(columns):
    missing = {name: values.count(None) / ROWS for name, values in columns.items()}

    assert {name for name, share in missing.items() if share} == {"usage_hours", "support_note"}
    assert 0.02 < missing["usage_hours"] < 0.06


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["2023-12-31"], "the business opened on 2024-01-01", id="too early"),
        pytest.param(["2026-01-05", "--rows", "99"], "at least 100", id="too few rows"),
        pytest.param(["2026-01-05", "--seed", "-1"], "choose 0 or more", id="negative seed"),
        pytest.param(["tonight"], "'tonight' is no date; write 2026-01-05", id="no date"),
    ],
)
def test_a_wrong_argument_is_one_clear_message_and_nothing_written(
    arguments, says, tmp_path, capsys
):
    with pytest.raises(SystemExit):
        main([*arguments, "--into", str(tmp_path / "out")])

    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_command_line_writes_a_night(tmp_path, capsys):
    main(["2026-01-05", "--into", str(tmp_path), "--rows", "100", "--seed", "3"])

    assert "100 rows" in capsys.readouterr().out
    assert len(_read(tmp_path, NIGHT)["churned"]) == 100


def test_one_note_in_ten_speaks_of_somebody_whom_the_row_does_not_know(columns, answers):
    row = {customer: at for at, customer in enumerate(columns["customer_id"])}
    notes = sum(note is not None for note in columns["support_note"])

    assert 0.08 < len(answers["strangers"]) / notes < 0.12
    for span in answers["strangers"]:
        at = row[span["customer_id"]]
        name = columns["support_note"][at][span["start"] : span["end"]]
        own = columns["full_name"][at].split()
        assert len(name.split()) == 2
        assert not set(name.split()) & set(own)
