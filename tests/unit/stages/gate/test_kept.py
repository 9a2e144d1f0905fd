"""Whoever reads a digest in a decision finds the object of that name."""

from __future__ import annotations

import json

from airlock.core.content import sha256
from airlock.ledger import Ledger
from tests.judged import POLICY, case, judged


def test_the_policys_text_and_the_decision_lie_under_the_digests_that_the_ledger_holds(
    ledger: Ledger,
):
    decision = judged(case(), ledger)

    [decided] = [one for one in ledger.entries() if one.kind == "decided"]
    policy = ledger.store.get(f"policies/{decided.body['evidence']['policy']}.json")
    said = ledger.store.get(f"decisions/{decided.body['decision']}.json")
    assert decided.body["kept"]
    assert sha256(policy) == decided.body["evidence"]["policy"]
    assert sha256(said) == decided.body["decision"]
    assert json.loads(policy) == POLICY.to_json()
    assert json.loads(said)["rulings"] == decision.record.to_json()["rulings"]


def test_a_policy_is_kept_once(ledger: Ledger):
    judged(case(), ledger)
    judged(case(bundle="another"), ledger, run_id="manual__2")

    assert len(list(ledger.store.list("policies/"))) == 1
    assert len(list(ledger.store.list("decisions/"))) == 2
