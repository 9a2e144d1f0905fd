"""The page of redact: what failed stands first, and only canaries are shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from airlock.engine.record import Folder, Result
from airlock.reports import INDEX
from airlock.reports.redaction import write_redaction
from airlock.stages.redact.record import Anonymity, Example, PlantedIdentifier, Redaction, Residue
from tests.judged import ORIGIN
from tests.unit.reports.examples import REDACTION

PROVEN = replace(
    REDACTION,
    canaries=(PlantedIdentifier(column="support_note", entity="PERSON", planted=64, caught=64),),
    examples=(Example(column="support_note", before="to Zan <b>", after="to <PERSON>"),),
    anonymity=Anonymity(columns=("plan",), groups=4, smallest=112, rare=0),
)


def written(record: Redaction, folder: Path, *earlier: Redaction) -> str:
    write_redaction(record, map(ended, earlier), folder)
    return (folder / INDEX).read_text(encoding="utf-8")


def ended(record: Redaction) -> Result:
    return Result(
        stage="redact",
        version=2,
        inputs={},
        record=record.to_json(),
        data=Folder(zone="store", prefix="d"),
        report=Folder(zone="store", prefix="r"),
        made_by=ORIGIN,
    )


def test_the_proofs_are_on_the_page(tmp_path: Path):
    page = written(PROVEN, tmp_path)

    assert "64 planted identifiers" in page
    assert "100.0 %" in page
    assert "nothing left" in page
    assert "to &lt;PERSON&gt;" in page
    assert "112" in page
    assert "<script" not in page


def test_a_proof_that_failed_is_the_headline(tmp_path: Path):
    leak = Residue(column="plan", kind="EMAIL_ADDRESS", rows=12, outcome="leak")

    page = written(replace(PROVEN, residues=(leak,), reasons=("plan leaks.",)), tmp_path)

    assert "Nothing goes on: 1 proof failed" in page
    assert "plan leaks." in page
    assert "nothing left" not in page


def test_a_canary_that_came_out_says_nothing_of_rows_that_nobody_looked_at(tmp_path: Path):
    missed = PlantedIdentifier(column="support_note", entity="PERSON", planted=64, caught=63)

    page = written(replace(PROVEN, canaries=(missed,), reasons=("It is blind.",)), tmp_path)

    assert "missed" in page
    assert "nothing left" not in page


def test_a_dropped_text_says_why(tmp_path: Path):
    unread = replace(REDACTION.columns[2], action="drop", unread=True)

    page = written(replace(REDACTION, columns=(unread,)), tmp_path)

    assert "patterns alone miss names" in page


def test_the_last_runs_are_shown_and_what_no_longer_reads_is_left_out(tmp_path: Path):
    broken = replace(ended(PROVEN), record={"rows": "many"})
    before = replace(PROVEN, rows=10_000)

    write_redaction(PROVEN, [ended(before), broken], tmp_path)

    page = (tmp_path / INDEX).read_text(encoding="utf-8")
    assert "The last 2 runs" in page
    assert "Rows, oldest run first: 10,000, 19,936" in page
