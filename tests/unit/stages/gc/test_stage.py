"""Gc: rows go when their time is over, dead attempts too, and nothing that anybody needs."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from airlock.config.settings import SecretKey
from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Folder, Result
from airlock.erasure import Reach, ReachedTable, Subject, erase
from airlock.ledger import Ledger, hold, release
from airlock.stages.gc.record import Collection
from airlock.stages.gc.spec import GcSpec
from airlock.stages.gc.stage import DeletionPlan, plan, sweep
from airlock.store import Store, Zone
from tests.judged import CHAMPION, NOW, ORIGIN

TODAY = datetime(2026, 6, 1, tzinfo=UTC)
SPEC = GcSpec(raw_days=30, quarantine_days=90, dead_days=2)
Made = Callable[..., Published]


@pytest.fixture
def made(stores: Stores, tmp_path: Path) -> Made:
    """Publish a result whose data was written some days before today."""

    def make(stage: str, *, days: float, zone: Zone = "raw", key: str = "1" * 64) -> Published:
        source = tmp_path / "source" / stage / key[:8]
        (source / "quarantine").mkdir(parents=True, exist_ok=True)
        (source / "part-00000.parquet").write_bytes(f"rows of {stage} {key}".encode())
        (source / "quarantine" / "part-00000.parquet").write_bytes(b"bad rows")
        data = publication.upload(source, stage=stage, part="data", zone=zone, stores=stores)
        result = Result(
            stage=stage,
            version=1,
            inputs={},
            record={},
            data=data,
            report=Folder(zone="store", prefix=f"attempts/{stage}/{key[:8]}/report"),
            made_by=ORIGIN,
        )
        written(stores[zone], data.prefix, days)
        return publication.publish(stores, key, result, tmp_path / "in")

    return make


def written(store: Store, prefix: str, days: float) -> None:
    """Let objects be as old as that."""
    then = (TODAY - timedelta(days=days)).timestamp()
    for stat in store.list(prefix):
        os.utime(store.local(stat.key, Path()), (then, then))


def collected(stores: Stores, *ledgers: Ledger, spec: GcSpec = SPEC) -> Collection:
    planned = plan(stores, ledgers, spec, now=TODAY)
    sweep(planned, stores)
    return planned.collection(dry_run=False)


def keys(store: Store, prefix: str = "attempts/") -> set[str]:
    return {stat.key for stat in store.list(prefix)}


def counts(record: Collection) -> dict[str, int]:
    return {one.kind: one.objects for one in record.deleted}


@pytest.mark.parametrize(
    ("days", "rows", "quarantine"),
    [
        pytest.param(29, True, True, id="in time"),
        pytest.param(31, False, True, id="rows past theirs"),
        pytest.param(91, False, False, id="quarantine past its own"),
    ],
)
def test_rows_before_redaction_go_when_their_time_is_over(
    stores: Stores, made: Made, days: float, rows: bool, quarantine: bool
):
    prefix = made("validate", days=days).result.data.prefix

    collected(stores)

    left = keys(stores["raw"])
    assert (f"{prefix}/part-00000.parquet" in left) is rows
    assert (f"{prefix}/quarantine/part-00000.parquet" in left) is quarantine


def test_a_joined_table_goes_with_the_rows_that_it_was_made_of(stores: Stores, made: Made):
    made("prepare", days=31)
    made("prepare", days=29, key="2" * 64)

    assert counts(collected(stores))["raw rows"] == 1


@pytest.mark.parametrize("stage", ["redact_share", "score_share"])
def test_shares_go_with_the_rows_because_the_whole_holds_the_same(
    stores: Stores, made: Made, stage: str
):
    prefix = made(stage, days=31).result.data.prefix

    collected(stores)

    assert f"{prefix}/part-00000.parquet" not in keys(stores["raw"])


def test_what_a_slot_names_in_the_store_stays_for_good(stores: Stores, made: Made):
    made("train", days=5_000, zone="store")
    before = keys(stores["store"], "")

    assert counts(collected(stores))["dead attempts"] == 0
    assert keys(stores["store"], "") == before


@pytest.mark.parametrize("zone", ["raw", "store"])
def test_a_dead_attempt_goes_after_its_days_and_not_before(
    stores: Stores, made: Made, tmp_path: Path, zone: Zone
):
    made("train", days=0, zone="store")
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "part").write_bytes(b"half")
    before = keys(stores[zone])
    for _ in range(2):
        publication.upload(
            tmp_path / "left", stage="snapshot", part="data", zone=zone, stores=stores
        )
    first, second = sorted({key.rpartition("/")[0] for key in keys(stores[zone]) - before})
    written(stores[zone], first, days=1.9)
    written(stores[zone], second, days=2.1)

    record = collected(stores)

    assert keys(stores[zone]) - before == {f"{first}/part"}
    assert counts(record) == {"raw rows": 0, "quarantined rows": 0, "dead attempts": 1}


def test_in_a_store_without_any_result_no_rows_are_called_dead(stores: Stores, tmp_path: Path):
    """It may be another store than the one that they belong to."""
    (tmp_path / "left").mkdir()
    (tmp_path / "left" / "part").write_bytes(b"rows")
    for days in (5, 31):
        data = publication.upload(
            tmp_path / "left", stage="snapshot", part="data", zone="raw", stores=stores
        )
        written(stores["raw"], data.prefix, days)

    record = collected(stores)

    assert counts(record) == {"raw rows": 1, "quarantined rows": 0, "dead attempts": 0}
    assert "No result at all lies in" in record.held[0]


def test_checkpoints_of_a_training_that_was_given_up_go_after_their_days(stores: Stores):
    for name in ("1-old", "2-new"):
        stores["store"].put(f"checkpoints/train/key/{name}.pt", b"state")
    written(stores["store"], "checkpoints/train/key/1-old", days=2.1)
    written(stores["store"], "checkpoints/train/key/2-new", days=1.9)

    collected(stores)

    assert keys(stores["store"], "checkpoints/") == {"checkpoints/train/key/2-new.pt"}


def test_a_slot_without_its_rows_is_filled_anew(stores: Stores, made: Made, tmp_path: Path):
    first = made("snapshot", days=31)
    collected(stores)

    assert publication.find(stores, "snapshot", "1" * 64, tmp_path / "in") is None
    assert made("snapshot", days=0).address != first.address


def test_reading_what_was_deleted_says_so(stores: Stores, made: Made, tmp_path: Path):
    folder = made("snapshot", days=31).result.data
    collected(stores)

    with pytest.raises(Unverified, match="past its retention"):
        publication.fetch(stores, folder, tmp_path / "in")


def champion(ledger: Ledger, training: Published, validation: Published) -> None:
    body = CHAMPION.body() | {
        "training": training.address,
        "training_sha256": training.sha256,
        "validation": validation.address,
        "validation_sha256": validation.sha256,
    }
    ledger.append("promoted", {"champion": body}, id="p", at=NOW)


def test_a_champion_is_whole_after_its_rows_are_gone(
    stores: Stores, made: Made, ledger: Ledger, tmp_path: Path
):
    training = made("train", days=400, zone="store")
    validation = made("validate", days=400)
    champion(ledger, training, validation)

    record = collected(stores, ledger)

    assert counts(record) == {"raw rows": 1, "quarantined rows": 1, "dead attempts": 0}
    assert publication.fetch(stores, training.result.data, tmp_path / "in").is_dir()
    loaded = publication.load(stores["store"], validation.address, expected=validation.sha256)
    assert loaded.result == validation.result


def test_a_place_that_holds_both_zones_keeps_what_its_slots_name(
    stores: Stores, made: Made, ledger: Ledger, tmp_path: Path
):
    shared: Stores = {"store": stores["store"], "raw": stores["store"]}
    training = made("train", days=400, zone="store")
    champion(ledger, training, made("validate", days=400, zone="store", key="2" * 64))
    left = publication.upload(
        tmp_path / "source", stage="validate", part="report", zone="store", stores=stores
    )
    written(stores["store"], left.prefix, days=400)
    stores["store"].put("stages/score/x/0000.json", b"no result")
    bundle = keys(stores["store"], training.result.data.prefix)
    report = keys(stores["store"], left.prefix)

    record = collected(shared, ledger)

    assert record.held
    assert counts(record)["raw rows"] == 1
    assert bundle | report <= keys(stores["store"])


def test_a_ledger_that_tells_of_an_erasure_holds_nothing_back(
    stores: Stores, made: Made, ledger: Ledger
):
    slot = made("redact", days=40, zone="store")
    made("snapshot", days=40)
    erased = ReachedTable(
        stage="redact",
        zone="store",
        prefix=slot.result.data.prefix,
        results=(slot.address,),
        contents=(slot.result.content,),
    )
    erase(
        stores,
        Subject("somebody", "customer", key=SecretKey(bytes(32)), columns={"id": "text"}),
        lambda: Reach(tables=(erased,), models=("churn",), versions=()),
        ledger_of=lambda _: ledger,
        at=NOW,
    )
    assert [entry.kind for entry in ledger.entries()] == ["tombstone"]

    record = collected(stores, ledger)

    assert not record.held
    assert counts(record)["raw rows"] == 1


def lose_the_slot(stores: Stores, training: Published) -> None:
    stores["store"].delete(training.address)


def alter_the_slot(stores: Stores, training: Published) -> None:
    data = stores["store"].get(training.address)
    stores["store"].put(training.address, data.replace(b'"try_number":1', b'"try_number":2'))


def spoil_the_slot(stores: Stores, training: Published) -> None:
    stores["store"].put(training.address, b"{}")


def spoil_the_ledger(stores: Stores, training: Published) -> None:
    stores["store"].put("ledger/churn/00000001.json", b"{}")


@pytest.mark.parametrize("harm", [lose_the_slot, alter_the_slot, spoil_the_slot, spoil_the_ledger])
def test_when_something_does_not_verify_nothing_in_the_store_is_deleted(
    stores: Stores, made: Made, ledger: Ledger, harm: Callable[[Stores, Published], None]
):
    training = made("train", days=400, zone="store")
    champion(ledger, training, made("validate", days=40))
    harm(stores, training)
    before = keys(stores["store"], "")
    reader = Ledger(stores["store"], "churn", trusted=ledger.trusted)

    record = collected(stores, reader)

    assert keys(stores["store"], "") == before
    assert record.held
    assert record.verdict.repair
    # Rows go by their age all the same, unless nobody can read whether a legal hold keeps them.
    assert counts(record)["raw rows"] == (0 if harm is spoil_the_ledger else 1)


def test_a_legal_hold_keeps_rows_past_their_time(stores: Stores, made: Made, ledger: Ledger):
    slot = made("snapshot", days=400)
    made("snapshot", days=400, key="2" * 64)
    hold(ledger, by="Counsel", reason="case 12", at=NOW, result=slot.address)

    record = collected(stores, ledger)

    assert keys(stores["raw"], slot.result.data.prefix)
    assert (counts(record)["raw rows"], counts(record)["quarantined rows"]) == (1, 1)
    assert record.kept == 2
    [said] = record.holds
    assert said.startswith("Entry 1 of the ledger of churn holds stages/snapshot/")
    assert said.endswith("by Counsel: case 12")
    assert record.verdict.passed

    release(ledger, 1, by="Counsel", reason="closed", at=NOW)
    assert counts(collected(stores, ledger))["raw rows"] == 1


def test_an_unreadable_slot_does_not_make_its_rows_a_dead_attempts(stores: Stores, made: Made):
    slot = made("snapshot", days=3)
    stores["store"].put(slot.address, b"{}")

    record = collected(stores)

    assert record.held
    assert len(keys(stores["raw"])) == 2


def test_a_dry_run_deletes_nothing_and_lists_all(stores: Stores, made: Made):
    made("snapshot", days=31)

    planned: DeletionPlan = plan(stores, (), SPEC, now=TODAY)

    assert [(one.zone, one.kind) for one in planned.doomed] == [("raw", "raw rows")]
    assert planned.doomed[0].age == timedelta(days=31)
    assert "would be deleted" in planned.collection(dry_run=True).facts()[0]
    assert len(keys(stores["raw"])) == 2


def test_twice_is_once(stores: Stores, made: Made):
    made("snapshot", days=31)
    planned = plan(stores, (), SPEC, now=TODAY)

    sweep(planned, stores)
    sweep(planned, stores)

    assert counts(collected(stores)) == {
        "raw rows": 0,
        "quarantined rows": 0,
        "dead attempts": 0,
    }


@pytest.mark.parametrize("days", [0, 0.5, -1, float("nan"), float("inf")])
def test_no_attempt_is_robbed_while_it_lives(days: float):
    with pytest.raises(ValueError, match="dead_days"):
        GcSpec(dead_days=days)
