"""Promote: only what the signed ledger decided and approved, and only if it still stands."""

from __future__ import annotations

import base64
import contextlib
import multiprocessing
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from airlock import signing
from airlock.core.errors import Conflict, Unverified
from airlock.engine.record import Input
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.registry import MlflowSettings
from airlock.stages.approve.record import Approval
from airlock.stages.approve.stage import answer
from airlock.stages.gate.case import Case
from airlock.stages.gate.record import Decision, claim_of
from airlock.stages.gate.spec import Policy
from airlock.stages.promote.record import Promotion
from airlock.stages.promote.stage import promote
from airlock.store import open_store
from tests.judged import NOW, POLICY, case, judged, result

AWAY = MlflowSettings(tracking_uri="http://127.0.0.1:9")
ASKING = Policy.model_validate({**POLICY.to_json(), "approval": {"required": "always"}})
YES = {
    "chosen_options": ["Approve"],
    "params_input": {"reason": "looks right"},
    "responded_at": NOW,
    "responded_by_user": {"id": "admin", "name": "admin"},
}


@pytest.fixture(autouse=True)
def _nobody_waits_for_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    # The alias has tests of its own; here MLflow is away, and does not take its seconds.
    monkeypatch.setattr("airlock.stages.promote.stage.point_alias", lambda *_: False)


def unasked(decision: Input) -> Input:
    """The approval of a decision that nobody must be asked about."""
    record = Approval(
        model="churn", version=1, decision=decision.content, required=False, approved=True
    )
    return result(record, {"decision": decision})


def told_by_an_earlier_version(decision: Input, ledger: Ledger) -> Input:
    """The decision as it was stored before Airlock knew of `canary`."""
    fields = {name: x for name, x in decision.result.record.items() if name != "canary"}
    said = ledger.entries()[decision.record.sequence - 1].body | {"decision": claim_of(fields)}
    entry = ledger.append("decided", said, id=f"decided/{said['decision']}", at=NOW)
    made = replace(decision.result, record=fields | {"sequence": entry.sequence})
    return replace(decision, result=made, record=Decision.from_json(made.record))


def promoted(one: Case, decision: Input, approval: Input, ledger: Ledger) -> Promotion:
    return promote(
        decision,
        approval,
        training=one.training,
        validation=one.validation,
        ledger=ledger,
        mlflow=AWAY,
        now=NOW,
    )


def test_whoever_is_promoted_is_signed_by_a_key_that_counts_now(ledger: Ledger):
    """The key may have been changed after register signed the bundle."""
    one = case()
    decision = judged(one, ledger)

    promoted(one, decision, unasked(decision), ledger)

    signing.stored(
        ledger.store, model="churn", bundle=decision.record.bundle, trusted=ledger.valid_keys()
    )


def test_the_first_candidate_becomes_champion(ledger: Ledger):
    one = case()
    decision = judged(one, ledger)

    promotion = promoted(one, decision, unasked(decision), ledger)

    champion = ledger.state().champion
    assert champion is not None
    assert (promotion.sequence, champion.sequence) == (3, 3)
    assert champion.bundle == one.bundle
    assert champion.training == one.training.address
    assert champion.training_sha256 == one.training.sha256
    assert promotion.replaced_version is None
    assert not promotion.alias_follows


def test_a_retried_promotion_writes_nothing_more(ledger: Ledger):
    one = case()
    decision = judged(one, ledger)

    first = promoted(one, decision, unasked(decision), ledger)
    again = promoted(one, decision, unasked(decision), ledger)

    assert again == first
    assert len(ledger.entries()) == 3


def test_a_challenger_replaces_the_champion(ledger: Ledger):
    first = case()
    decision = judged(first, ledger)
    promoted(first, decision, unasked(decision), ledger)

    second = case(bundle="better", version=2, champion=ledger.state().champion)
    decision = judged(second, ledger)
    promotion = promoted(second, decision, unasked(decision), ledger)

    assert (promotion.version, promotion.replaced_version) == (2, 1)


# What does not stand


def test_a_decision_against_an_earlier_champion_is_refused(ledger: Ledger):
    one, two = case(), case(bundle="other", version=2)
    decisions = [judged(each, ledger, run_id=str(each.bundle)) for each in (one, two)]
    promoted(one, decisions[0], unasked(decisions[0]), ledger)

    with pytest.raises(Conflict, match="another champion since the decision"):
        promoted(two, decisions[1], unasked(decisions[1]), ledger)


def test_a_bundle_that_was_rolled_back_meanwhile_is_refused(ledger: Ledger):
    one = case()
    decision = judged(one, ledger)
    body = {
        "champion": {
            **dict.fromkeys(
                ("training", "training_sha256", "validation", "validation_sha256"), "x"
            ),
            "version": 9,
            "bundle": "older",
            "split": "s",
            "night": None,
        },
        "from_bundle": one.bundle,
    }
    ledger.append("rolled_back", body, id="r", at=NOW)

    with pytest.raises(Conflict):
        promoted(one, decision, unasked(decision), ledger)


def test_a_decision_that_the_ledger_does_not_hold_is_refused(ledger: Ledger):
    one = case()
    decision = judged(one, ledger)
    record = replace(decision.record, version=99)
    made = replace(decision.result, record=record.to_json())
    forged = replace(decision, result=made, record=record)

    with pytest.raises(Unverified, match="does not hold this decision"):
        promoted(one, forged, unasked(forged), ledger)


@pytest.mark.parametrize("sequence", [0, 1, 3, -1])
def test_a_decision_must_name_its_own_entry(ledger: Ledger, sequence: int):
    one = case()
    decision = judged(one, ledger)
    forged = replace(decision, record=replace(decision.record, sequence=sequence))

    with pytest.raises(Unverified):
        promoted(one, forged, unasked(forged), ledger)


def test_a_rejected_candidate_is_never_promoted(ledger: Ledger):
    one = case(holdout=3)
    decision = judged(one, ledger)

    with pytest.raises(Unverified, match="is not to promote"):
        promoted(one, decision, unasked(decision), ledger)


def test_another_training_than_the_judged_one_is_refused(ledger: Ledger):
    decision = judged(case(), ledger)

    with pytest.raises(Unverified, match="not the one that was judged"):
        promoted(case(bundle="another"), decision, unasked(decision), ledger)


# Approvals


def test_an_approved_candidate_is_promoted(ledger: Ledger):
    one = case()
    decision = judged(one, ledger, policy=ASKING)
    approval = result(answer(decision, YES, ledger=ledger, now=NOW), {"decision": decision})

    promotion = promoted(one, decision, approval, ledger)

    assert ledger.entries()[promotion.sequence - 1].body["approved"] == approval.record.sequence


def test_an_approval_that_was_never_given_is_refused(ledger: Ledger):
    one = case()
    decision = judged(one, ledger, policy=ASKING)

    with pytest.raises(Unverified):
        promoted(one, decision, unasked(decision), ledger)


def test_a_no_that_was_turned_into_a_yes_is_refused(ledger: Ledger):
    one = case()
    decision = judged(one, ledger, policy=ASKING)
    no = answer(decision, {**YES, "chosen_options": ["Reject"]}, ledger=ledger, now=NOW)

    with pytest.raises(Unverified, match="no approval of this very decision"):
        promoted(one, decision, result(replace(no, approved=True), {}), ledger)


def test_an_approval_that_names_another_decision_is_refused(ledger: Ledger):
    one = case()
    decision = judged(one, ledger, policy=ASKING)
    body = {
        "decision": "f" * 64,
        "decided_sequence": decision.record.sequence,
        "bundle": one.bundle,
        "approved": True,
    }
    entry = ledger.append("approved", body, id="foreign", at=NOW)
    approval = replace(unasked(decision).record, required=True, sequence=entry.sequence)

    with pytest.raises(Unverified, match="no approval of this very decision"):
        promoted(one, decision, result(approval, {}), ledger)


def test_an_approval_of_another_decision_is_refused(ledger: Ledger):
    one, two = case(), case(bundle="other", version=2)
    yes = answer(judged(two, ledger, policy=ASKING, run_id="2"), YES, ledger=ledger, now=NOW)
    decision = judged(one, ledger, policy=ASKING)

    with pytest.raises(Unverified, match="no approval of this very decision"):
        promoted(one, decision, result(yes, {}), ledger)


TWO = Policy.model_validate({**POLICY.to_json(), "approval": {"required": "always", "count": 2}})


def said_yes(decision: Input, ledger: Ledger, who: str, *, seat: int = 1) -> Input:
    given = {**YES, "responded_by_user": {"id": f"id of {who}", "name": who}}
    return result(
        answer(decision, given, ledger=ledger, now=NOW, seat=seat), {"decision": decision}
    )


def test_two_people_who_are_asked_for_promote_it_together(ledger: Ledger):
    one = case()
    decision = judged(one, ledger, policy=TWO)
    said_yes(decision, ledger, "ada")
    approval = said_yes(decision, ledger, "grace", seat=2)

    promotion = promoted(one, decision, approval, ledger)

    body = ledger.entries()[promotion.sequence - 1].body
    assert (body["approved"], body["approvals"]) == (4, [3, 4])


def test_one_of_two_is_not_enough(ledger: Ledger):
    one = case()
    decision = judged(one, ledger, policy=TWO)

    with pytest.raises(Unverified, match="the yes of 1 of 2 people"):
        promoted(one, decision, said_yes(decision, ledger, "ada"), ledger)


@pytest.mark.parametrize("same", ["by", "by_id"])
def test_one_person_written_down_twice_is_not_two(ledger: Ledger, same: str):
    one = case()
    decision = judged(one, ledger, policy=TWO)
    approval = said_yes(decision, ledger, "ada")
    first = ledger.entries()[-1].body
    forged = {**first, "seat": 2, "by": "eve", "by_id": "id of eve", same: first[same]}
    ledger.append("approved", forged, id="forged", at=NOW)

    with pytest.raises(Unverified, match="the yes of 1 of 2 people"):
        promoted(one, decision, approval, ledger)


def test_one_no_outweighs_every_yes(ledger: Ledger):
    one = case()
    decision = judged(one, ledger, policy=TWO)
    said_yes(decision, ledger, "ada")
    approval = said_yes(decision, ledger, "grace", seat=2)
    said = {**ledger.entries()[-1].body, "by": "joan", "by_id": "3", "approved": False}
    ledger.append("approved", said, id="third", at=NOW)

    with pytest.raises(Unverified, match="no approval of this very decision"):
        promoted(one, decision, approval, ledger)


def test_an_approval_of_another_bundle_is_refused(ledger: Ledger):
    one = case()
    decision = judged(one, ledger, policy=ASKING)
    approval = said_yes(judged(case(bundle="x"), ledger, policy=ASKING, run_id="2"), ledger, "ada")
    about = {"decision": decision.content, "decided_sequence": decision.record.sequence}
    ledger.append("approved", {**ledger.entries()[-1].body, **about}, id="forged", at=NOW)
    forged = replace(approval.record, decision=decision.content)

    with pytest.raises(Unverified, match="is of another model"):
        promoted(one, decision, result(forged, {}), ledger)


def test_who_triggered_the_run_is_no_approver_even_if_the_ledger_says_so(ledger: Ledger):
    one = case(triggered_by="op")
    decision = judged(one, ledger, policy=ASKING)
    approval = said_yes(decision, ledger, "ada")
    ledger.append("approved", {**ledger.entries()[-1].body, "by": "op"}, id=f"forged/{NOW}", at=NOW)

    with pytest.raises(Unverified, match="op approved what they triggered"):
        promoted(one, decision, approval, ledger)


# MLflow


def test_the_alias_follows_and_mlflow_may_be_away(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.undo()
    one = case()
    decision = judged(one, ledger)

    began = time.monotonic()
    promotion = promoted(one, decision, unasked(decision), ledger)

    assert not promotion.alias_follows
    assert ledger.state().champion is not None
    assert time.monotonic() - began < 15


# Races


def _race(root: str, trusted: dict[str, str], who: int, start: float) -> None:
    signer = Signer.from_seed(base64.b64encode(bytes(range(32))).decode())
    ledger = Ledger(open_store(root), "churn", trusted=TrustedKeys(trusted), signer=signer)
    one = case(bundle=f"bundle {who}", version=who)
    decision = judged(one, ledger, run_id=f"run {who}")
    while time.time() < start:
        pass
    # Refused at promote, or by the gate already if it came too late.
    with contextlib.suppress(Conflict, Unverified):
        promoted(one, decision, unasked(decision), ledger)


def test_of_rival_candidates_one_wins_whoever_is_killed(tmp_path: Path, trusted: TrustedKeys):
    """Of four that were judged without a champion one becomes it; the killed one tries again."""
    context = multiprocessing.get_context("fork")
    chance = random.Random(0)
    for race in range(20):
        root = str(tmp_path / f"race-{race}")
        start = time.time() + 0.08
        rivals = [
            context.Process(target=_race, args=(root, dict(trusted.keys), who, start))
            for who in range(1, 5)
        ]
        for rival in rivals:
            rival.start()
        time.sleep(max(0.0, start - time.time()) + chance.random() * 0.02)
        victim = chance.randrange(4)
        rivals[victim].kill()
        for rival in rivals:
            rival.join()
        survivors = [at for at in range(4) if at != victim]
        assert [rivals[at].exitcode for at in survivors] == [0, 0, 0]

        _race(root, dict(trusted.keys), victim + 1, 0)

        entries = Ledger(open_store(root), "churn", trusted=trusted).entries()
        made = [entry.body["champion"]["version"] for entry in entries if entry.kind == "promoted"]
        assert len(made) == 1, f"race {race}: {made}"


def test_a_decision_that_an_earlier_version_wrote_with_fewer_fields_is_promoted(ledger: Ledger):
    one = case()
    decision = told_by_an_earlier_version(judged(one, ledger), ledger)
    assert decision.record.claim != claim_of(decision.result.record)

    made = promoted(one, decision, unasked(decision), ledger)

    assert ledger.state().champion_sequence == made.sequence


def test_a_decision_that_somebody_took_a_field_out_of_is_refused_with_a_way_on(ledger: Ledger):
    one = case()
    decision = judged(one, ledger)
    fields = {name: x for name, x in decision.result.record.items() if name != "canary"}
    altered = replace(decision, result=replace(decision.result, record=fields))

    with pytest.raises(Unverified, match="Clear the run from gate on; if Airlock was not upgraded"):
        promoted(one, altered, unasked(altered), ledger)

    assert ledger.state().champion is None
