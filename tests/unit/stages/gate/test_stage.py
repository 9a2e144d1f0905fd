"""The gate: who is asked, what belongs together, and what the ledger keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airlock.core.errors import Unverified
from airlock.ledger import Ledger, State
from airlock.stages.gate.case import Case
from airlock.stages.gate.record import Decision
from airlock.stages.gate.stage import decide, gate
from tests.judged import (
    CHAMPION,
    NOBODY,
    NOW,
    ORIGIN,
    POLICY,
    SOMEBODY,
    case,
    policy,
    result,
)

# Who is asked


@pytest.mark.parametrize(
    ("required", "state", "asked"),
    [
        pytest.param("never", NOBODY, False, id="never"),
        pytest.param("first", NOBODY, True, id="the first champion"),
        pytest.param("first", SOMEBODY, False, id="a later one"),
        pytest.param("always", SOMEBODY, True, id="always"),
    ],
)
def test_the_policy_says_when_people_are_asked(required: str, state: State, asked: bool):
    rules = policy(approval={"required": required})

    decision = decide(rules, case(champion=state.champion), state)

    assert bool(decision.approval_reasons) is asked


def test_a_run_that_a_person_changed_asks_people():
    decision = decide(POLICY, case(overrides=("max_epochs",), triggered_by="op"), NOBODY)

    assert decision.approval_reasons == ("op changed max_epochs for this run.",)


def test_nobody_is_asked_about_a_rejected_candidate():
    decision = decide(policy(approval={"required": "always"}), case(holdout=3), NOBODY)

    assert decision.approval_reasons == ()


# What belongs together


def foreign_snapshot(one: Case) -> Case:
    return replace(one, snapshot=case(night="2026-01-01").snapshot)


def foreign_validation(one: Case) -> Case:
    return replace(one, validation=case(quarantined=1).validation)


def foreign_training(one: Case) -> Case:
    return replace(one, training=case(bundle="another").training)


def foreign_evaluation(one: Case) -> Case:
    return replace(one, evaluation=case(bundle="another").evaluation)


def foreign_registration(one: Case) -> Case:
    return replace(one, registration=case(bundle="another").registration)


def evaluation_of_another_bundle(one: Case) -> Case:
    record = replace(one.evaluation.record, candidate_bundle="f" * 64)
    inputs = {"redaction": one.redaction, "training": one.training}
    return replace(one, evaluation=result(record, inputs))


@pytest.mark.parametrize(
    "harm",
    [
        foreign_snapshot,
        foreign_validation,
        foreign_training,
        foreign_evaluation,
        foreign_registration,
        evaluation_of_another_bundle,
    ],
    ids=lambda harm: harm.__name__,
)
def test_results_that_were_not_made_from_one_another_are_refused(harm: Any):
    with pytest.raises(Unverified):
        decide(POLICY, harm(case()), NOBODY)


def test_another_split_is_refused():
    with pytest.raises(Unverified, match="split the rows differently"):
        decide(POLICY, case(split="f" * 16), NOBODY)


def test_an_evaluation_that_names_another_champion_is_refused():
    other = replace(CHAMPION, bundle="f" * 64)

    with pytest.raises(Unverified, match="another bundle as champion"):
        decide(POLICY, case(champion=other), SOMEBODY)


# The ledger


def test_what_was_decided_and_on_what_is_in_the_ledger(ledger: Ledger):
    candidate = case()

    decision = gate(POLICY, candidate, ledger=ledger, origin=ORIGIN, now=NOW)

    run, decided = ledger.entries()
    assert (run.kind, decided.kind, decision.sequence) == ("run", "decided", decided.sequence)
    assert run.body["results"]["train"]["sha256"] == candidate.training.sha256
    assert decided.body["decision"] == decision.claim
    assert decided.body["evidence"]["evaluation"] == candidate.evaluation.content


def test_a_retried_gate_decides_once(ledger: Ledger):
    first = gate(POLICY, case(), ledger=ledger, origin=ORIGIN, now=NOW)
    again = gate(POLICY, case(), ledger=ledger, origin=ORIGIN, now=NOW.replace(hour=9))

    assert again == first
    assert len(ledger.entries()) == 2


def test_every_run_is_decided_for_itself(ledger: Ledger):
    first = gate(POLICY, case(), ledger=ledger, origin=ORIGIN, now=NOW)
    other = replace(ORIGIN, run_id="manual__2")

    second = gate(POLICY, case(), ledger=ledger, origin=other, now=NOW)

    assert (first.sequence, second.sequence) == (2, 4)


def test_a_decision_survives_being_stored(ledger: Ledger):
    decision = gate(POLICY, case(), ledger=ledger, origin=ORIGIN, now=NOW)

    assert Decision.from_json(decision.to_json()) == decision
