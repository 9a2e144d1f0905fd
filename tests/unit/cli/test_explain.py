"""airlock explain: the decision record of one row, as an auditor asks for it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from airlock.cli import main as cli
from airlock.stages.evaluate.record import Interval
from tests.judged import NOW
from tests.scored import NIGHTS, World
from tests.trained import Trained
from tests.unit.reports.examples import EVALUATION

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


def test_the_decision_and_the_people_behind_it_are_named(
    empty_world: World, bundle: Trained, tmp_path: Path, capsys: Said
):
    (tmp_path / "evaluated").mkdir()
    ece = Interval(value=0.02, low=0.01, high=0.03)
    measured = replace(EVALUATION, candidate={**EVALUATION.candidate, "ece": ece})
    made = empty_world.published(measured, tmp_path / "evaluated")
    evaluated = {"address": made.address, "sha256": made.sha256}
    ledger = empty_world.ledger
    ledger.append("run", {"results": {"evaluate": evaluated}}, id="run/d/r/1", at=NOW)
    decided = ledger.append(
        "decided", {"policy": "churn", "outcome": "needs approval"}, id="decided/d/r/1", at=NOW
    )
    yes = {"by": "ada", "approved": True, "reason": "I looked at it"}
    approved = ledger.append("approved", yes, id="approved/1", at=NOW)
    empty_world.crown(bundle, 1, decided=decided.sequence, approvals=[approved.sequence])
    empty_world.score(NIGHT)

    key = key_of(empty_world, rows=1)
    assert cli.main(["explain", NIGHT, key, "--model", "churn"]) == 0

    said = capsys.readouterr().out
    assert "Band of the probability of " in said
    assert "auroc 0.8412 [0.8280, 0.8535]" in said
    assert "Policy churn: needs approval." in said
    assert "ada approved: I looked at it" in said


def test_as_json_it_is_the_whole_record(world: World, capsys: Said):
    key = key_of(world, rows=1)

    assert cli.main(["explain", NIGHT, key, "--model", "churn", "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["prediction"]["row_key"] == key
    moved = sum(added for _, added in found["why"]["features"]) + found["why"]["remainder"]
    assert moved == pytest.approx(found["why"]["score"] - found["why"]["average"])
    assert found["champion"]["how"] == "promoted"
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
