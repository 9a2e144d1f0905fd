"""A record is shown as signed only if an entry names this very one; else nothing of it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airlock.api.vouching import Vouching
from airlock.config.settings import Settings
from airlock.core.errors import BrokenChain, Unverified
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Folder, Origin, Record, Result
from airlock.ledger import Ledger, TrustedKeys
from airlock.store import Store
from tests.judged import NOW
from tests.unit.reports.examples import DECISION, SNAPSHOT

GATE = replace(DECISION, model="churn", sequence=1)


@pytest.fixture
def vouching(
    stores: Stores, trusted: TrustedKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Vouching:
    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(
        Settings,
        "ledger",
        lambda self, model, to_write=False: Ledger(stores["store"], model, trusted=trusted),
    )
    return Vouching(
        Settings(
            root=tmp_path,
            sources=(),
            trusted_keys=tmp_path / "trusted.json",
            notifier="airlock.config.notify.LogNotifier",
            notifier_kwargs={},
            preload=False,
        ),
        lambda model: Ledger(stores["store"], model, trusted=trusted).entries(),
    )


def published(stores: Stores, record: Record, folder: Path) -> Published:
    empty = Folder(zone="store", prefix=f"attempts/{record.stage}/1/data")
    result = Result(
        stage=record.stage,
        version=1,
        inputs={},
        record=record.to_json(),
        data=empty,
        report=empty,
        made_by=Origin(dag_id="d", run_id="r", task_id=record.stage, try_number=1),
    )
    return publication.publish(stores, "k", result, folder)


def sign(ledger: Ledger, made: Published) -> None:
    about = {"stage": made.result.stage, "address": made.address, "sha256": made.sha256}
    ledger.append("recorded", {**about, "results": {}}, id=made.sha256, at=NOW)


def test_the_entry_that_names_a_record_is_told(
    vouching: Vouching, stores: Stores, ledger: Ledger, tmp_path: Path
):
    made = published(stores, GATE, tmp_path)
    sign(ledger, made)

    vouched = vouching.of(made, GATE)

    assert vouched.signed
    assert vouched.sentence == (
        "Entry 1 of the ledger of churn names this very record: recorded, 2026-01-06 02:30 UTC."
    )


def test_a_decision_that_says_something_else_is_refused_though_every_entry_verifies(
    vouching: Vouching, stores: Stores, ledger: Ledger, tmp_path: Path
):
    made = published(stores, GATE, tmp_path)
    sign(ledger, made)
    doctored = replace(GATE, outcome="passed")
    data = replace(made.result, record=doctored.to_json()).stored()
    stores["store"].put(made.address, data)

    with pytest.raises(Unverified, match="is not shown: no entry of the ledger names this very"):
        vouching.of(publication.load(stores["store"], made.address), doctored)


def test_what_nobody_signed_yet_is_shown_as_that_before_the_gate_alone(
    vouching: Vouching, stores: Stores, ledger: Ledger, tmp_path: Path
):
    ledger.append("incident", {"what": "somebody began it"}, id="i", at=NOW)
    snapshot = published(stores, SNAPSHOT, tmp_path)

    vouched = vouching.of(snapshot, SNAPSHOT)

    assert not vouched.signed
    assert vouched.sentence is not None
    assert vouched.sentence.startswith("Not under a signature")
    with pytest.raises(Unverified, match="What gate left is not shown"):
        vouching.of(published(stores, GATE, tmp_path), GATE)


def test_nor_is_one_that_lies_where_an_entry_names_another(
    vouching: Vouching, stores: Stores, ledger: Ledger, tmp_path: Path
):
    made = published(stores, SNAPSHOT, tmp_path)
    results = {"snapshot": {"address": made.address, "sha256": "0" * 64, "content": "c"}}
    ledger.append("run", {"results": results}, id="run", at=NOW)

    with pytest.raises(Unverified, match="What snapshot left is not shown"):
        vouching.of(made, SNAPSHOT)


def test_a_decision_of_an_earlier_version_is_known_by_its_claim(
    vouching: Vouching, stores: Stores, ledger: Ledger, tmp_path: Path
):
    ledger.append("decided", {"decision": GATE.claim}, id="decided", at=NOW)

    assert vouching.of(published(stores, GATE, tmp_path), GATE).signed


def test_beside_a_broken_chain_nothing_is_shown(
    vouching: Vouching, stores: Stores, store: Store, ledger: Ledger, tmp_path: Path
):
    made = published(stores, GATE, tmp_path)
    sign(ledger, made)
    entry = "ledger/churn/00000001.json"
    store.put(entry, store.get(entry).replace(b"gate", b"late"))

    with pytest.raises(BrokenChain):
        vouching.of(made, GATE)
