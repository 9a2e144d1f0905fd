"""airlock review: the queue in words, and the sheet that people fill in."""

from __future__ import annotations

import stat
from pathlib import Path

import pandas as pd
import pytest

from airlock.cli import main as cli
from airlock.stages.labels.record import Labelled
from airlock.stages.labels.stage import collect
from tests.redacted import customers
from tests.scored import NIGHTS, World
from tests.staged import prepared, tasks

FIRST, SECOND = NIGHTS
Said = pytest.CaptureFixture[str]


def test_the_queue_is_told_in_words(world: World, capsys: Said):
    assert cli.main(["review", "churn"]) == 0

    said = capsys.readouterr().out
    assert f"the oldest since {FIRST} (1 night(s))" in said
    assert f"{SECOND}: " in said
    assert "0 answered, 0 overridden" in said


def test_the_sheet_has_the_open_rows_and_what_a_person_needs(
    world: World, tmp_path: Path, capsys: Said
):
    sheet = tmp_path / "sheet.csv"
    first = world.unsure(FIRST)["row_key"].iloc[0]
    world.deliver(FIRST, {first: 1})

    assert cli.main(["review", "churn", "--to", str(sheet)]) == 0

    rows = pd.read_csv(sheet, dtype={"row_key": str}, keep_default_na=False)
    expected = pd.concat([world.open_rows(night) for night in NIGHTS])
    assert rows["row_key"].tolist() == expected["row_key"].tolist()
    assert first not in set(rows[rows["night"] == FIRST]["row_key"])
    assert rows.columns.tolist() == [
        "row_key", "row", "prediction", "probability_0", "probability_1", "confidence",
        "band_low", "band_high", "version", "night", "why", "plan", "note", "answer", "reviewer",
    ]  # fmt: skip
    assert (rows[["answer", "reviewer"]] == "").all(axis=None)
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert f"{sheet}: {len(rows):,} rows to be answered." in capsys.readouterr().out


def test_a_filled_in_sheet_that_comes_back_closes_its_rows(world: World, tmp_path: Path):
    sheet = tmp_path / "sheet.csv"
    cli.main(["review", "churn", "--night", SECOND, "--to", str(sheet)])
    rows = pd.read_csv(sheet, dtype={"row_key": str})
    answers = dict.fromkeys(rows["row_key"], 1)

    record, _ = world.deliver(SECOND, answers, reviewer="ada", pseudonyms=False)

    assert record.nights[0].answered == len(answers)
    assert world.open_rows(SECOND).empty


def test_one_night_alone_can_be_asked_for(world: World, tmp_path: Path, capsys: Said):
    sheet = tmp_path / "sheet.csv"

    assert cli.main(["review", "churn", "--night", FIRST, "--to", str(sheet)]) == 0

    assert SECOND not in capsys.readouterr().out
    assert set(pd.read_csv(sheet)["night"]) == {FIRST}


def test_a_sheet_that_somebody_may_be_filling_in_is_never_written_over(
    world: World, tmp_path: Path, capsys: Said
):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("answers")

    assert cli.main(["review", "churn", "--to", str(sheet)]) == 2

    assert sheet.read_text() == "answers"
    assert "Somebody may be filling it in" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_text_that_a_spreadsheet_would_compute_is_none_any_more(
    world: World, tmp_path: Path, text: str
):
    hostile = customers(300, seed=7).drop(columns=["churned", "fold"]).assign(note=text)
    world.replace_table(FIRST, hostile)
    world.score(FIRST, unsure_below=0.65, review=("note",))
    sheet = tmp_path / "sheet.csv"

    cli.main(["review", "churn", "--night", FIRST, "--to", str(sheet)])

    assert set(pd.read_csv(sheet)["note"]) == {f"'{text}"}


def test_nights_that_showed_other_columns_stand_in_one_sheet(world: World, tmp_path: Path):
    world.score(SECOND, unsure_below=0.65, review=("region",))
    sheet = tmp_path / "sheet.csv"

    cli.main(["review", "churn", "--to", str(sheet)])

    rows = pd.read_csv(sheet)
    assert rows[rows["night"] == FIRST]["region"].isna().all()
    assert rows[rows["night"] == SECOND]["region"].notna().all()
    assert rows[rows["night"] == SECOND]["plan"].isna().all()


@pytest.mark.parametrize("words", [["nobody"], ["churn", "--night", "2026-01-01"]])
def test_what_was_never_scored_is_a_wrong_call(world: World, words: list[str], capsys: Said):
    assert cli.main(["review", *words]) == 2

    assert "scored no night" in capsys.readouterr().err


def test_a_night_that_was_erased_is_asked_about_no_more(world: World, capsys: Said):
    world.erase(FIRST)

    assert cli.main(["review", "churn", "--night", FIRST]) == 0

    assert "No row was put to people." in capsys.readouterr().out


def test_a_filled_in_sheet_passes_the_doors_of_the_shipped_dag(world: World, tmp_path: Path):
    sheet = tmp_path / "sheet.csv"
    cli.main(["review", "churn", "--to", str(sheet)])
    rows = pd.read_csv(sheet, dtype={"row_key": str})
    rows["answer"] = rows["prediction"].where(rows["night"] == FIRST).astype("Int64")
    rows["reviewer"] = rows["night"].map({FIRST: "ada"})
    rows.to_csv(sheet, index=False)

    record = answered(sheet, tmp_path / "chain", world)

    [night] = record.nights
    asked = world.unsure(FIRST)["row_key"].nunique()
    assert (night.night, night.answered, night.joined) == (FIRST, asked, asked)
    assert record.unanswered == len(world.unsure(SECOND))


def answered(sheet: Path, folder: Path, world: World) -> Labelled:
    """A sheet through snapshot, validate, redact and labels, as the DAG file says."""
    task = tasks("customer_churn_answers")
    _, validation, redaction = prepared(task, sheet, folder, night="2026-01-08")
    assert validation.verdict.passed
    assert redaction.verdict.passed
    (folder / "labelled").mkdir()
    labels = task["labels"]
    return collect(
        redaction,
        model="churn",
        night="2026-01-08",
        label=labels.target,
        scored=labels.scored,
        reviewer=labels.reviewer,
        table=folder / "redacted",
        keys=lambda night: set(world.rows(night)["row_key"].to_pylist()),
        known=world.archive().labels,
        out=folder / "labelled",
    )
