"""Nothing is promoted that is worse than what costs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from airlock.cli.policy import demands
from airlock.stages.evaluate.record import Baseline, Interval
from airlock.stages.gate.record import Decision, RuleVerdict
from airlock.stages.gate.spec import Policy
from airlock.stages.gate.stage import decide
from tests.judged import NOBODY, POLICY, case, interval, policy

ASKED = policy(baseline={"margin": 0.02})
KINDS = ("constant", "linear", "boosted")


def baselines(**differences: Interval | str | None) -> dict[str, Any]:
    """What was measured against each; a text is why one could not be fitted."""
    given = {kind: interval(0.05) for kind in KINDS} | differences
    return {
        "baselines": tuple(
            Baseline(kind=kind, rows=900, problem=one)  # type: ignore[arg-type]
            if isinstance(one, str)
            else Baseline(kind=kind, rows=900, difference={"auroc": one} if one else {})  # type: ignore[arg-type]
            for kind, one in given.items()
        )
    }


def verdicts(decision: Decision) -> dict[str, RuleVerdict]:
    return {one.rule: one for one in decision.rulings if one.rule.startswith("baseline")}


def test_a_candidate_that_is_better_than_all_of_them_passes():
    decision = decide(ASKED, case(measured=baselines()), NOBODY)

    assert {one.outcome for one in verdicts(decision).values()} == {"pass"}
    assert len(verdicts(decision)) == 3
    assert decision.outcome == "passed"


@pytest.mark.parametrize(
    ("low", "outcome"),
    [
        pytest.param(-0.02, "pass", id="the interval ends on the margin"),
        pytest.param(-0.0201, "fail", id="it reaches below"),
    ],
)
def test_the_bad_end_of_the_interval_keeps_the_margin(low: float, outcome: str):
    measured = baselines(linear=Interval(value=0.01, low=low, high=0.03))

    decision = decide(ASKED, case(measured=measured), NOBODY)

    found = verdicts(decision)["baseline: linear"]
    assert found.outcome == outcome
    assert "auroc differs from the logistic regression by +0.0100" in found.sentence
    assert (decision.outcome == "passed") is (outcome == "pass")


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        pytest.param({}, "was not measured", id="an evaluation from before there were any"),
        pytest.param({"baselines": ()}, "was not measured", id="none was fitted"),
        pytest.param(baselines(boosted=None), "was not measured", id="the metric is not defined"),
        pytest.param(
            baselines(boosted="it could not be fitted (ValueError)"),
            "is not there to compare with: it could not be fitted (ValueError).",
            id="one could not be fitted",
        ),
    ],
)
def test_what_was_not_compared_is_no_pass(measured: dict[str, Any], said: str):
    decision = decide(ASKED, case(measured=measured), NOBODY)

    found = verdicts(decision)["baseline: boosted"]
    assert found.outcome == "cannot tell"
    assert said in found.sentence
    assert decision.outcome == "rejected"


def test_a_policy_may_name_the_metric_and_whom_to_compare_with():
    asked = policy(baseline={"margin": 0.02, "metric": "log_loss", "against": ["linear"]})
    worse = Baseline(
        kind="linear", rows=900, difference={"log_loss": Interval(value=0.01, low=0, high=0.03)}
    )

    decision = decide(asked, case(measured={"baselines": (worse,)}), NOBODY)

    assert list(verdicts(decision)) == ["baseline: linear"]
    assert "must not reach above 0.02" in verdicts(decision)["baseline: linear"].sentence
    assert decision.outcome == "rejected"


def test_a_number_is_compared_by_its_r2():
    asked = policy(baseline={"margin": 0.02}, metrics={}, first={"r2": {"min": 0.5}})
    better = Baseline(kind="constant", rows=900, difference={"r2": interval(0.6)})
    measured = {"baselines": (better,)}

    decision = decide(
        asked, case(task="regression", metrics={"r2": interval(0.6)}, measured=measured), NOBODY
    )

    assert verdicts(decision)["baseline: constant"].outcome == "pass"
    assert "from the mean by" in verdicts(decision)["baseline: constant"].sentence


def test_a_policy_without_the_rule_asks_nothing_and_keeps_its_name():
    assert not verdicts(decide(POLICY, case(), NOBODY))
    assert "baseline" not in POLICY.to_json()
    assert POLICY.digest != ASKED.digest


@pytest.mark.parametrize(
    "written", [{"margin": -1}, {}, {"margin": 0.1, "against": []}, {"margin": 0, "metric": "nice"}]
)
def test_a_rule_that_says_nothing_is_refused(written: dict[str, Any]):
    with pytest.raises(ValidationError, match="baseline"):
        policy(baseline=written)


def test_what_it_demands_is_told():
    told = list(demands(ASKED))

    assert "against constant, linear, boosted: auroc, or r2, at most 0.02 worse" in told


def test_every_policy_of_this_project_asks_it():
    root = Path(__file__).parents[4]
    files = [
        *(root / "include/policies").glob("*.yaml"),
        *(root / "plugins/airlock/starter/template/include/policies").glob("*.yaml"),
    ]

    assert len(files) >= 6
    assert [file.name for file in files if Policy.load(file).baseline is None] == []
