"""Somebody with rights they should not have: every shortcut to production is refused, by name."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airlock import signing
from airlock.bundle import manifest
from airlock.core.content import canonical_json
from airlock.core.errors import AirlockError, BrokenChain, Unverified
from airlock.engine import publication
from airlock.engine.attempt import Attempt
from airlock.engine.publication import Stores
from airlock.engine.record import Folder, Input, Receipt
from airlock.ledger import Entry, Ledger, Signer, TrustedKeys
from airlock.registry import MlflowSettings
from airlock.stages.approve.record import Approval
from airlock.stages.gate.record import Decision
from airlock.stages.promote.stage import promote
from airlock.stages.rollback.stage import rollback
from airlock.store import Store
from tests.judged import NOW, ORIGIN, case, judged, policy, result
from tests.registered import crown
from tests.sealing import give

AWAY = MlflowSettings(tracking_uri="http://127.0.0.1:9")
ASKING = policy(approval={"required": "always"})
STRANGER = Signer.from_seed(base64.b64encode(bytes(range(100, 132))).decode())


@pytest.fixture(autouse=True)
def _nobody_waits_for_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in ("promote", "rollback"):
        monkeypatch.setattr(f"airlock.stages.{stage}.stage.point_alias", lambda *_: False)


@pytest.fixture
def ledger(store: Store, signer: Signer, trusted: TrustedKeys) -> Ledger:
    return Ledger(store, "churn", trusted=trusted, signer=signer)


@pytest.fixture
def attempt(stores: Stores, ledger: Ledger, tmp_path: Path) -> Attempt:
    settings: Any = SimpleNamespace(
        store=lambda zone="store": stores[zone],
        ledger=lambda model, to_write=False: ledger,
        sealed=True,
    )
    return Attempt(
        origin=ORIGIN,
        night="2026-01-05",
        params={},
        overrides=(),
        triggered_by=None,
        now=NOW,
        settings=settings,
        scratch=tmp_path / "scratch",
    )


# Approvals


def forged_yes(decision: Input[Decision], *, at: int) -> Entry:
    """The entry that an approval of this very decision would be."""
    return Entry(
        model="churn",
        sequence=at,
        previous="",
        kind="approved",
        id="forged",
        at=NOW,
        body={
            "decision": decision.content,
            "decided_sequence": decision.record.sequence,
            "bundle": decision.record.bundle,
            "approved": True,
            "by": "admin",
        },
        key_id=STRANGER.key_id,
    )


def by_a_key_of_ones_own(yes: Entry, ledger: Ledger, store: Store) -> Entry:
    return replace(yes, signature=STRANGER.sign(yes.claim()))


def under_our_keys_name(yes: Entry, ledger: Ledger, store: Store) -> Entry:
    assert ledger.signer is not None
    return by_a_key_of_ones_own(replace(yes, key_id=ledger.signer.key_id), ledger, store)


def without_a_signature(yes: Entry, ledger: Ledger, store: Store) -> Entry:
    return yes


def from_another_models_ledger(yes: Entry, ledger: Ledger, store: Store) -> Entry:
    other = Ledger(store, "other", trusted=ledger.trusted, signer=ledger.signer)
    for number in range(yes.sequence - 1):
        other.append("incident", {"what": str(number)}, id=str(number), at=NOW)
    return other.append("approved", yes.body, id="forged", at=NOW)


@pytest.mark.parametrize(
    "make",
    [
        by_a_key_of_ones_own,
        under_our_keys_name,
        without_a_signature,
        from_another_models_ledger,
    ],
    ids=lambda make: make.__name__,
)
def test_a_self_made_approval_promotes_nobody(
    ledger: Ledger, store: Store, make: Callable[[Entry, Ledger, Store], Entry]
):
    one = case()
    decision = judged(one, ledger, policy=ASKING)
    yes = replace(forged_yes(decision, at=3), previous=ledger.state().head)
    store.put("ledger/churn/00000003.json", make(yes, ledger, store).stored())
    approval = Approval(
        model="churn",
        version=1,
        decision=decision.content,
        required=True,
        approved=True,
        sequence=3,
    )

    with pytest.raises(BrokenChain, match="Entry 3 of the ledger of churn"):
        promoting(one, decision, approval, ledger)


def test_an_approval_that_was_edited_in_the_ledger_promotes_nobody(ledger: Ledger, store: Store):
    one = case()
    decision = judged(one, ledger, policy=ASKING)
    no = {**forged_yes(decision, at=3).body, "approved": False}
    ledger.append("approved", no, id="no", at=NOW)
    key = "ledger/churn/00000003.json"
    fields = json.loads(store.get(key))
    store.put(key, canonical_json({**fields, "body": {**no, "approved": True}}))
    approval = Approval(
        model="churn",
        version=1,
        decision=decision.content,
        required=True,
        approved=True,
        sequence=3,
    )
    fresh = Ledger(store, "churn", trusted=ledger.trusted, signer=ledger.signer)

    with pytest.raises(BrokenChain, match=r"Entry 3 .* not signed by a trusted key"):
        promoting(one, decision, approval, fresh)


def test_a_decision_and_its_approval_played_again_after_a_rollback_change_nothing(ledger: Ledger):
    crown(ledger, 1)
    one = case(version=2, night=None, champion=ledger.state().champion)
    decision = judged(one, ledger)
    approval = Approval(
        model="churn", version=2, decision=decision.content, required=False, approved=True
    )
    promoting(one, decision, approval, ledger)
    back = rollback(
        ledger=ledger,
        to_version=None,
        by="admin",
        reason="it was bad",
        origin=ORIGIN,
        verify=lambda champion: None,
        scored=lambda champion: (),
        mlflow=AWAY,
        now=NOW,
    )
    size = len(ledger.entries())

    promoting(one, decision, approval, ledger)

    assert len(ledger.entries()) == size
    assert ledger.state().champion_sequence == back.sequence


def promoting(one: Any, decision: Input, approval: Approval, ledger: Ledger) -> None:
    promote(
        decision,
        result(approval, {"decision": decision}),
        training=one.training,
        validation=one.validation,
        ledger=ledger,
        mlflow=AWAY,
        now=NOW,
    )


# XCom


def receipt(one: Input, *, run_id: str) -> Receipt:
    return Receipt(
        stage=one.result.stage,
        dag_id=ORIGIN.dag_id,
        run_id=run_id,
        task_id=one.result.stage,
        try_number=1,
        night=None,
        address=one.address,
        sha256=one.sha256,
        reused=False,
        seconds=1.0,
        at=NOW,
    )


def of_another_run(store: Store, decision: Input) -> None:
    publication.give_receipt(store, receipt(decision, run_id="another"))


def that_nobody_produced(store: Store, decision: Input) -> None:
    pass


def nobody_signed_its_receipt(store: Store, decision: Input) -> None:
    publication.give_receipt(store, receipt(decision, run_id=ORIGIN.run_id))


def edited_behind_its_receipt(store: Store, decision: Input) -> None:
    made = publication.load(store, decision.address)
    give(store, made, receipt(decision, run_id=ORIGIN.run_id))
    rejected = replace(decision.result, record={**decision.result.record, "outcome": "passed!"})
    store.put(decision.address, rejected.stored())


@pytest.mark.parametrize(
    "tamper",
    [of_another_run, that_nobody_produced, nobody_signed_its_receipt, edited_behind_its_receipt],
    ids=lambda tamper: tamper.__name__,
)
def test_an_address_in_an_edited_xcom_leads_nowhere(
    attempt: Attempt, store: Store, ledger: Ledger, tamper: Callable[[Store, Input], None]
):
    decision = judged(case(), ledger)
    store.put(decision.address, decision.result.stored())
    tamper(store, decision)

    with pytest.raises(Unverified):
        attempt.read(Decision, decision.address)


# Bundles, before they are loaded


@pytest.fixture
def stored(stores: Stores, ledger: Ledger, tmp_path: Path) -> Folder:
    """A signed bundle in the store."""
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "weights.safetensors").write_bytes(b"weights")
    manifest.seal(folder)
    signing.sign(ledger.store, ledger.key(), manifest.files_of(folder), model="churn")
    return publication.upload(folder, stage="train", part="data", zone="store", stores=stores)


def envelope_of(store: Store) -> str:
    [stat] = store.list("signatures/churn/")
    return stat.key


def no_envelope(store: Store, stored: Folder) -> None:
    store.delete(envelope_of(store))


def an_edited_envelope(store: Store, stored: Folder) -> None:
    fields = json.loads(store.get(envelope_of(store)))
    payload = base64.b64decode(fields["payload"]).replace(b"churn", b"chorn")
    fields["payload"] = base64.b64encode(payload).decode()
    store.put(envelope_of(store), canonical_json(fields))


def an_envelope_of_a_stranger(store: Store, stored: Folder) -> None:
    files = {file.path: file.sha256 for file in stored.files}
    store.put(envelope_of(store), signing.signed_by(STRANGER, files, model="churn"))


def altered_weights(store: Store, stored: Folder) -> None:
    store.put(f"{stored.prefix}/weights.safetensors", b"evil wt")


def an_added_file(store: Store, stored: Folder) -> None:
    store.put(f"{stored.prefix}/evil.py", b"print()")


@pytest.mark.parametrize(
    "harm",
    [no_envelope, an_edited_envelope, an_envelope_of_a_stranger, altered_weights, an_added_file],
    ids=lambda harm: harm.__name__,
)
def test_a_bundle_that_somebody_touched_is_not_handed_to_whoever_would_load_it(
    attempt: Attempt, store: Store, stored: Folder, harm: Callable[[Store, Folder], None]
):
    assert attempt.bundle("churn", stored).is_dir()
    harm(store, stored)

    with pytest.raises(Unverified):
        attempt.bundle("churn", stored)


def test_a_bundle_of_another_model_is_not_handed_out(attempt: Attempt, stored: Folder):
    with pytest.raises(AirlockError):
        attempt.bundle("other", stored)
