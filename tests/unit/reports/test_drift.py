"""The page of drift: who is to blame, what it asks for, and how the last nights went."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airlock.reports import INDEX, describe
from airlock.reports.drift import write_drift
from airlock.stages.drift.record import Course, Drift
from tests.unit.reports.examples import DRIFT


def page(record: Drift, folder: Path, earlier: list[Drift]) -> str:
    write_drift(record, earlier, folder)
    return (folder / INDEX).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("record", "headline"),
    [
        pytest.param(DRIFT, "Drift in usage_hours", id="drift"),
        pytest.param(replace(DRIFT, enough=False), "Too few rows to tell drift", id="too few"),
        pytest.param(
            replace(DRIFT, distances=DRIFT.distances[1:], course=Course()),
            "No drift in what was compared",
            id="calm",
        ),
    ],
)
def test_the_headline_says_what_happened(record: Drift, headline: str):
    assert describe(record).headline == headline


def test_the_retrain_and_its_reason_are_on_the_page(tmp_path: Path):
    text = page(DRIFT, tmp_path, [])

    assert (
        "A retrain is asked for. Drift in usage_hours (PSI 0.41) since 2026-01-06, seen on "
        "2026-01-07." in text
    )
    assert "it has too many values to count" in text
    assert "<b>" not in text


def test_sixty_nights_are_drawn_column_by_column(tmp_path: Path):
    calm = replace(DRIFT.distances[0], psi=0.02, drifted=False)
    earlier = [
        replace(
            DRIFT,
            night=f"2025-12-{day:02d}",
            distances=(calm, *DRIFT.distances[1:]),
            course=Course(),
        )
        for day in range(1, 31)
    ]

    text = page(DRIFT, tmp_path, earlier)

    assert "The last 31 nights, column by column" in text
    assert "PSI of usage_hours, oldest run first: 0.02, 0.02" in text
    assert text.count("2025-12-") == 30


def test_nights_in_which_a_column_was_not_compared_are_not_drawn_as_no_drift(tmp_path: Path):
    earlier = [replace(DRIFT, distances=DRIFT.distances[:1])]

    assert "PSI of plan&lt;b&gt;, oldest run first: 0.003" in page(DRIFT, tmp_path, earlier)
