"""What a person should do next, in every state of a run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from airlock.api.progress import FLOW, Found, TaskState, next_step, stage_of, stage_views
from airlock.engine.failure_notes import Failure
from airlock.engine.record import Receipt, Record
from airlock.overview.standing import Standing
from airlock.reports import kinds
from tests.unit.reports.examples import DECISION, REJECTED_DATA, SNAPSHOT


def found(record: Record) -> Found:
    receipt = Receipt(
        stage=record.stage,
        dag_id="churn",
        run_id="night",
        task_id=record.stage,
        try_number=1,
        night="2026-01-05",
        address="stages/x/k/0000.json",
        sha256="0" * 64,
        reused=False,
        seconds=1.5,
        at=datetime(2026, 1, 6, tzinfo=UTC),
    )
    return Found(receipt=receipt, record=record)


def tasks(**states: str | None) -> list[TaskState]:
    return [TaskState(task_id=word, stage=word, state=state) for word, state in states.items()]


def test_the_tab_knows_every_stage_that_leaves_a_page():
    assert sorted(FLOW) == sorted(kinds())


def test_stages_stand_in_the_order_of_the_flow_whatever_airflow_says():
    views = stage_views(tasks(promote=None, gate=None, snapshot=None), {})

    assert [view.stage for view in views] == ["snapshot", "gate", "promote"]


@pytest.mark.parametrize(
    ("states", "records", "sentence", "page"),
    [
        pytest.param(
            {"gate": "success", "approve": "awaiting_input", "promote": None},
            [],
            "Approve waits for a person",
            "required_actions",
            id="somebody must answer",
        ),
        pytest.param(
            {"snapshot": "success", "validate": "failed", "redact": "upstream_failed"},
            [REJECTED_DATA],
            "must have at least 30,000. Repair that.",
            "",
            id="data must be repaired",
        ),
        pytest.param(
            {"snapshot": "failed", "validate": "upstream_failed"},
            [],
            "Repair what its log names.",
            "",
            id="an accident",
        ),
        pytest.param(
            {"gate": "success", "approve": "skipped", "promote": "skipped"},
            [DECISION],
            "the run ended at gate, as it should",
            None,
            id="a rejection is a fine end",
        ),
        pytest.param(
            {"snapshot": "success", "validate": "running", "redact": None},
            [],
            "Validate is at work",
            None,
            id="at work",
        ),
        pytest.param({"snapshot": None}, [], "Snapshot comes next", None, id="not begun"),
        pytest.param(
            {"gate": "success", "promote": "success"}, [], "new champion", None, id="promoted"
        ),
        pytest.param({"score": "success"}, [], "the run is complete", None, id="scored"),
        pytest.param({"score": "skipped"}, [], "Nothing of this run", None, id="all skipped"),
        pytest.param({}, [], "Nothing of this run", None, id="no stage at all"),
    ],
)
def test_the_next_step_is_the_most_urgent_one(states, records, sentence, page):
    left = {record.stage: found(record) for record in records}

    step = next_step(stage_views(tasks(**states), left), left)

    assert sentence in step.sentence
    assert step.page == page


def test_a_cleared_task_no_longer_shows_its_old_record():
    before, cleared = (
        stage_views(tasks(snapshot=state), {"snapshot": found(SNAPSHOT)})[0]
        for state in ("success", None)
    )

    assert before.headline == "20,000 rows frozen"
    assert (cleared.headline, cleared.step) == (None, "pending")


@pytest.mark.parametrize(
    ("task_id", "operator", "stage"),
    [
        ("gate", "GateOperator", "gate"),
        ("judge", "GateOperator", "gate"),
        ("gate", "MyGate", "gate"),
        ("glass", "BreakGlassOperator", "break_glass"),
        ("send_mail", "EmailOperator", None),
        ("send_mail", None, None),
    ],
)
def test_a_stage_is_known_by_its_operator_or_its_task_id(task_id, operator, stage):
    assert stage_of(task_id, operator) == stage


FAILED = Failure(
    dag_id="churn",
    run_id="night",
    task_id="snapshot",
    try_number=2,
    night="2026-01-05",
    what="The source is empty.",
    do="Deliver it again.",
    again=False,
    at=datetime(2026, 1, 6, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("state", "tries", "told"),
    [
        pytest.param("failed", 2, True, id="it failed"),
        pytest.param("up_for_retry", 2, True, id="it is tried again"),
        pytest.param("running", 2, False, id="it is at work again"),
        pytest.param("success", 2, False, id="it went well"),
        pytest.param("failed", 3, False, id="an earlier try failed"),
    ],
)
def test_a_failed_stage_shows_its_errors_sentence_and_what_to_do(state, tries, told):
    task = TaskState(task_id="snapshot", stage="snapshot", state=state, try_number=tries)

    [view] = stage_views([task], {}, failed={"snapshot": FAILED})

    assert (view.problem is not None) is told
    if told:
        assert "The source is empty. Deliver it again." in next_step([view], {}).sentence


def test_what_the_ledger_says_now_comes_before_what_the_run_said():
    left = {"gate": found(DECISION)}
    views = stage_views(tasks(gate="success", promote="success"), left)
    rolled = Standing(sentence="Version 4 was champion until noon: rolled back.", holds=False)

    step = next_step(views, left, standing=rolled)

    assert (step.sentence, step.holds) == (rolled.sentence, False)


def test_a_stale_question_leads_to_evaluate_though_it_still_waits():
    views = stage_views(tasks(evaluate="success", gate="success", approve="awaiting_input"), {})
    stale = Standing(sentence="Clear it from evaluate on.", holds=False, clear="evaluate")

    step = next_step(views, {}, standing=stale)

    assert (step.sentence, step.task_id) == (stale.sentence, "evaluate")
