"""The policy can demand what the redaction has to prove."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airlock.stages.gate.policy.data import PrivacyRule
from airlock.stages.gate.rules.data import judge_privacy
from airlock.stages.gate.stage import decide
from airlock.stages.redact.record import Anonymity, PlantedIdentifier, RedactedColumn, Redaction
from tests.judged import NOBODY, POLICY, case, policy

SCANNED = RedactedColumn(name="note", action="scan", changed=1, found={})
PLAIN: Redaction = case().redaction.record
PROVEN = replace(
    PLAIN,
    rows=990,
    quarantined=10,
    columns=(SCANNED,),
    canaries=(PlantedIdentifier(column="note", entity="PERSON", planted=64, caught=64),),
    anonymity=Anonymity(columns=("plan",), groups=9, smallest=5, rare=0),
)
MISSED = (PlantedIdentifier(column="note", entity="PERSON", planted=64, caught=48),)


@pytest.mark.parametrize(
    ("rule", "changes", "outcome"),
    [
        pytest.param(
            {}, {}, {"planted identifiers": "pass"}, id="all planted identifiers were caught"
        ),
        pytest.param({}, {"canaries": MISSED}, {"planted identifiers": "fail"}, id="one was not"),
        pytest.param(
            {}, {"canaries": ()}, {"planted identifiers": "cannot tell"}, id="none were planted"
        ),
        pytest.param(
            {},
            {"columns": ()},
            {"planted identifiers": "not applicable"},
            id="nothing is scanned, and the page says so",
        ),
        pytest.param(
            {"min_planted_recall": 0.75},
            {"canaries": MISSED},
            {"planted identifiers": "pass"},
            id="exactly as many as the policy asks for",
        ),
        pytest.param(
            {"min_k": 5},
            {},
            {"planted identifiers": "pass", "k-anonymity": "pass"},
            id="a large group",
        ),
        pytest.param(
            {"min_k": 6},
            {},
            {"planted identifiers": "pass", "k-anonymity": "fail"},
            id="a small group",
        ),
        pytest.param(
            {"min_k": 1},
            {"anonymity": None},
            {"planted identifiers": "pass", "k-anonymity": "cannot tell"},
            id="no quasi-identifiers",
        ),
        pytest.param(
            {"max_quarantined": 0.01},
            {},
            {"planted identifiers": "pass", "unproven rows": "pass"},
            id="few rows were left out",
        ),
        pytest.param(
            {"max_quarantined": 0.009},
            {},
            {"planted identifiers": "pass", "unproven rows": "fail"},
            id="too many rows were left out",
        ),
    ],
)
def test_every_demand_has_a_ruling(
    rule: dict[str, Any], changes: dict[str, Any], outcome: dict[str, str]
):
    plain = case()
    proven = replace(plain.redaction, record=replace(PROVEN, **changes))

    rulings = judge_privacy(
        PrivacyRule.model_validate(rule), replace(plain, redaction=proven), NOBODY
    )

    assert {one.rule: one.outcome for one in rulings} == outcome


def test_the_gate_asks_only_if_the_policy_does():
    asked = decide(policy(privacy={"min_k": 5}), case(), NOBODY)
    silent = decide(POLICY, case(), NOBODY)

    assert asked.outcome == "rejected"
    assert [one.rule for one in silent.rulings] == [
        one.rule for one in asked.rulings if one.rule not in {"k-anonymity", "planted identifiers"}
    ]


def test_the_old_name_of_the_planted_recall_is_read_with_a_warning():
    with pytest.warns(FutureWarning, match="min_planted_recall"):
        rule = PrivacyRule.model_validate({"min_canary_recall": 0.75})

    assert rule == PrivacyRule(min_planted_recall=0.75)


def test_old_and_new_name_together_are_refused():
    with pytest.raises(ValueError, match="keep one"):
        PrivacyRule.model_validate({"min_canary_recall": 0.75, "min_planted_recall": 1.0})
