"""Nights from before they were signed: nobody acts on them until a named person says so."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from airlock.catalogs.predictions import Partition, publish, serving
from airlock.core.content import canonical_json
from airlock.core.errors import SpecError, Unverified
from airlock.engine import publication
from airlock.engine.adoption import adopt, strangers
from airlock.engine.publication import Stores
from airlock.engine.record import Folder, Origin, Result
from airlock.ledger import Ledger, entry_that_names
from tests.judged import NOW

NIGHT = "2026-01-05"


@pytest.fixture
def old(stores: Stores, ledger: Ledger, tmp_path: Path) -> Partition:
    """What an earlier version wrote of a night."""
    empty = Folder(zone="store", prefix="attempts/score/1/data")
    result = Result(
        stage="score",
        version=1,
        inputs={},
        record={"model": "churn"},
        data=empty,
        report=empty,
        made_by=Origin(dag_id="d", run_id="r", task_id="score", try_number=1),
    )
    made = publication.publish(stores, "k", result, tmp_path)
    partition = Partition(
        model="churn",
        night=NIGHT,
        number=1,
        role="served",
        versions=(1,),
        sequence=1,
        scoring=made.address,
        sha256=made.sha256,
        rows=3,
    )
    fields = {name: value for name, value in asdict(partition).items() if name != "entry"}
    ledger.store.put(partition.key, canonical_json(fields))
    return partition


def test_what_somebody_adopts_serves_and_its_result_is_named(ledger: Ledger, old: Partition):
    entry = adopt(ledger, by="Ada", reason="compared with the warehouse", at=NOW)

    assert entry is not None
    assert (entry.kind, entry.body["by"]) == ("adopted", "Ada")
    served = serving(ledger, NIGHT)
    assert served is not None
    assert (served.scoring, served.entry) == (old.scoring, entry.sequence)
    assert entry_that_names(ledger.entries(), old.scoring, old.sha256) == entry
    assert strangers(ledger) == []
    assert adopt(ledger, by="Ada", reason="again", at=NOW) is None


@pytest.mark.usefixtures("old")
@pytest.mark.parametrize(("by", "reason"), [("", "because"), ("Ada", " ")])
def test_nobody_adopts_anything_without_a_name_and_a_reason(ledger: Ledger, by: str, reason: str):
    with pytest.raises(SpecError, match="Nobody answers"):
        adopt(ledger, by=by, reason=reason, at=NOW)


def test_what_is_changed_after_it_was_adopted_serves_nobody(ledger: Ledger, old: Partition):
    adopt(ledger, by="Ada", reason="because", at=NOW)
    ledger.store.put(old.key, ledger.store.get(old.key).replace(b'"rows":3', b'"rows":4'))

    with pytest.raises(Unverified, match="is not what entry 1 of the ledger of churn adopted"):
        serving(ledger, NIGHT)


def test_a_result_that_is_not_the_one_its_catalog_names_is_not_adopted(
    ledger: Ledger, old: Partition
):
    ledger.store.put(old.scoring, ledger.store.get(old.scoring) + b" ")

    with pytest.raises(Unverified, match="its SHA-256 differs"):
        adopt(ledger, by="Ada", reason="because", at=NOW)
    assert ledger.entries() == ()


def test_a_night_that_is_scored_again_after_the_upgrade_replaces_an_adopted_one(
    ledger: Ledger, old: Partition
):
    adopt(ledger, by="Ada", reason="because", at=NOW)
    new = Partition(**{**asdict(old), "sha256": "b" * 64, "number": 0, "entry": 0})

    assert publish(ledger, new, at=NOW).number == 2
    served = serving(ledger, NIGHT)
    assert served is not None
    assert served.sha256 == "b" * 64
