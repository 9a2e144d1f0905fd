"""The data contract: what it says, and what it refuses to say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from airlock.core.contract import Contract
from airlock.core.errors import SpecError

ID = "columns: {id: {type: string}}\n"


def contract(tmp_path: Path, text: str) -> Contract:
    path = tmp_path / "contract.yaml"
    path.write_text(text)
    return Contract.load(path)


def test_a_column_is_required_unless_it_says_otherwise(tmp_path: Path):
    loaded = contract(
        tmp_path, "columns: {id: {type: string}, fee: {type: number, nullable: true}}"
    )

    assert [column.nullable for column in loaded.columns.values()] == [False, True]
    assert not loaded.additive


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("columns: {}", "columns", id="no column at all"),
        pytest.param("columns: {id: {type: text}}", r"columns\.id\.type", id="an unknown type"),
        pytest.param(
            "columns: {id: {type: string, nulable: true}}",
            r"columns\.id\.nulable: there is no",
            id="a typo",
        ),
        pytest.param(
            "{key: [id], columns: {name: {type: string}}}",
            "key names columns that are not declared: id",
            id="a key of no column",
        ),
        pytest.param(
            "columns: {fold: {type: string}}", "adds columns of these", id="a name of Airlock's"
        ),
        pytest.param(
            "columns: {n: {type: integer, not_after_night: true}}",
            "for the types date and timestamp alone",
            id="a number after the night",
        ),
        *(
            pytest.param(f"{ID}csv: {{{key}: {value}}}", rf"csv\.{key}: .*{problem}", id=said)
            for key, value, problem, said in [
                ("delimiter", "'||'", "exactly one printable ASCII", "two characters"),
                ("delimiter", "''", "exactly one printable ASCII", "no character"),
                ("delimiter", "'§'", "exactly one printable ASCII", "not ASCII"),
                ("quote", '"\\n"', "exactly one printable ASCII", "a line break"),
                ("encoding", "utf-9", "no text encoding", "an unknown encoding"),
                ("encoding", "base64", "no text encoding", "bytes to bytes"),
                ("encoding", "rot13", "no text encoding", "text to text"),
                ("decimal", "'_'", "must be one of", "a strange decimal"),
                ("delimeter", "','", "there is no", "a typo in csv"),
            ]
        ),
        pytest.param(
            ID + "csv: {delimiter: ',', decimal: ','}", "another character", id="two for one mark"
        ),
        *(
            pytest.param(
                f"{ID}lateness: {text}", "lateness: .*must be a duration", id=f"{text} late"
            )
            for text in ("'6'", "six hours", "'0h'", "-1h", "1h1d", "1.5h", "''", "6H")
        ),
        pytest.param(ID + "lateness: 6", "lateness: .*must be a text", id="a number late"),
        pytest.param(ID + "repeated_nights: never", "repeated_nights", id="another word"),
    ],
)
def test_a_wrong_contract_is_refused_by_file_and_key(tmp_path: Path, text: str, problem: str):
    with pytest.raises(SpecError, match=rf"contract\.yaml:\d+:\d+: .*{problem}"):
        contract(tmp_path, text)


def test_the_digest_is_that_of_the_meaning_not_of_the_spelling(tmp_path: Path):
    short = contract(tmp_path, "columns: {id: {type: string}}")
    long = contract(tmp_path, "additive: false\ncolumns: {id: {nullable: false, type: string}}")
    other = contract(tmp_path, "columns: {id: {type: integer}}")

    assert short.digest == long.digest
    assert short.digest != other.digest


@pytest.mark.parametrize(
    ("lateness", "deadline"),
    [
        ("90m", datetime(2026, 1, 6, 1, 30, tzinfo=UTC)),
        ("6h", datetime(2026, 1, 6, 6, tzinfo=UTC)),
        ("1d12h", datetime(2026, 1, 7, 12, tzinfo=UTC)),
        (None, None),
    ],
)
def test_the_deadline_counts_from_the_end_of_the_night(
    tmp_path: Path, lateness: str | None, deadline: datetime | None
):
    text = ID if lateness is None else f"{ID}lateness: {lateness}\n"

    assert contract(tmp_path, text).deadline("2026-01-05") == deadline


@pytest.mark.parametrize("text", ["id,y\na,1\n", "id\na\n"], ids=["there", "not there"])
def test_what_only_a_training_needs_may_be_there_or_not_and_is_left_behind(
    text: str, tmp_path: Path
):
    from airlock.stages.snapshot.stage.reading import DeliveredFile, tables

    columns = {"id": {"type": "string"}, "y": {"type": "integer"}}
    contract = Contract.model_validate({"columns": columns})
    (tmp_path / "night.csv").write_text(text)
    files = [DeliveredFile(name="night.csv", path=tmp_path / "night.csv")]

    [table] = tables(files, contract.without("y"))

    assert table.column_names == ["id"]
    assert "passed_over" not in contract.to_json()
