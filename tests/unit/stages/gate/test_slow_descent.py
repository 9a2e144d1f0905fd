"""Nobody creeps downhill night after night, and nobody passes because a champion cannot be read."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from airlock.core.errors import Unverified
from airlock.ledger import Ledger, State
from airlock.stages.evaluate.record import Anchor, Interval
from airlock.stages.gate.record import Decision
from airlock.stages.gate.stage import decide
from tests.judged import CHAMPION, GOOD, NOW, SOMEBODY, case, interval, policy

APPROVED = replace(CHAMPION, sequence=2, version=1, bundle="a" * 64)
STATE = replace(SOMEBODY, approved=(APPROVED,))
RULES = policy(champion=[{"metric": "auroc", "margin": 0.01}])


def outcomes(decision: Decision) -> dict[str, str]:
    return {one.rule: one.outcome for one in decision.rulings if "champion" in one.rule}


def anchored(difference: Interval | None, **changes: Any) -> dict[str, Any]:
    fields = {"bundle": APPROVED.bundle, "version": 1, "sequence": 2, "problem": None, **changes}
    return {"anchor": Anchor(**fields, difference={"auroc": difference} if difference else {})}


@pytest.mark.parametrize(
    ("against_approved", "expected"),
    [
        pytest.param(interval(0.0), "pass", id="as good as the approved one"),
        pytest.param(interval(-0.02, 0.001), "fail", id="within tonight's margin, beyond the sum"),
        pytest.param(interval(math.nan), "cannot tell", id="NaN"),
        pytest.param(None, "cannot tell", id="not measured"),
    ],
)
def test_small_steps_downhill_end_at_the_margin_below_the_approved_champion(
    against_approved: Interval | None, expected: str
):
    candidate = case(
        champion=CHAMPION,
        difference={"auroc": interval(-0.004, 0.001)},
        measured=anchored(against_approved),
    )

    decision = decide(RULES, candidate, STATE)

    assert outcomes(decision)["champion: auroc"] == "pass"
    assert outcomes(decision)["approved champion: auroc"] == expected
    assert (decision.outcome == "passed") is (expected == "pass")


def test_an_evaluation_that_left_the_approved_champion_out_cannot_tell():
    for measured in ({}, anchored(interval(0.0), sequence=1)):
        decision = decide(RULES, case(champion=CHAMPION, measured=measured), STATE)

        assert outcomes(decision)["approved champion"] == "cannot tell"
        assert decision.outcome == "rejected"


def test_an_evaluation_against_another_bundle_than_the_approved_one_is_refused():
    measured = anchored(interval(0.0), bundle="f" * 64)

    with pytest.raises(Unverified, match="another bundle as approved champion"):
        decide(RULES, case(champion=CHAMPION, measured=measured), STATE)


@pytest.mark.parametrize(
    "approved",
    [
        pytest.param((), id="no person ever approved one"),
        pytest.param((CHAMPION,), id="the champion itself was approved"),
    ],
)
def test_without_another_approved_champion_there_is_nothing_more_to_compare(approved):
    decision = decide(RULES, case(champion=CHAMPION), replace(SOMEBODY, approved=approved))

    assert outcomes(decision)["approved champion"] == "not applicable"
    assert decision.outcome == "passed"


# --- who is the approved one: the ledger says ---


def promoted(ledger: Ledger, version: int, *, answer: int) -> None:
    champion = CHAMPION.body() | {"version": version, "bundle": f"{version:064d}"}
    body = {"champion": champion, "approved": answer}
    ledger.append("promoted", body, id=f"p{version}", at=NOW)


def withdrawn(ledger: Ledger, version: int, to: int) -> None:
    champion = CHAMPION.body() | {"version": to, "bundle": f"{to:064d}"}
    body = {"champion": champion, "from_bundle": f"{version:064d}"}
    ledger.append("rolled_back", body, id=f"r{version}", at=NOW)


def anchor_of(state: State) -> int | None:
    return state.anchor.version if state.anchor else None


def test_the_last_champion_with_an_answer_counts_and_those_without_do_not(ledger: Ledger):
    promoted(ledger, 1, answer=0)
    assert anchor_of(ledger.state()) is None

    promoted(ledger, 2, answer=7)
    promoted(ledger, 3, answer=0)

    assert anchor_of(ledger.state()) == 2


def test_an_approved_champion_that_was_rolled_back_counts_no_longer(ledger: Ledger):
    promoted(ledger, 1, answer=3)
    promoted(ledger, 2, answer=5)

    withdrawn(ledger, 2, to=1)

    assert anchor_of(ledger.state()) == 1


# --- a champion that cannot be read ---


def test_a_champion_that_cannot_be_read_rejects_by_default():
    decision = decide(RULES, case(champion=CHAMPION, champion_problem="It cannot."), SOMEBODY)

    assert outcomes(decision)["champion"] == "cannot tell"
    assert decision.outcome == "rejected"


LENIENT = policy(
    champion={"margins": [{"metric": "auroc", "margin": 0.01}], "unreadable": "approval"}
)


def test_the_policy_may_leave_a_champion_that_cannot_be_read_to_people():
    decision = decide(LENIENT, case(champion=CHAMPION, champion_problem="It cannot."), SOMEBODY)

    assert outcomes(decision)["champion"] == "not applicable"
    assert decision.outcome == "passed"
    assert decision.approval_reasons == ("A champion could not be compared with: It cannot.",)


def test_what_cannot_be_compared_must_reach_the_floors_of_a_first_champion():
    low = GOOD | {"auroc": interval(0.65)}
    candidate = case(champion=CHAMPION, champion_problem="It cannot.", metrics=low)

    decision = decide(LENIENT, candidate, SOMEBODY)

    assert outcomes(decision)["first champion: auroc"] == "fail"
    assert decision.outcome == "rejected"


def test_an_approved_champion_that_cannot_be_read_is_left_to_people_likewise():
    measured = anchored(None, problem="It predicts something else.")

    strict = decide(RULES, case(champion=CHAMPION, measured=measured), STATE)
    lenient = decide(LENIENT, case(champion=CHAMPION, measured=measured), STATE)

    assert outcomes(strict)["approved champion"] == "cannot tell"
    assert strict.outcome == "rejected"
    assert lenient.outcome == "passed"
    assert "It predicts something else." in lenient.approval_reasons[0]


def test_an_earlier_champions_unreadability_is_no_excuse():
    earlier = replace(CHAMPION, sequence=2)

    decision = decide(LENIENT, case(champion=earlier, champion_problem="It cannot."), SOMEBODY)

    assert outcomes(decision)["champion"] == "cannot tell"
    assert decision.outcome == "rejected"
