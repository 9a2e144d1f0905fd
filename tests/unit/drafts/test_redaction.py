"""A first redaction file: it loads, it declares every column, and it repeats no cell."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from airlock.cli.outcome import WrongCall
from airlock.cli.redaction import add
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.regions_of_numbers import proposed
from include.data.subscriptions import write_night


def draft(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    add(parser.add_subparsers())
    parsed = parser.parse_args(["redaction", "draft", *map(str, arguments)])
    status: int = parsed.run(parsed, Console())
    return status


def test_the_draft_of_a_table_with_names_drops_them_and_looks_for_them(tmp_path: Path):
    part = write_night(date(2026, 1, 5), into=tmp_path / "rows", rows=500)
    out = tmp_path / "redaction.yaml"

    assert draft(part, "--out", out) == 0

    spec = RedactionSpec.load(out)
    actions = {name: column.action for name, column in spec.columns.items()}
    assert list(actions) == pq.read_schema(part).names
    assert actions["customer_id"] == "pseudonym"
    for name in ("full_name", "email", "phone", "address", "card_number", "birth_date"):
        assert actions[name] == "drop"
    assert {actions[name] for name in ("plan", "region", "monthly_fee")} == {"keep"}
    assert actions["signed_up"] == "generalise"
    assert spec.does("support_note") == "scan"
    assert spec.columns["support_note"].linked == {
        "full_name": "PERSON",
        "email": "EMAIL_ADDRESS",
        "phone": "PHONE_NUMBER",
        "address": "LOCATION",
        "card_number": "CREDIT_CARD",
    }


def test_no_cell_is_in_the_draft(tmp_path: Path):
    part = write_night(date(2026, 1, 5), into=tmp_path / "rows", rows=500)
    draft(part, "--out", tmp_path / "redaction.yaml")

    text = (tmp_path / "redaction.yaml").read_text()
    table = pq.read_table(part)
    for name in ("customer_id", "full_name", "email", "phone", "address", "card_number", "region"):
        assert not any(cell in text for cell in table[name].to_pylist())


def test_the_draft_of_the_telco_table_loads(shared_data: Path, tmp_path: Path):
    source = shared_data / "telco_churn.csv"
    out = tmp_path / "telco.yaml"

    draft(source, "--out", out)

    spec = RedactionSpec.load(out)
    assert list(spec.columns) == pacsv.read_csv(source).column_names
    assert spec.columns["customerID"].action == "pseudonym"
    assert spec.columns["customerID"].domain == "customer"
    others = {column.action for name, column in spec.columns.items() if name != "customerID"}
    assert others == {"keep"}


def test_the_draft_of_short_messages_scans_them(shared_data: Path, tmp_path: Path):
    out = tmp_path / "sms.yaml"

    draft(shared_data / "sms_spam.tsv", "--names", "label,text", "--no-quotes", "--out", out)

    spec = RedactionSpec.load(out)
    assert {name: spec.does(name) for name in spec.columns} == {"label": "keep", "text": "scan"}


@pytest.mark.parametrize("name", ["a: b", "yes", "#1", "Straße", "it's", "{x}", "1"])
def test_a_column_of_any_name_is_declared(tmp_path: Path, name: str):
    quoted = '"' + name.replace('"', '""') + '"'
    (tmp_path / "rows.csv").write_text(f"{quoted},other\n" + "x,1\n" * 30)

    draft(tmp_path / "rows.csv", "--out", tmp_path / "draft.yaml")

    assert list(RedactionSpec.load(tmp_path / "draft.yaml").columns) == [name, "other"]


def test_nothing_is_overwritten(tmp_path: Path):
    (tmp_path / "rows.csv").write_text("a\n1\n")
    out = tmp_path / "mine.yaml"
    out.write_text("mine")

    with pytest.raises(WrongCall, match="is there already"):
        draft(tmp_path / "rows.csv", "--out", out)

    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    ("phones", "notes", "regions"),
    [
        pytest.param(["+49 30 23125 123"], "ring +44 20 7946 0746", ("DE", "GB"), id="by code"),
        pytest.param(["030 23125123", "030 23125124"], "none", ("DE",), id="at home"),
        pytest.param(["none"], "invoice 2026 339 2290", (), id="a year is no area code"),
        pytest.param(["none"], "nothing here", (), id="no numbers"),
    ],
)
def test_regions_are_those_of_the_numbers_in_the_sample(
    phones: list[str], notes: str, regions: tuple[str, ...]
):
    table = pa.table({"phone": phones, "note": [notes] * len(phones)})

    assert set(regions) <= set(proposed(table))
    assert regions or proposed(table) == ()
