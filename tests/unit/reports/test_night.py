"""Who is on trial and what waits for people, in tables of a night's page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from airlock.catalogs.review_queue import Queue
from airlock.reports import INDEX, describe
from airlock.reports.content import Badge
from airlock.reports.drift import write_drift
from airlock.reports.night import challenger_table, queue_table, unread_table
from tests.unit.reports.examples import DRIFT, QUEUE, RECORDS, TRIAL


def test_a_challenger_is_shown_with_how_far_it_has_come():
    [row] = challenger_table(TRIAL).rows

    assert row == (
        Badge("version 5", "unsure"),
        "version 4",
        "25%",
        "2 of 3",
        "4, 2 with labels needed",
        "Entry 24: auroc is 0.79 on 912 labelled rows.",
    )


def test_how_the_last_trial_ended_is_shown_once_nobody_is_on_trial():
    table = challenger_table(replace(TRIAL, share=0.0))

    assert table.rows[0][0] == Badge("version 5", "bad")
    assert table.note == "No challenger is on trial. Version 5 fell back by ledger entry 24."


def test_without_any_trial_ever_that_is_said():
    table = challenger_table(None)

    assert (table.rows, table.note) == ((), "No challenger is on trial.")


def test_the_queue_is_one_line_with_shares_age_and_overrides():
    table = queue_table(QUEUE)

    assert table.rows == (
        ("810 (2.0 %)", "424 (52.3 %)", "2026-01-05, 1 night old", "371", "64 (17.3 %)"),
    )
    assert table.note.endswith("1 night cannot be read any more.")


def test_a_queue_that_nobody_waits_in_has_no_line():
    assert queue_table(Queue(last="2026-01-06", nights=(), rows=20_000)).rows == ()


def test_the_page_of_drift_shows_both_between_tonight_and_the_nights_before(tmp_path: Path):
    beside = (challenger_table(TRIAL), unread_table("Put to people", "The store is <gone>."))

    write_drift(DRIFT, [DRIFT], tmp_path, beside=beside)

    text = (tmp_path / INDEX).read_text()
    places = [text.index(f">{title}</h2>") for title in ("Not compared", "Canary", "Put to people")]
    assert places == sorted(places)
    assert places[-1] < text.index("column by column")
    assert "The store is &lt;gone&gt;." in text


def test_the_page_of_live_shows_the_queue_night_by_night():
    [live] = [one for one in RECORDS if one.stage == "live"]

    page = describe(live)

    assert [figure.value for figure in page.figures][-2:] == ["424", "17.3%"]
    nights = next(table for table in page.tables if table.title.endswith("by night"))
    assert [row[0] for row in nights.rows] == ["2026-01-06", "2026-01-05"]
