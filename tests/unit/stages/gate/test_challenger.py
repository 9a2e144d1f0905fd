"""A candidate must not be worse, older, withdrawn or judged against somebody else."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from airlock.stages.gate.record import Decision
from airlock.stages.gate.stage import decide
from tests.judged import (
    CHAMPION,
    GOOD,
    NOBODY,
    POLICY,
    SOMEBODY,
    case,
    interval,
    policy,
)


def outcome(decision: Decision, rule: str) -> str:
    [found] = [one.outcome for one in decision.rulings if one.rule == rule]
    return found


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        pytest.param(interval(0.02, 0.01), "pass", id="better"),
        pytest.param(interval(0.0, 0.01), "pass", id="a tie whose interval ends on the margin"),
        pytest.param(interval(0.0, 0.0101), "fail", id="a tie that may be worse than the margin"),
        pytest.param(interval(-0.02, 0.001), "fail", id="worse"),
        pytest.param(interval(math.nan), "cannot tell", id="NaN"),
        pytest.param(interval(0.02, math.inf), "cannot tell", id="no interval"),
    ],
)
def test_a_candidate_must_not_be_worse_than_the_champion(difference: Any, expected: str):
    decision = decide(POLICY, case(champion=CHAMPION, difference={"auroc": difference}), SOMEBODY)

    assert outcome(decision, "champion: auroc") == expected
    assert (decision.outcome == "passed") is (expected == "pass")


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        pytest.param(interval(-0.1), "pass", id="lower is better"),
        pytest.param(interval(0.1), "fail", id="higher is worse"),
    ],
)
def test_for_a_loss_lower_is_better(difference: Any, expected: str):
    rules = policy(champion=[{"metric": "log_loss", "margin": 0.02}])

    decision = decide(rules, case(champion=CHAMPION, difference={"log_loss": difference}), SOMEBODY)

    assert outcome(decision, "champion: log_loss") == expected


def test_a_difference_that_was_not_measured_fails():
    decision = decide(POLICY, case(champion=CHAMPION, difference={}), SOMEBODY)

    assert decision.reasons == ("The difference in auroc to version 3 was not measured.",)


def test_a_comparison_says_difference_interval_and_margin():
    difference = {"auroc": interval(-0.02, 0.001)}

    decision = decide(POLICY, case(champion=CHAMPION, difference=difference), SOMEBODY)

    assert decision.reasons == (
        "auroc differs from version 3 by -0.0200 [-0.0210, -0.0190], and the interval must not "
        "reach below -0.01.",
    )


def test_a_champion_that_cannot_be_scored_cannot_be_compared_with():
    decision = decide(
        POLICY, case(champion=CHAMPION, champion_problem="The column plan is gone."), SOMEBODY
    )

    assert outcome(decision, "champion") == "cannot tell"
    assert decision.outcome == "rejected"


def test_an_evaluation_against_an_earlier_champion_says_nothing():
    earlier = replace(CHAMPION, sequence=2)

    decision = decide(POLICY, case(champion=earlier), SOMEBODY)

    assert outcome(decision, "champion") == "cannot tell"
    assert decision.outcome == "rejected"


def test_an_evaluation_without_a_champion_says_nothing_once_there_is_one():
    decision = decide(POLICY, case(champion=None), SOMEBODY)

    assert decision.outcome == "rejected"


def test_the_first_floor_is_not_asked_of_a_challenger():
    low = GOOD | {"auroc": interval(0.65)}

    decision = decide(POLICY, case(champion=CHAMPION, metrics=low), SOMEBODY)

    assert decision.outcome == "passed"


def test_an_equal_bundle_is_already_champion():
    candidate = case()
    state = replace(SOMEBODY, champion=replace(CHAMPION, bundle=candidate.bundle))

    decision = decide(POLICY, candidate, state)

    assert decision.outcome == "already champion"
    assert not decision.verdict.passed
    assert not decision.verdict.repair
    assert decision.reasons == ("Version 3 is already champion with the same bundle.",)


@pytest.mark.parametrize(
    ("night", "expected"),
    [
        pytest.param("2026-01-03", "fail", id="older"),
        pytest.param("2026-01-04", "pass", id="the same night"),
        pytest.param("2026-01-05", "pass", id="newer"),
        pytest.param(None, "not applicable", id="no nights"),
    ],
)
def test_older_data_never_replaces_the_champion(night: str | None, expected: str):
    decision = decide(POLICY, case(night=night, champion=CHAMPION), SOMEBODY)

    assert outcome(decision, "data age") == expected


def test_people_decide_where_nobody_knows_which_data_is_older():
    without = replace(SOMEBODY, champion=replace(CHAMPION, night=None))

    ours = decide(POLICY, case(night=None, champion=CHAMPION), SOMEBODY)
    theirs = decide(POLICY, case(champion=CHAMPION), without)
    neither = decide(POLICY, case(night=None, champion=CHAMPION), without)

    assert "The data has no night, and the champion's is of 2026-01-04." in ours.approval_reasons[0]
    assert "the champion's has no night" in theirs.approval_reasons[0]
    assert neither.approval_reasons == ()


def test_a_bundle_that_was_rolled_back_stays_out():
    candidate = case()
    state = replace(NOBODY, rolled_back={candidate.bundle: 5})

    decision = decide(POLICY, candidate, state)

    assert decision.outcome == "rejected"
    assert decision.reasons == (
        "This bundle was rolled back (ledger entry 5) and nobody has cleared it.",
    )
