"""Every record has a page that a person can read, and that needs nothing but itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

import pytest

import airlock.stages
from airlock.engine.record import Record
from airlock.reports import INDEX, kinds, write_report
from airlock.reports.content import Mark, Plot, describe, percent
from airlock.stages.evaluate.record import Interval
from tests.unit.reports.examples import (
    DECISION,
    EVALUATION,
    FIRST_EVALUATION,
    RECORDS,
    REDACTION,
    REJECTED_DATA,
    SNAPSHOT,
    VALIDATION,
    WHOLE_EVALUATION,
)

VOID = {"meta", "rect", "circle", "line", "path", "br"}


class Structure(HTMLParser):
    """The tags that are open, and every attribute that was met."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def page_of(record: Record, folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    write_report(record, folder)
    return (folder / INDEX).read_text(encoding="utf-8")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_page_is_whole_and_needs_nothing_else(record, tmp_path):
    page = Structure()

    page.feed(page_of(record, tmp_path))

    assert page.open == []
    assert {"script", "link", "iframe", "object", "embed"}.isdisjoint(page.tags)
    addresses = [value for name, value in page.attributes if name in {"src", "href", "action"}]
    assert addresses == []
    assert not any(name.startswith("on") for name, _ in page.attributes)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_page_is_built_for_everybody(record, tmp_path):
    text = page_of(record, tmp_path)
    page = Structure()
    page.feed(text)

    assert ("lang", "en") in page.attributes
    assert page.tags.count("h1") == 1
    assert "prefers-color-scheme: dark" in text
    plots = [tag for tag in re.findall(r"<svg[^>]*>", text) if "plot" in tag]
    assert all('role="img"' in plot and "aria-label=" in plot for plot in plots)


def test_every_stage_that_leaves_a_record_has_a_page_of_its_own():
    stages = {path.parent.name for path in Path(*airlock.stages.__path__).glob("*/record.py")}

    # score leaves two kinds: one night, and the nights that were scored again.
    assert set(kinds()) == stages | {"rescore"}


@pytest.mark.parametrize(
    ("record", "words"),
    [
        pytest.param(SNAPSHOT, ["20,000 rows frozen", "monthly_fee"], id="snapshot"),
        pytest.param(
            VALIDATION, ["1 of 2 expectations does not hold", "64 (0.3 %)"], id="quarantine"
        ),
        pytest.param(
            REJECTED_DATA,
            ["needs repair", "The table has 20,000 rows, must have at least 30,000."],
            id="rejected data",
        ),
        pytest.param(
            REDACTION, ["5,924 identifiers removed", "EMAIL_ADDRESS", "70.2 %"], id="redaction"
        ),
        pytest.param(
            EVALUATION, ["against champion version 3", "+0.0035", "0.8300 (+0.0100)"], id="rival"
        ),
        pytest.param(
            WHOLE_EVALUATION,
            [
                *("Against what costs nothing", "Logistic regression", "0.0020 to +0.0207"),
                "There is no gradient boosting (LightGBM): it could not be fitted (ValueError).",
                *("To the best baseline", "+0.0111"),
            ],
            id="baselines",
        ),
        pytest.param(FIRST_EVALUATION, ["without a champion to compare with"], id="no rival"),
        pytest.param(
            DECISION,
            ["not passed on", "1 of 3", "brier was not measured.", "not applicable"],
            id="decision",
        ),
    ],
)
def test_a_page_says_what_a_person_looks_for(record, words, tmp_path):
    page = page_of(record, tmp_path)

    assert [word for word in words if word not in page] == []


def test_what_a_file_or_a_person_wrote_cannot_become_markup(tmp_path):
    hostile = replace(SNAPSHOT, columns=(("<script>alert(1)</script>", "string"),))

    page = page_of(hostile, tmp_path)

    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_what_costs_nothing_is_the_first_table_of_an_evaluation():
    first = describe(WHOLE_EVALUATION).tables[0]

    assert first.title == "Against what costs nothing"
    assert [row[0] for row in first.rows] == [
        *("This candidate", "Majority class", "Logistic regression", "Gradient boosting (LightGBM)")
    ]
    assert {len(row) for row in first.rows} == {len(first.columns)}


def test_equal_records_give_equal_pages(tmp_path):
    assert page_of(EVALUATION, tmp_path / "a") == page_of(EVALUATION, tmp_path / "b")


def test_a_page_that_the_stage_wrote_itself_stays(tmp_path):
    (tmp_path / INDEX).write_text("its own")

    assert page_of(SNAPSHOT, tmp_path) == "its own"


def test_a_page_leads_to_the_others_in_its_folder(tmp_path):
    (tmp_path / "data_docs").mkdir()
    (tmp_path / "data_docs" / "suite.html").write_text("docs")

    assert '<a href="data_docs/suite.html">' in page_of(VALIDATION, tmp_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Record):
    stage: ClassVar[str] = "count"

    rows: int


def test_a_kind_without_a_description_shows_its_fields(tmp_path):
    page = page_of(Count(rows=12), tmp_path)

    assert "Count is done" in page
    assert "<code>12</code>" in page


def test_an_evaluation_of_nothing_still_has_a_page(tmp_path):
    nothing = replace(FIRST_EVALUATION, rows=0, candidate={})

    assert "Measured on 0 holdout rows" in page_of(nothing, tmp_path)


def test_a_value_that_does_not_vary_is_drawn_in_the_middle():
    flat = Interval(value=1.0, low=1.0, high=1.0)
    plot = Plot(marks=(Mark(who="candidate", value=flat.value, low=flat.low, high=flat.high),))

    assert plot.share(1.0) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("count", "whole", "words"),
    [
        (0, 0, "0 %"),
        (1, 20_000, "< 0.1 %"),
        (19_999, 20_000, "> 99.9 %"),
        (20_000, 20_000, "100 %"),
        (64, 20_000, "0.3 %"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_all(count, whole, words):
    assert percent(count, whole) == words
