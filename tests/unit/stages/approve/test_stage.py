"""Approve: a yes counts only if a person who may say it says it, with a reason, about this."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from airlock.core.errors import Conflict, SettingsError, SpecError, Unverified
from airlock.engine.record import Input
from airlock.ledger import Ledger
from airlock.stages.approve.stage import Links, answer, answered_before, question
from airlock.stages.gate.spec import Policy
from tests.judged import CHAMPION, NOW, POLICY, case, judged

ADMIN = {"id": "1", "name": "admin"}
OP = {"id": "2", "name": "op"}
LINK = "http://localhost/dags/churn/runs/1/tasks/gate/plugin/airlock-task-instance"


def policy(**approval: Any) -> Policy:
    rules = {"required": "always", **approval}
    return Policy.model_validate({**POLICY.to_json(), "approval": rules})


@pytest.fixture
def decision(ledger: Ledger) -> Input:
    """Asked of everybody; op triggered the run."""
    return judged(case(triggered_by="op"), ledger, policy=policy())


def event(
    option: str = "Approve", *, user: Any = ADMIN, reason: Any = "looks right"
) -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": {"reason": reason},
        "responded_at": datetime(2026, 1, 6, 8, tzinfo=UTC),
        "responded_by_user": user,
        "timedout": False,
    }


TIMEOUT = {"error": "The response timeout has passed.", "error_type": "timeout"}


# The question


def test_people_see_version_rules_champion_and_digests(decision: Input, ledger: Ledger):
    asked = question(decision, ledger=ledger, links=Links(gate=LINK))

    assert "churn version 1" in asked.subject
    for part in (
        "2026-01-05",
        "**churn: nobody yet > version 1**",
        r"0.8000 \[0.7950, 0.8050\]",
        LINK,
    ):
        assert part in asked.body
    assert decision.content in asked.body
    assert decision.record.bundle in asked.body


def test_everybody_with_the_right_may_answer_if_the_policy_names_nobody(
    decision: Input, ledger: Ledger
):
    assert question(decision, ledger=ledger, links=Links(gate=LINK)).assigned == ()


def test_only_those_whom_the_policy_names_may_answer_but_not_who_triggered_the_run(
    ledger: Ledger,
):
    rules = policy(approvers=("op", "admin"))

    asked = question(
        judged(case(triggered_by="op"), ledger, policy=rules), ledger=ledger, links=Links(gate=LINK)
    )

    assert asked.assigned == ("admin",)


def test_a_run_that_only_its_own_approver_triggered_is_refused(ledger: Ledger):
    decision = judged(case(triggered_by="op"), ledger, policy=policy(approvers=("op",)))

    with pytest.raises(SpecError, match="names nobody but op"):
        question(decision, ledger=ledger, links=Links(gate=LINK))


# The answer


def test_a_yes_is_written_down_bound_to_the_decision(decision: Input, ledger: Ledger):
    approval = answer(decision, event(), ledger=ledger, now=NOW)

    entry = ledger.entries()[approval.sequence - 1]
    assert approval.verdict.passed
    assert entry.kind == "approved"
    assert entry.body == {
        "decision": decision.content,
        "decided_sequence": decision.record.sequence,
        "bundle": decision.record.bundle,
        "version": 1,
        "seat": 1,
        "approved": True,
        "by": "admin",
        "by_id": "1",
        "answered_at": "2026-01-06T08:00:00+00:00",
        "reason": "looks right",
    }


def test_a_no_is_written_down_as_well(decision: Input, ledger: Ledger):
    approval = answer(
        decision, event("Reject", reason="wait for the audit"), ledger=ledger, now=NOW
    )

    assert not approval.verdict.passed
    assert not approval.verdict.repair
    assert approval.facts() == (
        "admin rejected it at 2026-01-06T08:00:00+00:00: wait for the audit",
    )
    assert ledger.entries()[-1].body["approved"] is False
    assert ledger.state().champion is None


def test_a_no_needs_no_reason(decision: Input, ledger: Ledger):
    approval = answer(decision, event("Reject", reason=""), ledger=ledger, now=NOW)

    assert (approval.approved, approval.reason) == (False, None)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        pytest.param(event(user=None), "does not say who", id="nobody is nobody"),
        pytest.param(event(user=OP), "Whoever triggers a run", id="who triggered the run"),
        pytest.param(
            event(user={"id": "op", "name": "Olga"}), "Whoever triggers a run", id="the same id"
        ),
        pytest.param(
            event(user={"id": "Anonymous", "name": "Anonymous"}),
            "so nobody answered",
            id="where nobody signs in",
        ),
        pytest.param(
            event() | {"responded_at": datetime(2026, 1, 6, 22, 31, tzinfo=UTC)},
            "came too late",
            id="after its time",
        ),
        pytest.param(event() | {"responded_at": None}, "came too late", id="at no time"),
        pytest.param(
            event() | {"responded_at": "2026-01-06T03:00:00"}, "came too late", id="without a zone"
        ),
        pytest.param(event(reason=""), "without a reason", id="no reason"),
        pytest.param(event(reason="   "), "without a reason", id="blank reason"),
        pytest.param(event(reason=["yes"]), "without a reason", id="a reason of another type"),
        pytest.param(event() | {"params_input": None}, "without a reason", id="no form"),
        pytest.param(event() | {"chosen_options": []}, "looks right", id="no option"),
        pytest.param(
            event() | {"chosen_options": ["Approve", "Reject"]}, "looks right", id="both options"
        ),
        pytest.param({"error_type": "unknown"}, "does not say who", id="an error"),
        pytest.param({}, "does not say who", id="nothing"),
    ],
)
def test_whatever_is_not_a_clear_yes_is_a_no(
    decision: Input, ledger: Ledger, given: dict[str, Any], why: str
):
    approval = answer(decision, given, ledger=ledger, now=NOW)

    assert approval.approved is False
    assert why in approval.facts()[0]
    assert ledger.entries()[-1].body["approved"] is False


def test_an_answer_by_somebody_whom_the_policy_does_not_name_is_a_no(ledger: Ledger):
    decision = judged(case(), ledger, policy=policy(approvers=("1",)))

    approval = answer(decision, event(user=OP), ledger=ledger, now=NOW)

    assert approval.approved is False
    assert approval.reason == "The policy does not name them as approver. looks right"


def test_a_display_name_does_not_make_an_approver(ledger: Ledger):
    decision = judged(case(), ledger, policy=policy(approvers=("admin",)))

    approval = answer(decision, event(user={"id": "9", "name": "admin"}), ledger=ledger, now=NOW)

    assert approval.approved is False


@pytest.mark.parametrize(
    ("user", "approved"),
    [
        pytest.param({"id": "1", "name": "admin"}, True, id="the account of the settings"),
        pytest.param({"id": "9", "name": "admin"}, False, id="another account of that name"),
        pytest.param({"id": "admin", "name": "admin"}, False, id="an account called like the name"),
    ],
)
def test_where_accounts_have_ids_of_their_own_the_settings_say_whose_they_are(
    ledger: Ledger, user: dict[str, str], approved: bool
):
    decision = judged(case(), ledger, policy=policy(approvers=("admin",)))

    approval = answer(
        decision, event(user=user), ledger=ledger, now=NOW, accounts={"admin": "1", "op": "2"}
    )

    assert approval.approved is approved


def test_no_answer_in_time_is_a_no(decision: Input, ledger: Ledger):
    approval = answer(decision, TIMEOUT, ledger=ledger, now=NOW)

    assert (approval.approved, approval.by) == (False, None)
    assert approval.facts() == ("Nobody answered in time, so it is not promoted.",)


def test_a_decision_is_answered_once(decision: Input, ledger: Ledger):
    first = answer(decision, event("Reject"), ledger=ledger, now=NOW)

    assert answered_before(decision, ledger) == first


def test_an_unanswered_decision_has_no_answer(decision: Input, ledger: Ledger):
    assert answered_before(decision, ledger) is None


def test_an_answer_does_not_pass_on_to_another_decision(decision: Input, ledger: Ledger):
    answer(decision, event(), ledger=ledger, now=NOW)
    result = replace(decision.result, record={**decision.result.record, "policy": "lax"})

    with pytest.raises(Unverified, match="answers another decision"):
        answered_before(replace(decision, result=result), ledger)


def test_a_novel_is_cut(decision: Input, ledger: Ledger):
    approval = answer(decision, event(reason="x" * 10_000), ledger=ledger, now=NOW)

    assert len(approval.reason or "") == 500


# What makes a decision stale


def test_a_yes_about_a_champion_that_is_gone_is_refused_and_never_written(
    decision: Input, ledger: Ledger
):
    crown(ledger)

    with pytest.raises(Conflict, match="another champion since the decision"):
        answer(decision, event(), ledger=ledger, now=NOW)

    assert not [entry for entry in ledger.entries() if entry.kind == "approved"]


def test_a_no_counts_whoever_is_champion(decision: Input, ledger: Ledger):
    crown(ledger)

    assert not answer(decision, event("Reject"), ledger=ledger, now=NOW).approved


def test_nobody_is_asked_about_a_champion_that_is_gone(decision: Input, ledger: Ledger):
    crown(ledger)

    with pytest.raises(Conflict, match="Clear the run from evaluate on"):
        question(decision, ledger=ledger, links=Links(gate=LINK))


def test_a_decision_that_the_ledger_does_not_hold_is_neither_asked_nor_answered(
    decision: Input, ledger: Ledger
):
    record = replace(decision.record, version=9)
    made = replace(decision.result, record=record.to_json())
    forged = replace(decision, result=made, record=record)

    with pytest.raises(Unverified, match="does not hold this decision"):
        question(forged, ledger=ledger, links=Links(gate=LINK))
    with pytest.raises(Unverified, match="does not hold this decision"):
        answer(forged, event(), ledger=ledger, now=NOW)


# Several people


@pytest.fixture
def two(ledger: Ledger) -> Input:
    """Asked of two of three people."""
    return judged(case(), ledger, policy=policy(count=2, approvers=("1", "2", "3")))


def test_the_second_person_is_told_who_was_first_and_the_first_is_not_asked_again(
    two: Input, ledger: Ledger
):
    answer(two, event(user=ADMIN), ledger=ledger, now=NOW)

    asked = question(two, ledger=ledger, links=Links(gate=LINK), seat=2)

    assert asked.assigned == ("2", "3")
    assert "(2 of 2)" in asked.subject
    assert "**admin** said yes: looks right" in asked.body


@pytest.mark.parametrize(
    "again",
    [
        pytest.param(ADMIN, id="the same account"),
        pytest.param({"id": "3", "name": "admin"}, id="another account of the same name"),
        pytest.param({"id": "1", "name": "ada"}, id="the same account, renamed"),
    ],
)
def test_nobody_counts_twice(two: Input, ledger: Ledger, again: dict[str, str]):
    answer(two, event(user=ADMIN), ledger=ledger, now=NOW)

    approval = answer(two, event(user=again), ledger=ledger, now=NOW, seat=2)

    assert not approval.approved
    assert "said yes already" in approval.facts()[0]


def test_nobody_is_asked_second_before_somebody_was_first(two: Input, ledger: Ledger):
    with pytest.raises(Unverified, match="before the 1 before it said yes"):
        question(two, ledger=ledger, links=Links(gate=LINK), seat=2)
    with pytest.raises(Unverified):
        answer(two, event(), ledger=ledger, now=NOW, seat=2)


def test_after_a_no_nobody_is_asked_second(two: Input, ledger: Ledger):
    answer(two, event("Reject"), ledger=ledger, now=NOW)

    with pytest.raises(Unverified):
        question(two, ledger=ledger, links=Links(gate=LINK), seat=2)


def test_all_of_them_have_the_same_time(two: Input, ledger: Ledger):
    first = question(two, ledger=ledger, links=Links(gate=LINK))
    answer(two, event(), ledger=ledger, now=NOW + timedelta(hours=5))

    second = question(two, ledger=ledger, links=Links(gate=LINK), seat=2)

    assert first.until == second.until == NOW + timedelta(hours=20)


def test_too_few_people_besides_who_triggered_the_run_are_named_at_once(ledger: Ledger):
    rules = policy(count=2, approvers=("op", "ada"))
    decision = judged(case(triggered_by="op"), ledger, policy=rules)

    with pytest.raises(SpecError, match="asks for 2 more, and names nobody but ada"):
        question(decision, ledger=ledger, links=Links(gate=LINK))


# Roles


ROLES = {"ml_leads": ("2", "7")}


def test_members_of_a_role_may_answer_beside_those_who_are_named(ledger: Ledger):
    decision = judged(case(), ledger, policy=policy(approvers=("1",), roles=("ml_leads",)))

    asked = question(decision, ledger=ledger, links=Links(gate=LINK), roles=ROLES)

    assert asked.assigned == ("1", "2", "7")
    assert answer(decision, event(user=OP), ledger=ledger, now=NOW, roles=ROLES).approved


def test_who_lost_the_role_meanwhile_may_not_answer(ledger: Ledger):
    decision = judged(case(), ledger, policy=policy(roles=("ml_leads",)))
    question(decision, ledger=ledger, links=Links(gate=LINK), roles=ROLES)

    approval = answer(decision, event(user=OP), ledger=ledger, now=NOW, roles={"ml_leads": ("7",)})

    assert not approval.approved


@pytest.mark.parametrize("roles", [{}, {"ml_leads": ()}], ids=["unknown", "empty"])
def test_a_role_that_nobody_has_does_not_mean_everybody(ledger: Ledger, roles: Any):
    decision = judged(case(), ledger, policy=policy(roles=("ml_leads",)))

    with pytest.raises(SettingsError, match="the role ml_leads, which nobody has"):
        question(decision, ledger=ledger, links=Links(gate=LINK), roles=roles)
    with pytest.raises(SettingsError):
        answer(decision, event(), ledger=ledger, now=NOW, roles=roles)


# Scheduled runs


@pytest.mark.parametrize(
    ("rules", "triggered_by", "asked"),
    [
        pytest.param({"required": "always"}, None, True, id="as all others"),
        pytest.param({"required": "always", "scheduled": "never"}, None, False, id="not at night"),
        pytest.param({"required": "always", "scheduled": "never"}, "op", True, id="a person"),
        pytest.param({"required": "never", "scheduled": "always"}, None, True, id="only at night"),
        pytest.param({"required": "never", "scheduled": "first"}, None, True, id="the first"),
    ],
)
def test_the_policy_has_a_rule_for_runs_that_nobody_asked_for(
    ledger: Ledger, rules: dict[str, str], triggered_by: str | None, asked: bool
):
    decision = judged(case(triggered_by=triggered_by), ledger, policy=policy(**rules))

    assert bool(decision.record.approval_reasons) is asked


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param({"approvers": ["ada"], "count": 2}, id="more than there are"),
        pytest.param({"approvers": ["ada", "ada"], "count": 2}, id="the same twice"),
        pytest.param({"count": 0}, id="nobody"),
        pytest.param({"remind_after_hours": 20}, id="a reminder when it is over"),
        pytest.param({"escalate_after_hours": 21}, id="an escalation when it is over"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_when_written(rules: dict[str, Any]):
    with pytest.raises(ValidationError):
        policy(**rules)


def crown(ledger: Ledger) -> None:
    """Somebody else's candidate becomes champion meanwhile."""
    body = {"champion": {**CHAMPION.body(), "bundle": "another"}}
    ledger.append("promoted", body, id="another", at=NOW)


def test_the_question_begins_with_what_a_person_decides_on(decision: Input, ledger: Ledger):
    links = Links(gate=LINK, card=f"{LINK}/card", evaluation=f"{LINK}/evaluate", page=f"{LINK}/m")

    body = question(decision, ledger=ledger, links=links, why="A bug was mended.").body

    order = ["nobody yet > version 1", "| Figure |", "[Model card]", "Every rule", "Which content"]
    places = [body.index(part) for part in order]
    assert places == sorted(places)
    assert body.index(decision.content) > places[-1]
    for link in (links.card, links.evaluation, links.page):
        assert f"({link})" in body
