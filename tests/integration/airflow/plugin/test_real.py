"""People decide on the page, over real runs: an approval in three clicks, a rollback in five."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from airlock.catalogs.predictions import Partition, publish
from local.services import Airflow
from tests.answering import PROMOTED, answers, states, waiting
from tests.browser import signed_in
from tests.integration.airflow.test_rollback import two_champions
from tests.judged import NOW

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def op(airflow: Airflow) -> Iterator[BrowserContext]:
    with signed_in(airflow, user="op") as context:
        yield context


def pictured(page: Page, to: Path) -> None:
    """By day and by night, wide and narrow."""
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme=colours)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{to}-{colours}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_an_approval_takes_three_clicks_and_a_late_second_tab_gets_a_sentence(
    airflow: Airflow, op: BrowserContext, tmp_path: Path
):
    run = waiting(airflow)
    first, second = op.new_page(), op.new_page()
    for page in (first, second):
        page.goto("/")
        page.get_by_role("link", name="Airlock").click()
        mine = page.get_by_role("listitem").filter(has_text="waits for a yes or a no").first
        mine.get_by_role("button", name="Answer").click()
        page.get_by_label("Why?").fill("Looks right.")

    first.get_by_role("button", name="Approve").click()
    expect(first.get_by_text("You said: approve")).to_be_visible()
    second.get_by_role("button", name="Reject").click()

    expect(second.get_by_text("Somebody answered before you.")).to_be_visible()
    pictured(second, tmp_path / "late")
    assert states(airflow, run) == PROMOTED
    assert next((one.body["by"], one.body["reason"]) for one in answers(airflow, run)) == (
        "op",
        "Looks right.",
    )


def test_a_rollback_and_the_form_to_score_again_take_five_clicks(
    airflow: Airflow, op: BrowserContext, tmp_path: Path
):
    ledger = two_champions(airflow, "five", tmp_path)
    partition = Partition(
        model="five",
        night="2026-01-06",
        role="served",
        versions=(2,),
        sequence=2,
        scoring="stages/score/five/0000.json",
        sha256="0" * 64,
        rows=1,
    )
    publish(ledger, partition, at=NOW)
    page = op.new_page()
    page.goto("/")

    page.get_by_role("link", name="Airlock").click()
    page.get_by_role("link", name="five", exact=True).click()
    page.get_by_role("button", name="Roll back to version 1").click()
    expect(page.get_by_text("1 night is served by version 2")).to_be_visible()
    page.get_by_label("Why?").fill("complaints from the branch")
    page.get_by_role("button", name="Roll back to version 1").click()
    again = page.get_by_role("button", name="Score again")
    expect(again).to_be_enabled(timeout=240_000)
    pictured(page, tmp_path / "again")
    again.click()

    # Its DAG is none of this folder's: that Airflow was asked is what counts here.
    expect(page.get_by_role("alert")).to_contain_text("model_rescore")
    assert ledger.entries()[-1].kind in {"rolled_back", "incident", "recorded"}
