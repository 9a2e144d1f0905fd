"""The evidence of a table that was joined of several sources names each of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock import signing
from airlock.core.errors import Unverified
from airlock.engine.record import Input
from tests.audited import MODEL, NEXT, Installation, _with_report
from tests.judged import NOW, judged
from tests.packed_evidence import files, pack
from tests.unit.stages.gate.test_joined import joined


def kept(here: Installation, one: Input[Any], data: str) -> None:
    here.keep(one, {"file": data.encode()})


@pytest.fixture
def here(tmp_path: Path) -> Installation:
    """A candidate that the gate judged, whose table was joined of two sources."""
    made = Installation(tmp_path)
    made.trust(NEXT)
    ledger, one = made.ledger(by=NEXT), joined()
    for name, source in one.sources.items():
        kept(made, source, name)
    for name, result in one.results.items():
        kept(made, result, "candidate" if name == "training" else "data")
    bundle = {file.path: file.sha256 for file in one.training.result.data.files}
    signing.sign(made.store, NEXT, bundle, model=MODEL)
    page = {"card.md": b"a card"}
    decision = _with_report(judged(one, ledger), page)
    made.keep(decision, {"file": b"data"}, page)
    told = {"address": decision.address, "sha256": decision.sha256, "content": decision.content}
    run = {"dag_id": "churn_training", "run_id": "manual__1"}
    recorded = {"stage": "gate", "run": run, "night": "2026-01-05", **told, "results": {}}
    ledger.append("recorded", recorded, id="recorded/1", at=NOW)
    return made


def test_every_source_and_the_table_are_in_it(here: Installation):
    held = files(pack(here))

    for name in ("snapshot_customers", "snapshot_orders", "prepare", "train"):
        assert f"records/{name}.json" in held
    assert "records/snapshot.json" not in held
    assert b"Joined by `shop.sql`" in held["annex_iv.md"]


def test_a_table_of_other_sources_is_not_packed(here: Installation):
    ledger = here.ledger(by=NEXT)
    run = next(one for one in ledger.entries() if one.kind == "run")
    results = {**run.body["results"], "snapshot_orders": run.body["results"]["snapshot_customers"]}
    again = Installation(here.folder / "again")
    again.folder.mkdir()
    again.trust(NEXT)
    for stat in here.store.list(""):
        if not stat.key.startswith("ledger/"):
            again.store.put(stat.key, here.store.get(stat.key))
    for entry in ledger.entries():
        body = {**entry.body, "results": results} if entry.kind == "run" else entry.body
        again.ledger(by=NEXT).append(entry.kind, body, id=entry.id, at=entry.at)

    with pytest.raises(Unverified, match="was not made of these sources"):
        pack(again)


def test_without_one_of_them_nothing_is_packed(here: Installation):
    run = next(one for one in here.ledger().entries() if one.kind == "run")
    at = run.body["results"]["snapshot_orders"]["address"]
    here.store.delete(at)

    with pytest.raises(Exception, match="snapshot"):
        pack(here)


def test_a_decision_that_was_not_to_promote_has_evidence_too(here: Installation):
    made = pack(here)

    assert b"since" not in files(made)["README.md"].split(b"##")[0]
    assert replace(made, data=b"").entries == len(here.ledger().entries())
