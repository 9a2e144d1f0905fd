"""What stands above a report: what it belongs to, in text, and a way back."""

from __future__ import annotations

import pytest

from airlock.api.heading import Heading
from tests.payloads import PAYLOADS

PAGE = b"<!doctype html>\n<body>\n<main>\n  <header>\n  </header>\n</main>\n"
HEADING = Heading(
    dag_id="churn training",
    run_id="manual__2026-01-05T00:00:00+00:00",
    task_id="promote",
    model="churn",
    version=3,
    night="2026-01-05",
    now="Version 3 was champion until 2026-01-09 02:00 UTC: rolled back by grace.",
)


def test_a_report_says_what_it_belongs_to_what_holds_now_and_leads_back():
    page = HEADING.over(PAGE).decode()

    assert "churn · version 3 · night of 2026-01-05" in page
    assert "rolled back by grace." in page
    assert (
        'href="../../../../../../dags/churn%20training/runs/'
        'manual__2026-01-05T00%3A00%3A00%2B00%3A00/tasks/promote/plugin/airlock-task-instance"'
    ) in page
    assert page.index("churn · version 3") < page.index("  <header>")


def test_a_page_of_another_library_stays_as_it_is():
    docs = b"<html><body><p>Data Docs</p></body></html>"

    assert HEADING.over(docs) == docs


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)
def test_whatever_a_run_or_a_person_is_called_is_text(text: str):
    heading = Heading(
        dag_id=text, run_id=text, task_id=text, model=text, night=text, now=text, version=1
    )

    page = heading.over(PAGE).decode()

    assert "<script" not in page
    assert "<img" not in page
    assert page.count("<a ") == 1
