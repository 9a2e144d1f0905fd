"""Nothing passes that nobody decided on, and what passes has no direct identifier."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from airlock.config.settings import SecretKey
from airlock.core.errors import DataError, SpecError
from airlock.stages.redact.record import Redaction
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.fold import Split
from airlock.stages.redact.stage.pseudonym import Pseudonyms
from airlock.stages.redact.stage.redact import RedactionContext, redact
from tests.tables import validation_of

PSEUDONYM_KEY, SPLIT_KEY = SecretKey(bytes(32)), SecretKey(bytes(range(32)))

ROWS = pa.table(
    {
        "id": ["C1", "C2", "C1"],
        "name": ["Maria Ek", "Bo Holm", "Maria Ek"],
        "card": ["4000003590410839", "12", None],
        "born": [date(1990, 1, 2), None, date(1990, 1, 2)],
        "fee": [9.5, None, 3.0],
        "months": pa.array([1, 2, 3], pa.int64()),
        "note": ["Maria called", "c@example.org", None],
    }
)
COLUMNS: dict[str, Any] = {
    "id": {"action": "pseudonym", "domain": "customer"},
    "name": {"action": "drop"},
    "card": {"action": "mask", "show": 4},
    "born": {"action": "pseudonym"},
    "fee": {"action": "keep"},
    "months": {"action": "keep"},
    "note": {"action": "scan", "patterns": "only", "linked": {"name": "PERSON"}},
}

Run = Callable[..., Redaction]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Redact rows; the parts lie in `tmp_path / "out"`."""

    def run(
        rows: pa.Table = ROWS,
        columns: dict[str, Any] | None = None,
        *,
        out: Path | None = None,
        **changes: Any,
    ) -> Redaction:
        given: dict[str, Any] = {
            "entity": "id",
            "model": "churn",
            "pseudonym_key": PSEUDONYM_KEY,
            "split_key": SPLIT_KEY,
        }
        spec = RedactionSpec.model_validate({"columns": COLUMNS if columns is None else columns})
        return redact(
            validation_of(rows, tmp_path / "in"),
            spec,
            RedactionContext(**(given | changes)),
            table=tmp_path / "in",
            out=out or tmp_path / "out",
        )

    return run


def test_every_column_becomes_what_the_file_says(run: Run, tmp_path: Path):
    redaction = run()

    customer, born = Pseudonyms(PSEUDONYM_KEY, "customer"), Pseudonyms(PSEUDONYM_KEY, "born")
    split = Split(SPLIT_KEY, "churn")
    redacted = pq.read_table(tmp_path / "out")
    assert redacted.to_pydict() == {
        "id": [customer.of("C1"), customer.of("C2"), customer.of("C1")],
        "card": ["************0839", "**", None],
        "born": [born.of("1990-01-02"), None, born.of("1990-01-02")],
        "fee": [9.5, None, 3.0],
        "months": [1, 2, 3],
        "note": ["<PERSON> called", "<EMAIL_ADDRESS>", None],
        "fold": [split.fold("C1"), split.fold("C2"), split.fold("C1")],
    }
    assert redaction.schema == (
        ("id", "string"),
        ("card", "string"),
        ("born", "string"),
        ("fee", "number"),
        ("months", "integer"),
        ("note", "string"),
    )


def test_the_record_counts_what_changed_and_what_was_found(run: Run):
    redaction = run()

    assert [(one.name, one.changed) for one in redaction.columns] == [
        ("id", 3),
        ("name", 3),
        ("card", 2),
        ("born", 2),
        ("fee", 0),
        ("months", 0),
        ("note", 2),
    ]
    assert redaction.found == {"EMAIL_ADDRESS": 1, "PERSON": 1}
    assert (redaction.rows, redaction.quarantined, sum(redaction.folds.values())) == (3, 0, 3)
    assert (redaction.pseudonym_key, redaction.split) == (
        PSEUDONYM_KEY.key_id,
        Split(SPLIT_KEY, "churn").split_id,
    )


def test_neither_the_record_nor_the_table_repeats_an_identifier(run: Run, tmp_path: Path):
    redaction = run()

    told = json.dumps(redaction.to_json()) + "".join(redaction.facts())
    table = json.dumps(pq.read_table(tmp_path / "out").to_pylist())
    for secret in ("Maria", "Holm", "C1", "400000359041", "1990", "c@example"):
        assert secret not in told
        assert secret not in table


def test_a_fold_is_that_of_the_raw_entity_whatever_the_pseudonym_key(run: Run, tmp_path: Path):
    run()
    run(pseudonym_key=SecretKey(b"x" * 32), out=tmp_path / "other")

    one, other = pq.read_table(tmp_path / "out"), pq.read_table(tmp_path / "other")
    assert one["fold"] == other["fold"]
    assert one["id"] != other["id"]


def test_texts_that_differ_in_an_identifier_alone_share_a_fold(run: Run, tmp_path: Path):
    texts = [f"Win a prize, write to a{at}@example.org" for at in range(40)]
    rows = pa.table({"note": [*texts, *(f"Lunch at {at}?" for at in range(40))]})
    columns = {"note": {"action": "scan", "patterns": "only"}}

    redaction = run(rows, columns, entity="note")

    redacted = pq.read_table(tmp_path / "out").to_pydict()
    assert set(redacted["note"][:40]) == {"Win a prize, write to <EMAIL_ADDRESS>"}
    assert len(set(redacted["fold"][:40])) == 1
    assert set(redacted["fold"][40:]) == {"train", "validation", "holdout"}
    assert redaction.proven


def test_another_scan_of_the_entity_is_another_split(run: Run, tmp_path: Path):
    columns = {"note": {"action": "scan", "patterns": "only"}}
    stricter = {"note": {**columns["note"], "threshold": 0.3}}
    rows = ROWS.filter(pc.is_valid(ROWS["note"]))

    one = run(rows.select(["note"]), columns, entity="note", out=tmp_path / "one")
    other = run(rows.select(["note"]), stricter, entity="note", out=tmp_path / "other")

    # A champion of the other split may have learnt from rows that are the holdout of this one.
    assert one.split != other.split


def test_without_a_model_there_is_no_fold(run: Run, tmp_path: Path):
    redaction = run(model=None)

    assert (redaction.split, redaction.folds) == (None, {})
    assert "fold" not in pq.read_schema(tmp_path / "out" / "part-00000.parquet").names


def test_a_row_that_cannot_be_proven_clean_is_left_out_and_counted(run: Run, tmp_path: Path):
    rows = ROWS.set_column(6, "note", [["x" * 10_001, "a@example.org", None]])

    redaction = run(rows)

    assert (redaction.rows, redaction.quarantined, sum(redaction.folds.values())) == (2, 1, 2)
    assert pq.read_table(tmp_path / "out")["months"].to_pylist() == [2, 3]
    assert redaction.columns[1].changed == 2


def test_a_table_of_which_nothing_is_proven_clean_is_refused(run: Run):
    rows = ROWS.set_column(6, "note", [["x" * 10_001] * 3])

    with pytest.raises(DataError, match="None of 3 rows could be proven clean"):
        run(rows)


def test_a_column_that_nobody_decided_on_stops_everything(run: Run, tmp_path: Path):
    columns = {name: one for name, one in COLUMNS.items() if name not in {"card", "months"}}

    with pytest.raises(SpecError) as caught:
        run(columns=columns)

    assert "does not say what happens to card, months" in caught.value.what
    assert "card: {action: drop}, months: {action: keep}" in caught.value.do
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("changes", "entity", "problem"),
    [
        pytest.param({"iban": {"action": "drop"}}, "id", "does not have: iban", id="absent"),
        pytest.param({"id": {"action": "drop"}}, "id", "entity id does not survive", id="dropped"),
        pytest.param({}, "card", "entity card does not survive", id="masked"),
        pytest.param({}, "customer", "entity customer does not survive", id="no entity"),
        pytest.param({"fee": {"action": "scan"}}, "id", "fee is no text", id="a scan of numbers"),
    ],
)
def test_a_file_that_does_not_fit_the_table_is_refused(
    run: Run, changes: dict[str, Any], entity: str, problem: str
):
    with pytest.raises(SpecError, match=problem):
        run(columns=COLUMNS | changes, entity=entity)


def test_a_row_about_nobody_is_refused(run: Run):
    rows = ROWS.set_column(0, "id", [["C1", None, "C1"]])

    with pytest.raises(DataError, match="1 rows have no id"):
        run(rows)


def test_equal_work_gives_an_equal_record_and_equal_bytes(run: Run, tmp_path: Path):
    one, other = run(), run(out=tmp_path / "other")

    assert one == other
    assert (tmp_path / "out" / "part-00000.parquet").read_bytes() == (
        tmp_path / "other" / "part-00000.parquet"
    ).read_bytes()


def test_parts_are_redacted_one_after_another(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from airlock.core import table

    whole = run(out=tmp_path / "whole")
    monkeypatch.setattr(table, "GROUP_ROWS", 1)
    monkeypatch.setattr(table, "PART_ROWS", 2)

    parts = run()

    assert [part.rows for part in parts.parts] == [2, 1]
    assert parts.columns == whole.columns
    assert pq.read_table(tmp_path / "out").equals(pq.read_table(tmp_path / "whole"))
