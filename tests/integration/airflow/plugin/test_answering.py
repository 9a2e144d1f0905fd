"""Rows that a model is unsure of, answered in a browser by whoever may."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser import signed_in
from tests.integration.airflow.plugin.site import ASKED, Site

COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def user(site: Site) -> Iterator[BrowserContext]:
    with signed_in(site.airflow, user="user") as context:
        yield context


def test_of_two_people_one_answers_a_row_and_the_other_is_told_who(
    user: BrowserContext, site: Site, tmp_path: Path
):
    first, second = user.new_page(), user.new_page()
    for page in (first, second):
        page.goto(f"/plugin/airlock/{ASKED}")
        page.get_by_role("button", name="Answer the oldest").click()
        expect(page.get_by_text("6 rows of this night wait.")).to_be_visible()

    about = first.get_by_role("group", name="Answer about 00000000").first
    about.get_by_role("button", name="1", exact=False).last.click()
    expect(first.get_by_text("answered: 1")).to_be_visible()
    expect(first.get_by_text("5 rows of this night wait.")).to_be_visible()
    late = second.get_by_role("group", name="Answer about 00000000").first
    late.get_by_role("button", name="0", exact=False).first.click()

    expect(second.get_by_role("alert")).to_contain_text("You have answered this row before.")
    for colours in COLOURS:
        second.emulate_media(color_scheme=colours)
        second.screenshot(path=tmp_path / f"answered-{colours}.png", full_page=True)
    [file] = (site.airflow.home.var.parent / "answers").rglob("*.csv")
    assert file.read_text().splitlines()[1].endswith(",2026-01-08,1,user")
    log = site.airflow.client.request("GET", "/eventLogs?event=airlock.answer")["event_logs"]
    assert [(one["owner"], one["extra"]) for one in log] == [
        ("user", f"{ASKED}, night of 2026-01-08")
    ]
