"""A question that waits does not outlive the next good candidate: it is superseded, and a no."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import TaskAwaitingInput

from airlock import ApproveOperator
from airlock.engine.record import Input
from airlock.ledger import Ledger
from airlock.stages.approve.stage import Links, question
from airlock.stages.approve.stage.answer import TIMEOUT, answer
from airlock.stages.gate.record import Change
from tests.judged import CHAMPION, GOOD, NOW, POLICY, case, interval, judged, policy

LINK = "http://localhost/dags/churn/runs/1/tasks/gate/plugin/airlock-task-instance"
ASKED = policy(approval={"required": "always"})
TONIGHT, TOMORROW = "2026-01-05", "2026-01-06"
WHY = "It was superseded: version 2, of the newer night 2026-01-06, passed the gate after it"


def asked(ledger: Ledger, **changes: Any) -> Input:
    return judged(case(**changes), ledger, policy=ASKED)


def newer(ledger: Ledger, **changes: Any) -> Input:
    """The candidate of the night after, from another run."""
    facts = {"bundle": "another", "version": 2, "night": TOMORROW}
    return judged(case(**facts | changes), ledger, policy=ASKED, run_id="scheduled__2")


def yes(who: str = "admin") -> dict[str, Any]:
    return {
        "chosen_options": ["Approve"],
        "params_input": {"reason": "looks right"},
        "responded_at": datetime(2026, 1, 6, 8, tzinfo=UTC),
        "responded_by_user": {"id": who, "name": who},
    }


def test_a_yes_after_a_newer_night_has_passed_is_a_no_and_says_why(ledger: Ledger):
    decision = asked(ledger)
    later = newer(ledger)

    said = answer(decision, yes(), ledger=ledger, now=NOW)

    why = f"{WHY} (ledger entry {later.record.sequence}). looks right"
    assert (said.approved, said.by, said.reason) == (False, "admin", why)
    assert said.verdict.passed is False
    assert ledger.entries()[-1].body["reason"] == why
    # The newer one is asked about as before.
    assert answer(later, yes(), ledger=ledger, now=NOW).approved


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({"metrics": {**GOOD, "auroc": interval(0.4)}}, id="a newer night is rejected"),
        pytest.param({"night": TONIGHT}, id="another run of the same night passes"),
        pytest.param({"night": "2025-12-24"}, id="an older night is made up for"),
        pytest.param({"night": None}, id="a source without nights"),
    ],
)
def test_a_yes_counts_as_long_as_no_newer_night_has_passed(ledger: Ledger, later: dict[str, Any]):
    decision = asked(ledger)
    newer(ledger, **later)

    assert answer(decision, yes(), ledger=ledger, now=NOW).approved


def test_what_passed_before_takes_nothing_away(ledger: Ledger):
    newer(ledger)

    assert answer(asked(ledger), yes(), ledger=ledger, now=NOW).approved


def test_a_night_that_passes_between_an_answer_and_its_entry_is_seen(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
):
    decision = asked(ledger)
    really_append = ledger.append

    def append(kind: Any, body: Any, **options: Any) -> Any:
        monkeypatch.setattr(ledger, "append", really_append)
        newer(ledger)
        return really_append(kind, body, **options)

    monkeypatch.setattr(ledger, "append", append)
    said = answer(decision, yes(), ledger=ledger, now=NOW)

    assert (said.approved, WHY in str(said.reason)) == (False, True)


def test_the_newer_question_says_whose_place_it_takes(ledger: Ledger):
    first = asked(ledger)
    body = question(newer(ledger), ledger=ledger, links=Links(gate=LINK)).body

    assert (
        "It takes the place of version 1, night 2026-01-05: nobody can say yes to that one any "
        f"more (ledger entry {first.record.sequence})."
    ) in body
    assert "takes the place" not in question(first, ledger=ledger, links=Links(gate=LINK)).body


def test_a_question_that_was_answered_no_is_no_longer_spoken_of(ledger: Ledger):
    first = asked(ledger)
    answer(first, {**yes(), "chosen_options": ["Reject"]}, ledger=ledger, now=NOW)

    assert (
        "takes the place" not in question(newer(ledger), ledger=ledger, links=Links(gate=LINK)).body
    )


# The task that waits looks around


def looking(decision: Input, ledger: Ledger, now: datetime = NOW) -> Any:
    """What the task does that Airflow wakes without an answer."""
    operator = ApproveOperator(task_id="approve", decision="address", model="churn")
    settings = SimpleNamespace(roles={}, accounts={})
    attempt: Any = SimpleNamespace(
        now=now,
        settings=settings,
        read=lambda kind, address: decision,
        ledger=lambda model, to_write: ledger,
    )
    return operator._conclude(TIMEOUT, decision.content, attempt)


def test_a_task_that_is_woken_without_an_answer_waits_on(ledger: Ledger):
    decision = asked(ledger)

    with pytest.raises(TaskAwaitingInput) as waits:
        looking(decision, ledger, NOW + timedelta(hours=19.5))

    assert waits.value.timeout == timedelta(hours=0.5)
    assert waits.value.kwargs == {"decision": decision.content}
    assert ledger.entries()[-1].kind == "decided"


def test_it_ends_by_itself_once_nobody_can_say_yes(ledger: Ledger):
    decision = asked(ledger)
    newer(ledger)

    said = looking(decision, ledger)

    assert (said.approved, said.by, WHY in str(said.reason)) == (False, None, True)
    assert said.facts() == (said.reason,)


def test_it_ends_by_itself_once_there_is_another_champion(ledger: Ledger):
    decision = asked(ledger)
    ledger.append("promoted", {"champion": CHAMPION.body()}, id="other", at=NOW)

    said = looking(decision, ledger)

    assert said.approved is False
    assert "churn has had another champion since the decision" in str(said.reason)


def test_no_answer_in_time_stays_a_no(ledger: Ledger):
    said = looking(asked(ledger), ledger, NOW + timedelta(hours=20))

    assert (said.approved, said.by, said.reason) == (False, None, None)


# What was changed


def test_the_question_shows_what_was_changed_from_what_to_what_and_by_whom(ledger: Ledger):
    changes = (
        Change.of("source", None, "s3://crm/{{ conn.airlock_signing.password }}"),
        Change.of("max_epochs", 30, 1),
        Change.of("label", "a|b", "`x`\n| forged | row |\x1b[31m\u202e"),
    )
    one = replace(case(triggered_by="op", overrides=("source",)), changes=changes)

    body = question(judged(one, ledger, policy=POLICY), ledger=ledger, links=Links(gate=LINK)).body

    lines = body.splitlines()
    assert any(row.startswith("Triggered by **op**") for row in lines)
    assert "| max\\_epochs | `30` | `1` |" in lines
    shown = next(row for row in lines if row.startswith("| source |"))
    assert "as the DAG has it" in shown
    assert "conn.airlock" in shown
    # Whatever was typed stays one cell of one row.
    assert "| forged | row |" not in lines
    assert not any(character in body for character in "\x1b\u202e")


def test_a_run_of_the_schedule_was_triggered_by_nobody(ledger: Ledger):
    body = question(asked(ledger), ledger=ledger, links=Links(gate=LINK)).body

    assert "Nobody triggered it: the schedule or an asset did." in body
    assert "Changed for this run" not in body
