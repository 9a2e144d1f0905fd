"""Reminders: a question that waits too long is told of, once, while an answer still counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airlock.engine.record import Input
from airlock.ledger import Ledger
from airlock.stages.approve.stage import answer
from airlock.stages.reconcile.reminders import Waiting, due, remind
from tests.judged import CHAMPION, NOW, case, judged, policy

RULE = {"required": "always", "remind_after_hours": 4, "escalate_after_hours": 10}


def asked(ledger: Ledger, **rule: Any) -> Input:
    return judged(case(), ledger, policy=policy(approval=RULE | rule))


def after(hours: float, ledger: Ledger) -> list[str]:
    return [one.level for one in due(ledger, now=NOW + timedelta(hours=hours))]


def said(decision: Input, ledger: Ledger, option: str, *, who: str = "ada", seat: int = 1) -> None:
    event = {
        "chosen_options": [option],
        "params_input": {"reason": "looks right"},
        "responded_at": NOW,
        "responded_by_user": {"id": who, "name": who},
    }
    answer(decision, event, ledger=ledger, now=NOW, seat=seat, roles={"leads": ("joan",)})


@pytest.mark.parametrize(
    ("hours", "levels"),
    [
        pytest.param(3.9, [], id="not yet"),
        pytest.param(4, ["reminder"], id="a reminder"),
        pytest.param(10, ["reminder", "escalation"], id="an escalation"),
        pytest.param(20, [], id="too late to answer"),
    ],
)
def test_the_policy_says_when_somebody_is_told_again(
    ledger: Ledger, hours: float, levels: list[str]
):
    asked(ledger)

    assert after(hours, ledger) == levels


def test_a_policy_that_names_no_hours_reminds_nobody(ledger: Ledger):
    asked(ledger, remind_after_hours=None, escalate_after_hours=None)

    assert after(19, ledger) == []


def test_what_nobody_was_asked_about_is_not_told_of(ledger: Ledger):
    asked(ledger, required="never")

    assert after(5, ledger) == []


@pytest.mark.parametrize("option", ["Approve", "Reject"])
def test_what_was_answered_is_not_told_of(ledger: Ledger, option: str):
    said(asked(ledger), ledger, option)

    assert after(5, ledger) == []


def test_one_yes_of_two_still_waits_and_says_so(ledger: Ledger):
    said(asked(ledger, count=2, approvers=["ada", "joan"], roles=["leads"]), ledger, "Approve")

    [one] = due(ledger, now=NOW + timedelta(hours=5))

    assert one.message == (
        "Version 1 of churn still waits for approval (1 of 2 said yes) by ada, joan, the role "
        "leads. No answer until 2026-01-06 22:30 UTC is a no."
    )
    assert (one.dag_id, one.run_id) == ("churn_training", "manual__1")


def test_a_decision_about_a_champion_that_is_gone_is_not_told_of(ledger: Ledger):
    asked(ledger)
    ledger.append("promoted", {"champion": CHAMPION.body()}, id="another", at=NOW)

    assert after(5, ledger) == []


def test_each_is_told_of_once(ledger: Ledger):
    asked(ledger)
    told: list[Waiting] = []

    def tell(one: Waiting) -> bool:
        told.append(one)
        return True

    for hours in (3, 4, 5, 10, 11):
        remind(ledger, now=NOW + timedelta(hours=hours), tell=tell)

    assert [one.level for one in told] == ["reminder", "escalation"]


def test_who_could_not_be_told_is_told_next_time(ledger: Ledger):
    asked(ledger)
    answers = iter([False, True])
    now = NOW + timedelta(hours=4)

    assert [remind(ledger, now=now, tell=lambda _: next(answers)) for _ in range(3)] == [0, 1, 0]


def test_nobody_is_reminded_of_what_a_newer_night_took_the_place_of(ledger: Ledger):
    asked(ledger)
    later = case(bundle="another", version=2, night="2026-01-06")
    judged(later, ledger, policy=policy(approval=RULE), run_id="scheduled__2")

    waiting = due(ledger, now=NOW + timedelta(hours=5))

    assert [one.version for one in waiting] == [2]
