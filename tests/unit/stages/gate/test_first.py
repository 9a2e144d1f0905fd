"""A candidate without a champion passes only if every rule is seen to hold."""

from __future__ import annotations

import math

import pytest

from airlock.stages.gate.record import Decision
from airlock.stages.gate.stage import decide
from tests.judged import (
    GOOD,
    NOBODY,
    POLICY,
    case,
    interval,
    policy,
)


def outcome(decision: Decision, rule: str) -> str:
    [found] = [one.outcome for one in decision.rulings if one.rule == rule]
    return found


def test_a_good_first_candidate_passes():
    decision = decide(POLICY, case(), NOBODY)

    assert (decision.outcome, decision.reasons, decision.champion_sequence) == ("passed", (), 0)
    assert outcome(decision, "champion") == "not applicable"


@pytest.mark.parametrize(
    ("auroc", "passed"),
    [
        pytest.param(0.7, True, id="exactly on the bound passes"),
        pytest.param(0.6999, False, id="just below fails"),
        pytest.param(math.nan, False, id="NaN never passes"),
        pytest.param(math.inf, False, id="infinity never passes"),
        pytest.param(-math.inf, False, id="minus infinity never passes"),
    ],
)
def test_a_first_candidate_must_reach_the_absolute_floor(auroc: float, passed: bool):
    decision = decide(POLICY, case(metrics=GOOD | {"auroc": interval(auroc)}), NOBODY)

    assert (decision.outcome == "passed") is passed


def test_a_metric_that_was_not_measured_fails():
    decision = decide(POLICY, case(metrics={"log_loss": interval(0.4)}), NOBODY)

    assert decision.outcome == "rejected"
    assert outcome(decision, "first champion: auroc") == "cannot tell"
    assert decision.reasons == ("auroc was not measured.",)


def test_the_figure_counts_not_only_its_interval():
    """An interval that reaches the bound is not enough."""
    decision = decide(POLICY, case(metrics=GOOD | {"auroc": interval(0.69, 0.05)}), NOBODY)

    assert decision.outcome == "rejected"


def test_a_rejection_says_the_figure_its_interval_and_the_bound():
    decision = decide(POLICY, case(metrics=GOOD | {"auroc": interval(0.6531, 0.02)}), NOBODY)

    assert decision.reasons == ("auroc is 0.6531 [0.6331, 0.6731], must be at least 0.7.",)


def test_a_metric_may_be_bounded_on_both_sides():
    both = policy(metrics={"log_loss": {"min": 0.1, "max": 0.3}})

    decision = decide(both, case(), NOBODY)

    assert decision.reasons == (
        "log_loss is 0.4000 [0.3950, 0.4050], must be at least 0.1 and at most 0.3.",
    )


# The holdout


@pytest.mark.parametrize(
    ("rows", "classes", "why"),
    [
        pytest.param(0, {}, "holdout rows is 0", id="an empty holdout"),
        pytest.param(3, {"0": 2, "1": 1}, "holdout rows is 3", id="three rows"),
        pytest.param(499, {"0": 400, "1": 99}, "holdout rows is 499", id="one row too few"),
        pytest.param(900, {"0": 851, "1": 49}, "rarest class is 49", id="too few of one class"),
        pytest.param(900, {"0": 900}, "rarest class is 0", id="a class that is not there"),
        pytest.param(900, {}, "rarest class is 0", id="no class counted"),
    ],
)
def test_too_little_evidence_is_not_enough(rows: int, classes: dict[str, int], why: str):
    decision = decide(POLICY, case(holdout=rows, classes=classes), NOBODY)

    assert decision.outcome == "rejected"
    assert any(why in reason for reason in decision.reasons)


def test_exactly_enough_evidence_passes():
    decision = decide(POLICY, case(holdout=500, classes={"0": 450, "1": 50}), NOBODY)

    assert decision.outcome == "passed"


def test_a_regression_has_no_rarest_class():
    figures = {"rmse": interval(1.0)}
    rules = policy(
        metrics={}, first={"rmse": {"max": 2}}, champion=[{"metric": "rmse", "margin": 0}]
    )

    decision = decide(rules, case(task="regression", classes={}, metrics=figures), NOBODY)

    assert decision.outcome == "passed"


# The data


@pytest.mark.parametrize(
    ("quarantined", "expected"),
    [
        pytest.param(500, "pass", id="exactly the allowed share"),
        pytest.param(501, "fail", id="one row more"),
    ],
)
def test_too_many_rows_in_quarantine_stop_the_candidate(quarantined: int, expected: str):
    decision = decide(POLICY, case(rows=10_000, quarantined=quarantined), NOBODY)

    assert outcome(decision, "quarantine") == expected


def test_a_table_without_rows_cannot_be_judged():
    decision = decide(POLICY, case(rows=0, quarantined=0), NOBODY)

    assert outcome(decision, "quarantine") == "cannot tell"
    assert decision.outcome == "rejected"


@pytest.mark.parametrize(("says", "expected"), [("pass", "pass"), ("fail", "fail")])
def test_the_policy_says_what_warnings_mean(says: str, expected: str):
    rules = policy(data={"warnings": says})

    decision = decide(rules, case(warnings=2), NOBODY)

    assert outcome(decision, "warnings") == expected
