"""The Airlock tab over a real run, as a person clicks through it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from local.services import Airflow
from tests.browser import signed_in
from tests.e2e.conftest import started

DAG = "customer_churn_training"


@pytest.fixture(scope="module")
def admin(airflow: Airflow) -> Iterator[BrowserContext]:
    with signed_in(airflow, user="admin") as context:
        yield context


@pytest.fixture
def page(admin: BrowserContext, tmp_path: Path) -> Iterator[Page]:
    page = admin.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.screenshot(path=tmp_path / "last.png", full_page=True)
    page.close()
    assert problems == []


def test_every_stage_of_a_real_run_can_be_read(airflow: Airflow, page: Page, tmp_path: Path):
    run = started(airflow, DAG, night="2026-01-05")
    states = airflow.client.wait(run)
    done = [stage for stage, state in states.items() if state == "success"]

    page.goto(f"/dags/{run.dag_id}/runs/{run.run_id}", wait_until="commit")
    page.locator("a[href*='plugin/airlock-']").click()
    expect(page.get_by_role("region", name="The night of 2026-01-05")).to_be_visible()
    page.screenshot(path=tmp_path / "run.png")
    page.get_by_role("link", name="snapshot", exact=True).last.click()

    steps = page.get_by_role("navigation", name="Stages of this run")
    for stage in done:
        steps.get_by_role("link", name=stage).click()
        expect(page.locator("details > summary")).to_have_text("The record itself")
        report = page.frame_locator("iframe[title^='Report']")
        expect(report.locator("body")).not_to_be_empty()
        expect(page.get_by_role("alert")).to_have_count(0)
        page.screenshot(path=tmp_path / f"{stage}.png", full_page=True)
