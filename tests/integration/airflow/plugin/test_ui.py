"""The Airlock tab in a browser: what a person reads, clicks and hears."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import signed_in
from tests.integration.airflow.plugin.site import ASKED, DAG, MODEL, NOON, SCORING_DAG, STAGES, Site

Open = Callable[..., Page]
COLOURS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def viewer(site: Site) -> Iterator[BrowserContext]:
    with signed_in(site.airflow, user="viewer") as context:
        yield context


@pytest.fixture
def tab(viewer: BrowserContext, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open a run's or a task's Airlock tab; the last page is photographed, by day and by night."""
    page = viewer.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))

    def open_tab(run_id: str, task_id: str | None = None, dag_id: str = DAG) -> Page:
        place = f"/tasks/{task_id}" if task_id else ""
        page.goto(f"/dags/{dag_id}/runs/{run_id}{place}", wait_until="commit")
        page.locator("a[href*='plugin/airlock-']").click()
        return page

    yield open_tab
    for colours in COLOURS:
        page.emulate_media(color_scheme=colours)
        page.screenshot(path=tmp_path / f"{request.node.name}-{colours}.png", full_page=True)
    page.close()
    assert problems == []


def test_a_runs_tab_shows_every_stage_and_that_nothing_is_to_do(tab: Open):
    page = tab("rejected")

    expect(page.get_by_text("Nothing to do: the run ended at gate")).to_be_visible()
    stages = page.get_by_role("region", name="The night of 2026-01-05").get_by_role("listitem")
    expect(stages).to_have_count(len(STAGES))
    expect(stages.nth(0)).to_contain_text("20,000 rows frozen")
    expect(stages.nth(6)).to_contain_text("Version 4 was rejected by policy customer_churn")
    expect(stages.nth(7)).to_contain_text("skipped")


def test_a_tasks_tab_shows_verdict_figures_ledger_and_report(tab: Open):
    page = tab("rejected", "gate")

    expect(page.get_by_role("heading", name="Version 4 was rejected")).to_be_visible()
    expect(page.get_by_text("not passed on", exact=True).last).to_be_visible()
    expect(page.get_by_text("brier was not measured.").first).to_be_visible()
    expect(page.get_by_text("1 of 3")).to_be_visible()
    expect(page.get_by_text("Entry 3 of the ledger of customer_churn")).to_be_visible()
    report = page.frame_locator("iframe[title^='Report']")
    expect(report.get_by_role("table").first).to_contain_text("cannot tell")
    # The tab says the headline itself; the report below repeats nothing.
    expect(report.get_by_role("heading", level=1)).to_be_hidden()
    # Whoever changes Airflow's theme meanwhile sees the report follow.
    for colours in COLOURS:
        page.emulate_media(color_scheme=colours)
        frame = page.locator("iframe[title^='Report']")
        expect(frame).to_have_css("color-scheme", colours)


def test_the_nights_page_is_in_the_tab_of_drift(tab: Open):
    page = tab("scored", "drift", SCORING_DAG)

    expect(page.get_by_role("heading", name="Drift in usage_hours")).to_be_visible()
    report = page.frame_locator("iframe[title^='Report']")
    for title in ("How far tonight is", "Canary", "Put to people", "column by column"):
        expect(report.get_by_role("heading", name=title)).to_be_visible()
    expect(report.get_by_role("region", name="Canary").first).to_contain_text("2 of 3")
    people = report.get_by_role("region", name="Put to people").first
    expect(people).to_contain_text("424 (52.3 %)")


def test_the_report_opens_as_a_page_of_its_own(tab: Open):
    page = tab("rejected", "evaluate")

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open the report").click()

    report = opened.value
    expect(report.get_by_role("heading", level=1)).to_contain_text("Measured on 3,966 holdout rows")
    expect(report.get_by_role("img").first).to_have_attribute("aria-label", re.compile("candidate"))


def test_a_waiting_run_leads_to_the_answer(tab: Open):
    page = tab("waiting")

    page.get_by_role("link", name="Open Required Actions").click()

    expect(page).to_have_url(re.compile("/tasks/approve/required_actions$"))
    expect(page.get_by_text("May it pass?")).to_be_visible()


def test_a_broken_run_says_what_to_repair(tab: Open):
    page = tab("broken")

    expect(page.get_by_role("alert")).to_contain_text("must have at least 30,000")
    expect(page.get_by_role("link", name="Open its log")).to_be_visible()


def test_a_task_without_a_record_says_so(tab: Open):
    page = tab("fresh", "train")

    expect(page.get_by_text("No record of train yet")).to_be_visible()
    expect(page.get_by_text("It has not begun.")).to_be_visible()


def test_a_task_that_is_no_stage_says_so(tab: Open):
    page = tab("fresh", "announce")

    expect(page.get_by_text("This task is no stage of the airlock.")).to_be_visible()


def test_the_steps_work_from_the_keyboard_and_for_a_screen_reader(tab: Open):
    page = tab("rejected", "gate")
    steps = page.get_by_role("navigation", name="Stages of this run")

    expect(steps.get_by_role("link")).to_have_count(len(STAGES))
    here = steps.locator("[aria-current=step]")
    expect(here).to_have_text(re.compile("not passed on.*gate"))
    steps.get_by_role("link", name="validate").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="1 of 2 expectations does not hold")).to_be_visible()


def test_an_answer_that_fails_can_be_asked_again(tab: Open):
    page = tab("rejected")
    page.route("**/airlock/runs/**", lambda route: route.fulfill(status=503, body="{}"))

    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("The answer was 503.")
    page.unroute("**/airlock/runs/**")
    page.get_by_role("button", name="Try again").click()

    expect(page.get_by_text("20,000 rows frozen")).to_be_visible()


def test_from_the_start_page_it_takes_two_clicks_to_who_is_champion_since_when_why_and_how_good(
    tab: Open,
):
    page = tab("rejected")
    page.goto("/")

    page.get_by_role("link", name="Airlock").click()
    page.get_by_role("link", name=MODEL, exact=True).click()

    main = page.get_by_role("main")
    expect(main).to_contain_text("Version 1 is champion since Jan 9, 2026")
    expect(main).to_contain_text("by grace. complaints from the branch")
    expect(main).to_contain_text("0.79 to 0.83")
    expect(main).to_contain_text("logistic regression")


def test_the_page_tells_first_what_needs_a_person(tab: Open):
    page = tab("rejected")

    page.goto("/plugin/airlock")

    needs = page.get_by_role("region", name="What needs a person").get_by_role("listitem")
    expect(needs.filter(has_text=MODEL)).to_contain_text(
        ["2 nights (2026-01-07", "Drift alarm since the night of 2026-01-09"]
    )


def test_two_versions_stand_side_by_side(tab: Open):
    page = tab("rejected")

    page.goto(f"/plugin/airlock/{MODEL}")
    for version in (4, 2):
        page.get_by_role("checkbox", name=f"Compare version {version},").check(force=True)

    both = page.get_by_role("region", name="Two versions side by side")
    expect(both.get_by_role("row").nth(1)).to_contain_text("Metrics on the holdout")
    auroc = both.get_by_role("row").filter(has_text="auroc").first
    expect(auroc).to_contain_text("0.74 (0.72 to 0.76)")
    expect(auroc).to_contain_text("0.85 (0.83 to 0.87)")


def test_who_may_not_start_anything_sees_no_button(tab: Open):
    page = tab("rejected")

    page.goto(f"/plugin/airlock/{MODEL}")
    expect(page.get_by_role("heading", name="Champions")).to_be_visible()

    for does in ("Roll back", "Score again", "Answer", "Confirm"):
        expect(page.get_by_role("button", name=does)).to_have_count(0)


def test_a_viewer_is_told_that_rows_are_not_for_them(tab: Open):
    page = tab("rejected")

    page.goto(f"/plugin/airlock/{ASKED}")
    page.get_by_role("button", name="Answer the oldest").click()

    expect(page.get_by_text("You may not answer")).to_be_visible()
    expect(page.get_by_text("monthly_fee")).to_have_count(0)


AXE = Path(__file__).parents[4] / "ui/node_modules/axe-core/axe.min.js"
PLACES = (
    "/plugin/airlock",
    f"/plugin/airlock/{MODEL}",
    f"/plugin/airlock/{ASKED}",
    f"/plugin/airlock/{MODEL}/versions/3",
    f"/dags/{DAG}/runs/rejected/plugin/airlock-dag-run",
    f"/dags/{DAG}/runs/rejected/tasks/gate/plugin/airlock-task-instance",
)


@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_by_day_and_by_night_wide_and_narrow(tab: Open, place: str):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in ui/.")
    page = tab("rejected")

    page.goto(place)
    expect(page.locator("#airlock h2").first).to_be_visible()
    found = []
    for colours in COLOURS:
        page.emulate_media(color_scheme=colours)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate(AXE.read_text())
            found += page.evaluate(
                "axe.run('#airlock').then((it) => it.violations.map((one) => one.id))"
            )

    assert found == []


def test_one_version_tells_in_one_scroll_what_led_to_it(tab: Open):
    page = tab("rejected")

    page.goto(f"/plugin/airlock/{MODEL}/versions/3")

    expect(page.get_by_text("It is no longer champion.")).to_be_visible()
    evaluated = page.get_by_role("region", name="evaluate")
    expect(evaluated).to_contain_text("Measured on")
    expect(page.get_by_role("region", name="approval")).to_contain_text("ada said yes")
    expect(page.get_by_role("region", name="nights that it serves")).to_contain_text("2026-01-07")


def test_the_ledger_is_a_table_that_a_person_can_filter(tab: Open):
    page = tab("rejected")

    page.goto(f"/plugin/airlock/{MODEL}")
    page.get_by_role("button", name="Show the entries").click()
    page.get_by_role("textbox", name="Person").fill("grace")

    rows = page.get_by_role("region", name="Entries of the ledger").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("complaints from the branch")


@pytest.fixture
def tampered(site: Site) -> Iterator[str]:
    """A model with an altered entry; gone afterwards, since every tab reads every ledger."""
    ledger = site.ledger("tampered")
    ledger.append("run", {"run": {"dag_id": DAG, "run_id": "1"}}, id="1", at=NOON)
    ledger.append("incident", {"what": "An incident."}, id="2", at=NOON)
    site.stores["store"].put("ledger/tampered/00000002.json", b"{}")
    yield "tampered"
    for stat in list(site.stores["store"].list("ledger/tampered/")):
        site.stores["store"].delete(stat.key)


def test_a_ledger_that_does_not_verify_is_red_and_nothing_else_of_it_is_shown(
    tab: Open, tampered: str
):
    page = tab("rejected")

    page.goto(f"/plugin/airlock/{tampered}")

    expect(page.get_by_role("alert")).to_contain_text("does not verify")
    expect(page.get_by_role("heading", name="Champions")).to_have_count(0)
