"""airlock explain: the decision record of one row, as an auditor asks for it."""

from __future__ import annotations

import json

import pytest

from airlock import cli
from tests.scored import NIGHTS, World

NIGHT = NIGHTS[0]
Said = pytest.CaptureFixture[str]


def key_of(world: World, *, rows: int) -> str:
    """Somebody with so many rows that night."""
    counts = world.rows(NIGHT).to_pandas()["row_key"].value_counts()
    return str(sorted(counts[counts == rows].index)[0])


def test_a_row_is_explained_in_words(world: World, capsys: Said):
    key = key_of(world, rows=1)

    assert cli.main(["explain", NIGHT, key, "--model", "churn"]) == 0

    said = capsys.readouterr().out
    assert f"{NIGHT}, row " in said
    assert "by churn version 1 (ledger entry 1)." in said
    assert "  tenure = " in said
    assert "not attributed" in said
    assert "seed 0" in said
    assert "rows (validation: " in said


def test_as_json_it_is_the_whole_record(world: World, capsys: Said):
    key = key_of(world, rows=1)

    assert cli.main(["explain", NIGHT, key, "--model", "churn", "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["prediction"]["row_key"] == key
    moved = sum(added for _, added in found["why"]["features"]) + found["why"]["remainder"]
    assert moved == pytest.approx(found["why"]["score"] - found["why"]["average"])
    assert {"model", "evaluation", "decision", "approvals"} <= found.keys()


def test_of_several_rows_one_is_named(world: World, capsys: Said):
    key = key_of(world, rows=2)
    arguments = ["explain", NIGHT, key, "--model", "churn"]

    assert cli.main(arguments) == 1
    told = capsys.readouterr().err
    first = told.split("Several rows are about them: ")[1].split(",")[0]

    assert cli.main([*arguments, "--row", first]) == 0
    assert f"{NIGHT}, row {first}: " in capsys.readouterr().out


def test_whom_no_row_is_about_is_told_without_the_key(world: World, capsys: Said):
    assert cli.main(["explain", NIGHT, "nobody", "--model", "churn"]) == 1

    told = capsys.readouterr().err
    assert "No row of that night is about them." in told
    assert "nobody" not in told


def test_a_night_without_predictions_is_a_wrong_call(world: World, capsys: Said):
    assert cli.main(["explain", "2026-01-01", "a", "--model", "churn"]) == 2

    assert "has no predictions of 2026-01-01" in capsys.readouterr().err
