"""A candidate must behave on slices, between groups, under stress, and within its limits."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from airlock.stages.evaluate.record import (
    Attacked,
    Explained,
    Fairness,
    Interval,
    Slice,
    Speed,
    Stress,
    Unjudged,
)
from airlock.stages.gate.record import Decision, RuleVerdict
from airlock.stages.gate.spec import Policy
from airlock.stages.gate.stage import decide
from tests.judged import CHAMPION, NOBODY, SOMEBODY, case, interval, policy


def verdict(decision: Decision, rule: str) -> RuleVerdict:
    [found] = [one for one in decision.rulings if one.rule == rule]
    return found


def slice_of(value: str, auroc: float | None, difference: Interval | None = None) -> Slice:
    return Slice(
        column="plan",
        value=value,
        rows=400,
        candidate={} if auroc is None else {"auroc": auroc},
        champion={"auroc": 0.8},
        difference={} if difference is None else {"auroc": difference},
    )


# --- slices ---

SLICES = policy(slices={"columns": ["plan"], "metrics": {"auroc": {"min": 0.7}}})


@pytest.mark.parametrize(
    ("worst", "expected"),
    [
        pytest.param(0.7, "pass", id="all reach it"),
        pytest.param(0.6999, "fail", id="one does not"),
        pytest.param(None, "cannot tell", id="one was not measured"),
        pytest.param(math.nan, "cannot tell", id="one is NaN"),
    ],
)
def test_every_slice_must_reach_the_bound_and_the_worst_is_named(worst, expected: str):
    slices = (slice_of("a", 0.9), slice_of("b", worst), slice_of("c", 0.95))

    decision = decide(SLICES, case(measured={"slices": slices}), NOBODY)

    assert verdict(decision, "slices: auroc").outcome == expected
    assert "where plan is b (400 rows)" in verdict(decision, "slices: auroc").sentence
    assert (decision.outcome == "passed") is (expected == "pass")


def test_a_column_without_a_slice_that_is_large_enough_cannot_tell():
    decision = decide(SLICES, case(), NOBODY)

    assert decision.outcome == "rejected"
    assert decision.reasons == ("No slice of plan with at least 100 rows was measured.",)


def test_a_slice_that_the_policy_does_not_name_is_not_judged():
    other = replace(slice_of("a", 0.1), column="region")

    decision = decide(SLICES, case(measured={"slices": (slice_of("a", 0.9), other)}), NOBODY)

    assert decision.outcome == "passed"


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        pytest.param(interval(-0.01, 0.01), "pass", id="within the margin"),
        pytest.param(interval(-0.05, 0.01), "fail", id="much worse on one slice"),
        pytest.param(None, "cannot tell", id="not measured"),
    ],
)
def test_no_slice_may_be_much_worse_than_the_champions(difference: Any, expected: str):
    rules = policy(slices={"columns": ["plan"], "margins": [{"metric": "auroc", "margin": 0.05}]})
    slices = (slice_of("a", 0.9, interval(0.02)), slice_of("b", 0.8, difference))

    decision = decide(rules, case(champion=CHAMPION, measured={"slices": slices}), SOMEBODY)

    assert verdict(decision, "slices, champion: auroc").outcome == expected
    assert "plan is b" in verdict(decision, "slices, champion: auroc").sentence


def test_a_champion_that_cannot_be_scored_passes_no_slice():
    rules = policy(slices={"columns": ["plan"], "margins": [{"metric": "auroc", "margin": 0}]})
    blind = case(
        champion=CHAMPION,
        champion_problem="It lacks a column.",
        measured={"slices": (slice_of("a", 0.9),)},
    )

    evaluation = replace(blind.evaluation, record=replace(blind.evaluation.record, champion={}))

    decision = decide(rules, replace(blind, evaluation=evaluation), SOMEBODY)

    assert decision.outcome == "rejected"
    assert "It lacks a column." in verdict(decision, "slices, champion: auroc").sentence


def test_without_a_champion_no_slice_is_compared():
    rules = policy(slices={"columns": ["plan"], "margins": [{"metric": "auroc", "margin": 0}]})

    decision = decide(rules, case(measured={"slices": (slice_of("a", 0.9),)}), NOBODY)

    assert verdict(decision, "slices, champion: auroc").outcome == "not applicable"


# --- fairness ---

SMALL = Unjudged(column="region", named={"tiny": 30}, groups=1, rows=30)


@pytest.mark.parametrize(
    ("unjudged", "outcome"),
    [
        pytest.param((SMALL,), "cannot tell", id="one is too small"),
        pytest.param((), "cannot tell", id="nobody counted them"),
        pytest.param(None, "cannot tell", id="of before they were counted"),
        pytest.param(
            (Unjudged(column="region", named={}, groups=0, rows=0),), "pass", id="all are seen"
        ),
    ],
)
def test_a_policy_can_demand_that_every_group_is_seen(unjudged, outcome: str):
    strict = policy(
        fairness={"columns": ["region"], "demographic_parity": 0.1, "every_group": True}
    )
    measured = {"fairness": (treated(0.01),), "unjudged": unjudged}

    decision = decide(strict, case(measured=measured), NOBODY)

    assert verdict(decision, "fairness: region, every group").outcome == outcome
    assert (decision.outcome == "passed") is (outcome == "pass")


def test_a_group_too_small_to_judge_is_named_in_the_sentence():
    measured = {"fairness": (treated(0.01, 0.9),), "unjudged": (SMALL,)}

    decision = decide(FAIR, case(measured=measured), NOBODY)

    found = verdict(decision, "fairness: region, demographic_parity")
    assert (found.outcome, "left out: tiny (30 rows)" in found.sentence) == ("pass", True)


def test_a_policy_that_does_not_ask_for_every_group_keeps_its_name():
    assert "every_group" not in FAIR.to_json()["fairness"]


PAIRS = {"pairs": [["sex", "age"]], "min_rows": 50, "disparate_impact": 0.8}


def test_two_columns_together_are_judged_and_measured_as_the_policy_says():
    rules = policy(fairness=PAIRS)
    both = replace(treated(None, 0.7), column="sex and age")

    decision = decide(rules, case(measured={"fairness": (both,)}), NOBODY)

    assert verdict(decision, "fairness: sex and age, disparate_impact").outcome == "fail"
    asked = rules.measurements()
    assert (asked["pairs"], asked["min_group_rows"]) == ((("sex", "age"),), 50)


@pytest.mark.parametrize(("sure", "outcome"), [(False, "pass"), (True, "fail")])
def test_a_policy_can_ask_the_whole_interval_to_keep_the_bound(sure: bool, outcome: str):
    rules = policy(fairness={"columns": ["region"], "disparate_impact": 0.8, "sure": sure})
    # It is 0.803, and may be 0.798.
    measured = {"fairness": (treated(None, 0.803),)}

    found = verdict(
        decide(rules, case(measured=measured), NOBODY), "fairness: region, disparate_impact"
    )

    assert found.outcome == outcome
    assert f"{measured['fairness'][0].figures['disparate_impact']}" in found.sentence


ATTACKS = policy(attacks={"membership": 0.55, "flips": 0.1, "lost_column": 0.2, "units": 0.2})


def attacked(**changes: Any) -> Attacked:
    usual: dict[str, Any] = {
        "rows": {"train": 100, "holdout": 100},
        "membership": interval(0.52),
        "flips": interval(0.05),
        "metric": "auroc",
        "lost": {"income": 0.1, "age": 0.02},
        "shifted": {"income × 100": 0.15},
    }
    return Attacked(**usual | changes)


@pytest.mark.parametrize(
    ("found", "broken"),
    [
        pytest.param(attacked(), set(), id="all hold"),
        pytest.param(attacked(membership=interval(0.56)), {"membership"}, id="over-fitted"),
        pytest.param(attacked(flips=interval(0.2)), {"flips"}, id="brittle"),
        pytest.param(attacked(lost={"income": 0.3}), {"lost_column"}, id="one column is all"),
        pytest.param(attacked(shifted={"a × 100": None}), {"units"}, id="no value"),
        pytest.param(None, {""}, id="nothing was tried"),
    ],
)
def test_no_attack_may_come_to_more_than_the_policy_allows(found: Any, broken: set[str]):
    decision = decide(ATTACKS, case(measured={"attacked": found}), NOBODY)

    bad = {one.rule for one in decision.rulings if one.outcome not in {"pass", "not applicable"}}
    assert bad == {f"attacks: {name}".removesuffix(": ") for name in broken}
    assert (decision.outcome == "passed") is not bool(broken)


RISKY = {
    "risk": "high",
    "baseline": {"margin": 1},
    "privacy": {},
    "slices": {"columns": ["plan"], "metrics": {"auroc": {"min": 0}}},
    "fairness": {"columns": ["region"], "demographic_parity": 1},
    "robustness": {"missing": 0.1, "margins": [{"metric": "auroc", "margin": 1}]},
    "attacks": {"membership": 1},
    "card": {"owner": "R. Owner", "intended_use": "tests"},
    "approval": {"required": "always", "approvers": ["alice"]},
}


@pytest.mark.parametrize(
    "missing", ["baseline", "privacy", "slices", "fairness", "robustness", "attacks", "card"]
)
def test_high_risk_promotes_nobody_without_every_section(missing: str):
    rules = policy(**{name: said for name, said in RISKY.items() if name != missing})
    explained = Explained(metric="auroc", rows=100, importance={})

    decision = decide(rules, case(measured={"explained": explained}), NOBODY)

    assert verdict(decision, f"risk: {missing}").outcome == "cannot tell"
    assert decision.outcome == "rejected"


def test_high_risk_demands_that_it_is_known_what_the_candidate_goes_by():
    rules = policy(**RISKY)

    without = decide(rules, case(), NOBODY)
    explained = Explained(metric="auroc", rows=100, importance={})
    known = decide(rules, case(measured={"explained": explained}), NOBODY)

    assert verdict(without, "risk: explained").outcome == "cannot tell"
    assert verdict(known, "risk").outcome == "pass"
    assert rules.measurements()["explain"] is True
    assert "risk" not in policy().to_json()


FAIR = policy(fairness={"columns": ["region"], "demographic_parity": 0.1, "disparate_impact": 0.8})


def treated(parity: float | None, impact: float | None = 0.9, positive: str = "1") -> Fairness:
    figures = {"demographic_parity": parity, "disparate_impact": impact}
    return Fairness(
        column="region",
        positive=positive,
        groups={"north": 500, "south": 500},
        rates={"north": 0.3, "south": 0.25},
        figures={name: interval(value) for name, value in figures.items() if value is not None},
    )


@pytest.mark.parametrize(
    ("fairness", "expected"),
    [
        pytest.param((treated(0.1),), "pass", id="exactly on the bound"),
        pytest.param((treated(0.11),), "fail", id="too far apart"),
        pytest.param((treated(None),), "cannot tell", id="one group only"),
    ],
)
def test_groups_must_be_treated_alike(fairness, expected: str):
    decision = decide(FAIR, case(measured={"fairness": fairness}), NOBODY)

    found = verdict(decision, "fairness: region, demographic_parity")
    assert found.outcome == expected
    assert (decision.outcome == "passed") is (expected == "pass")
    assert "north 30.0 %, south 25.0 %" in found.sentence


def test_a_ratio_below_four_fifths_fails():
    decision = decide(FAIR, case(measured={"fairness": (treated(0.05, 0.79),)}), NOBODY)

    assert verdict(decision, "fairness: region, disparate_impact").outcome == "fail"


def test_groups_that_nobody_compared_cannot_be_called_alike():
    other_label = policy(
        fairness={"columns": ["region"], "positive": "0", "demographic_parity": 0.1}
    )

    for rules, fairness in ((FAIR, ()), (other_label, (treated(0.01),))):
        decision = decide(rules, case(measured={"fairness": fairness}), NOBODY)

        assert decision.reasons == ("The treatment of the groups of region was not measured.",)


# --- robustness ---

ROBUST = policy(robustness={"missing": 0.1, "margins": [{"metric": "auroc", "margin": 0.05}]})


@pytest.mark.parametrize(
    ("kind", "amount", "difference", "expected"),
    [
        pytest.param("missing", 0.1, interval(-0.02), "pass", id="falls a little"),
        pytest.param("missing", 0.1, interval(-0.06), "fail", id="falls far"),
        pytest.param("missing", 0.1, None, "cannot tell", id="not measured"),
        pytest.param("missing", 0.01, interval(0.0), "cannot tell", id="stressed less than asked"),
        pytest.param("noise", 0.1, interval(0.0), "cannot tell", id="stressed otherwise"),
    ],
)
def test_a_model_must_stand_what_the_policy_asks_it_to_stand(
    kind: Any, amount: float, difference: Interval | None, expected: str
):
    figures = {"auroc": difference} if difference else {}
    stress = Stress(kind=kind, amount=amount, difference=figures)

    decision = decide(ROBUST, case(measured={"stress": (stress,)}), NOBODY)

    assert verdict(decision, "robustness: missing, auroc").outcome == expected


# --- limits ---


@pytest.mark.parametrize(
    ("limits", "seen", "expected"),
    [
        pytest.param({"latency_ms_per_1000": 5}, {"speed": 5.0}, "pass", id="just fast enough"),
        pytest.param({"latency_ms_per_1000": 5}, {"speed": 5.1}, "fail", id="too slow"),
        pytest.param({"latency_ms_per_1000": 5}, {}, "cannot tell", id="not timed"),
        pytest.param({"cost": 2}, {"cost": 2.0}, "pass", id="just cheap enough"),
        pytest.param({"cost": 2}, {"cost": 2.1}, "fail", id="too dear"),
        pytest.param({"cost": 2}, {}, "cannot tell", id="no price"),
        pytest.param({"bundle_mb": 1e-5}, {}, "pass", id="nine bytes are small"),
        pytest.param({"bundle_mb": 1e-6}, {}, "fail", id="nine bytes are too much"),
    ],
)
def test_a_candidate_must_keep_its_limits(limits, seen: dict[str, float], expected: str):
    speed = Speed(rows=1000, runs=7, ms_per_1000=seen["speed"]) if "speed" in seen else None
    candidate = replace(case(), speed=speed, cost=seen.get("cost"))

    decision = decide(policy(limits=limits), candidate, NOBODY)

    [found] = [one for one in decision.rulings if one.rule.startswith("limits:")]
    assert found.outcome == expected
    assert (decision.outcome == "passed") is (expected == "pass")


@pytest.mark.parametrize(
    ("night", "today", "expected"),
    [
        pytest.param("2026-01-05", date(2026, 1, 8), "pass", id="three nights old"),
        pytest.param("2026-01-05", date(2026, 1, 9), "fail", id="four nights old"),
        pytest.param("2026-01-05", date(2026, 1, 4), "fail", id="of a night to come"),
        pytest.param("2026-01-05", None, "cannot tell", id="nobody says which day it is"),
        pytest.param(None, date(2026, 1, 6), "cannot tell", id="no night"),
    ],
)
def test_the_holdout_must_be_fresh(night: str | None, today: date | None, expected: str):
    rules = policy(holdout={"max_age_nights": 3})

    decision = decide(rules, replace(case(night=night), today=today), NOBODY)

    assert verdict(decision, "holdout age").outcome == expected


# --- what a file may say ---


AUROC = {"auroc": {"min": 0.7}}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"slices": {"columns": ["plan"]}}, id="slices without a demand"),
        pytest.param({"slices": {"metrics": AUROC}}, id="a demand without slices"),
        pytest.param(
            {"slices": {"columns": ["a"], "metrics": {"auc": {"min": 0}}}}, id="no metric"
        ),
        pytest.param({"slices": {"columns": ["a"], "metrics": {"auroc": {}}}}, id="no threshold"),
        pytest.param({"slices": {"bins": {"a": [2, 1]}, "metrics": AUROC}}, id="falling edges"),
        pytest.param({"fairness": {"columns": ["region"]}}, id="fairness without a bound"),
        pytest.param({"fairness": {"demographic_parity": 0.1}}, id="fairness without a column"),
        pytest.param({"robustness": {"margins": [{"metric": "r2", "margin": 0}]}}, id="no stress"),
        pytest.param({"robustness": {"missing": 0.1, "margins": []}}, id="stress, no margin"),
        pytest.param({"champion": []}, id="no comparison"),
        pytest.param({"champion": {"unreadable": "approval"}}, id="no margins"),
        pytest.param({"first": {}}, id="no floor"),
        pytest.param({"metrics": {"auroc": {"min": math.nan}}}, id="a bound that is NaN"),
        pytest.param({"champion": [{"metric": "r2", "margin": math.inf}]}, id="an endless margin"),
        pytest.param({"card": {"owner": "somebody"}}, id="a card without a use"),
    ],
)
def test_a_policy_that_demands_nothing_where_it_seems_to_is_refused(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        policy(**change)


def test_a_list_of_margins_is_short_for_the_champion_rule():
    rules = policy(champion=[{"metric": "auroc", "margin": 0.02}])

    assert rules == policy(champion={"margins": [{"metric": "auroc", "margin": 0.02}]})
    assert Policy.model_validate(rules.to_json()) == rules
