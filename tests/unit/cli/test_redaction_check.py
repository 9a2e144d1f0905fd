"""Whoever answers for data tries a redaction file on texts of their own."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from airlock.cli.outcome import WrongCall
from airlock.cli.redaction import add
from airlock.core.errors import DataError

FILE = """
columns:
  id: {action: pseudonym}
  full_name: {action: drop}
  note:
    action: scan
    patterns: only
    entities: [EMAIL_ADDRESS, CREDIT_CARD]
    linked: {full_name: PERSON}
"""
TEXTS = [
    {
        "text": "Zelda Quux wrote from z@example.org",
        "spans": [
            {"start": 0, "end": 10, "entity": "PERSON"},
            {"start": 22, "end": 35, "label": "EMAIL_ADDRESS"},
        ],
        "row": {"full_name": "Zelda Quux"},
    },
    # A neighbour is known to nobody, and what nobody marked is removed.
    {"text": "Ulla called", "spans": [[0, 4, "PERSON"]]},
    {"text": "order 4000 0000 0000 0002", "spans": []},
]


@pytest.fixture
def tried(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def check(texts: str | None = None, *more: str) -> str:
        (tmp_path / "file.yaml").write_text(FILE)
        lines = "\n".join(map(json.dumps, TEXTS)) if texts is None else texts
        (tmp_path / "texts.jsonl").write_text(lines)
        parser = argparse.ArgumentParser()
        add(parser.add_subparsers())
        given = [str(tmp_path / "file.yaml"), "--texts", str(tmp_path / "texts.jsonl"), *more]
        parsed = parser.parse_args(["redaction", "check", *given])
        assert parsed.run(parsed, Console(width=200)) == 0
        return capsys.readouterr().out

    return check


def test_recall_and_precision_stand_beside_each_other(tried: Any):
    told = json.loads(tried(None, "--json"))

    assert {one["entity"]: (one["gold"], one["gone"]) for one in told["entities"]} == {
        "PERSON": (2, 1),
        "EMAIL_ADDRESS": (1, 1),
        "CREDIT_CARD": (0, 0),
    }
    assert told["recall"] == pytest.approx(2 / 3)
    assert told["precision"] == pytest.approx(2 / 3)
    assert told["innocent_removed"] == len("4000 0000 0000 0002")


def test_the_table_shows_no_text(tried: Any):
    told = tried()

    assert "66.7 %" in told
    assert "3 texts as note; 0 would stay behind." in told
    assert all(word not in told for word in ("Zelda", "Ulla", "example.org", "4000"))


@pytest.mark.parametrize(
    "line",
    [
        '{"text": "Zelda"}',
        '{"text": "Zelda", "spans": [{"start": 0, "end": 9, "entity": "PERSON"}]}',
        '{"text": "Zelda", "spans": [{"start": 0, "end": 5}]}',
        '["Zelda"]',
    ],
)
def test_a_line_that_is_none_is_told_by_its_number(tried: Any, line: str):
    with pytest.raises(DataError, match="Line 1 is no text with its spans") as caught:
        tried(line)
    assert "Zelda" not in str(caught.value)


def test_what_is_no_json_is_refused_without_quoting_it(tried: Any):
    with pytest.raises(WrongCall, match="not made of JSON lines") as caught:
        tried("Zelda")
    assert "Zelda" not in str(caught.value)


def test_a_column_that_is_not_scanned_is_refused(tried: Any):
    with pytest.raises(WrongCall, match="The file scans note"):
        tried(None, "--column", "full_name")
