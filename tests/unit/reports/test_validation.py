"""The page of validate: the worst first, counts alone, and how it went in the runs before."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from airlock.engine.record import Folder, Origin, Result
from airlock.reports import INDEX, describe
from airlock.reports.plots import Pair, Trend
from airlock.reports.validation import write_validation
from airlock.stages.validate.record import Check, Reference, Shift, Validation
from tests.unit.reports.examples import DIGEST, VALIDATION
from tests.unit.reports.test_page import Structure


def check(sentence: str, *, success: bool, severity: str = "critical", **more) -> Check:
    return Check(
        expectation="expect_column_values_to_not_be_null",
        column="fee",
        severity=severity,
        success=success,
        unexpected=more.pop("unexpected", 0),
        sentence=sentence,
        **more,
    )


def shift(column: str, measure: str, value: float | None, severity: str = "info", **more) -> Shift:
    return Shift(
        column=column,
        measure=measure,
        value=value,
        limit=0.25,
        severity=severity,
        sentence=f"{column}: {measure} told.",
        **more,
    )


SHIFTED = replace(
    VALIDATION,
    checks=(
        check("id has a value", success=True),
        check("fee has a value", success=True, unexpected=48, on_fail="quarantine"),
        check("note has a value", success=False, severity="warning", unexpected=3),
        check("age has a value", success=False, unexpected=9),
    ),
    shifts=(
        shift("plan", "nulls", 0.0),
        shift("plan", "psi", 0.01, counts=((500, 510), (500, 490))),
        shift("tenure", "nulls", 0.125),
        shift("tenure", "psi", 0.431, "critical", counts=((500, 100), (500, 900), (0, 0))),
        shift("tenure", "js", 0.081, "warning"),
        shift("left", "psi", None),
        shift("age", "psi", None, "critical"),
    ),
    reference=Reference(address="stages/validate/x/0000.json", sha256=DIGEST),
)


def earlier(record: Validation) -> Result:
    return Result(
        stage="validate",
        version=1,
        inputs={},
        record=record.to_json(),
        data=Folder(zone="raw", prefix="attempts/1/data"),
        report=Folder(zone="store", prefix="attempts/1/report"),
        made_by=Origin(dag_id="churn", run_id="run 1", task_id="validate", try_number=1),
    )


def page_of(record: Validation, folder: Path, *past: Validation) -> str:
    write_validation(record, [earlier(one) for one in past], folder)
    return (folder / INDEX).read_text(encoding="utf-8")


def test_the_page_is_whole_and_needs_nothing_else(tmp_path: Path):
    page = Structure()

    page.feed(page_of(SHIFTED, tmp_path, VALIDATION, SHIFTED))

    assert page.open == []
    assert {"script", "link", "img", "iframe"}.isdisjoint(page.tags)
    assert not [value for name, value in page.attributes if name in {"src", "href"}]


def test_what_failed_comes_first(tmp_path: Path):
    table = describe(SHIFTED).tables[0]

    assert [row[1] for row in table.rows] == [
        "age has a value",
        "note has a value",
        "id has a value",
        "fee has a value",
    ]


def test_the_reasons_for_the_quarantine_are_counted(tmp_path: Path):
    table = next(one for one in describe(SHIFTED).tables if "quarantine" in one.title)

    assert [(row[0], row[1].text) for row in table.rows] == [("fee has a value", "48 (75.0 %)")]


def test_the_column_that_shifted_most_comes_first():
    page = describe(SHIFTED)
    table = next(one for one in page.tables if "champion" in one.title)

    assert [(row[0].text, row[1].text) for row in table.rows] == [
        ("shifted", "tenure"),
        ("shifted", "age"),
        ("as before", "plan"),
        ("not compared", "left"),
    ]
    assert [getattr(cell, "text", cell) for cell in table.rows[0][2:6]] == [
        "0.431",
        "0.081",
        "12.5 %",
        "",
    ]
    assert table.rows[1][2].text == "too few rows"
    assert next(one for one in page.figures if "shifted" in one.label).value == "2 of 3"


def test_without_a_champion_the_page_says_so(tmp_path: Path):
    assert "nothing to compare with" in page_of(VALIDATION, tmp_path)


def test_the_trend_ends_with_tonight(tmp_path: Path):
    past = [replace(VALIDATION, rows=rows) for rows in (10_000, 30_000)]

    page = page_of(VALIDATION, tmp_path, *past)

    assert "The last 3 runs" in page
    assert "10,000 to 30,000" in page
    assert "oldest run first: 10,000, 30,000, 20,000" in page


def test_the_first_run_has_no_trend(tmp_path: Path):
    assert "The last" not in page_of(VALIDATION, tmp_path)


def test_a_result_of_another_version_is_left_out_of_the_trend(tmp_path: Path):
    strange = replace(earlier(VALIDATION), record={"rows": "many"})

    write_validation(VALIDATION, [strange, earlier(VALIDATION)], tmp_path)

    assert "The last 2 runs" in (tmp_path / INDEX).read_text()


def test_a_second_try_writes_the_same_page(tmp_path: Path):
    first = page_of(SHIFTED, tmp_path, VALIDATION)

    assert page_of(SHIFTED, tmp_path, VALIDATION) == first


@pytest.mark.parametrize(
    "counts",
    [
        pytest.param(((0, 0),), id="nothing at all"),
        pytest.param(((10, 0), (0, 10)), id="nothing in common"),
        pytest.param(((1, 1),) * 65, id="many bins"),
    ],
)
def test_two_histograms_are_drawn_within_their_plot(counts):
    plot = Pair(counts)

    assert all(left >= 0 and left + width <= plot.width for left, width, _ in plot.bars)
    assert all(width > 0 for _, width, _ in plot.bars)
    assert all(0 <= height <= 36 for _, _, height in plot.bars)
    assert all(0 <= float(y) <= 36 for y in re.findall(r"V([-\d.]+)", plot.steps))


def test_what_is_there_can_be_seen_and_what_is_not_there_cannot():
    assert [height > 0 for _, height in Trend([0, 1, 1_000_000], "rows").bars] == [
        False,
        True,
        True,
    ]
    assert Trend([0, 0], "rows").bars == [(1, 0.0), (9, 0.0)]
