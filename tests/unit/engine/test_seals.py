"""Only what this installation signed says how a run ended a stage, or stands for a stage's work."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airlock.config.settings import Settings
from airlock.core.content import sha256
from airlock.core.errors import SettingsError, Unverified
from airlock.engine import publication
from airlock.engine.attempt import Attempt
from airlock.engine.attested import append_attestation
from airlock.engine.description import receipt_of
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Receipt
from airlock.engine.seals import give_sealed
from airlock.ledger import Ledger, Signer, TrustedKeys, named, rotate_all
from airlock.store import Store
from tests.counted import Count, CountOperator, attempt_of
from tests.judged import NOW
from tests.unit.engine.test_planted import plant, slot_of

OTHER = Signer.from_seed(base64.b64encode(bytes(range(1, 33))).decode())


class UnsignedOperator(CountOperator):
    """One that no ledger names, as redact and train before the gate."""

    keys = frozenset()
    attested = False


@pytest.fixture
def both(trusted: TrustedKeys) -> TrustedKeys:
    other = {OTHER.key_id: base64.b64encode(OTHER.public).decode()}
    return TrustedKeys({**trusted.keys, **other})


@pytest.fixture
def stage(
    stores: Stores, both: TrustedKeys, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[UnsignedOperator]:
    def ledger(settings: Settings, model: str, to_write: bool = False) -> Ledger:
        return Ledger(stores["store"], model, trusted=both, signer=signer)

    monkeypatch.setattr(Settings, "store", lambda self, zone="store": stores[zone])
    monkeypatch.setattr(Settings, "ledger", ledger)
    return UnsignedOperator()  # type: ignore[return-value]  # a fixture


def passed(stage: UnsignedOperator, attempt: Attempt) -> Published:
    _, published, reused = stage._obtain(attempt, stage.run_stage)
    assert published is not None
    receipt = receipt_of(attempt, stage.stage, published, reused=reused, seconds=1.0)
    attempt.give(published, receipt)
    return published


def receipt_for(published: Published, *, run_id: str = "manual__1") -> Receipt:
    return Receipt(
        stage="count",
        dag_id="churn",
        run_id=run_id,
        task_id="count",
        try_number=1,
        night="2026-01-05",
        address=published.address,
        sha256=published.sha256,
        reused=False,
        seconds=1,
        at=NOW,
    )


def test_an_unchanged_night_reuses_what_is_sealed(stage: UnsignedOperator, tmp_path: Path):
    made = [passed(stage, attempt_of(tmp_path, run_id=f"manual__{n}")) for n in range(3)]

    assert (len({one.address for one in made}), stage.runs) == (1, 1)


def test_what_a_model_planted_is_computed_anew(
    stage: UnsignedOperator, stores: Stores, tmp_path: Path
):
    plant(stores, slot_of(stage, tmp_path), tmp_path, data=b"doctored")

    made = passed(stage, attempt_of(tmp_path))

    assert (made.address.rpartition("/")[2], stage.runs) == ("0001.json", 1)


def test_a_planted_receipt_is_read_by_nobody(
    stage: UnsignedOperator, stores: Stores, tmp_path: Path
):
    planted = plant(stores, f"stages/count/{'0' * 64}/0000.json", tmp_path)
    publication.give_receipt(stores["store"], receipt_for(planted))

    with pytest.raises(Unverified, match="no signature that counts"):
        attempt_of(tmp_path).read(Count, planted.address)


def test_the_seal_of_one_run_or_one_place_is_none_for_another(
    stage: UnsignedOperator, stores: Stores, tmp_path: Path
):
    made = passed(stage, attempt_of(tmp_path))
    store = stores["store"]
    copied = made.address.replace("0000", "0001")
    store.put(copied, store.get(made.address))
    publication.give_receipt(store, receipt_for(made, run_id="manual__2"))
    _copy_seals(store)

    assert not attempt_of(tmp_path).seals.on_result(publication.load(store, copied))
    with pytest.raises(Unverified, match="no signature that counts"):
        attempt_of(tmp_path, run_id="manual__2").read(Count, made.address)


def _copy_seals(store: Store) -> None:
    """Put each seal under the name of every other object as well."""
    sealed = {stat.key: store.get(stat.key) for stat in store.list("seals/")}
    names = [
        sha256(store.get(one.key)) for part in ("runs/", "stages/") for one in store.list(part)
    ]
    for key, envelope in sealed.items():
        for name in names:
            place = f"seals/{name}/{key.rpartition('/')[2]}"
            if place not in sealed:
                store.put(place, envelope)


@pytest.mark.parametrize("signer_of", ["a stranger", "a retired key"])
def test_the_seal_of_a_key_that_does_not_count_is_none(
    stage: UnsignedOperator, stores: Stores, tmp_path: Path, signer_of: str, both: TrustedKeys
):
    planted = plant(stores, f"stages/count/{'0' * 64}/0000.json", tmp_path)
    key = OTHER if signer_of == "a retired key" else Signer.from_seed(_seed(9))
    give_sealed(stores["store"], key, planted, receipt_for(planted))
    attempt = attempt_of(tmp_path)
    if signer_of == "a retired key":
        # It counted until here.
        assert attempt_of(tmp_path).seals.on_result(planted)
        rotate_all(attempt.ledger("_keys", to_write=True), [], at=NOW)

    assert not attempt.seals.on_result(planted)
    with pytest.raises(Unverified, match="no signature that counts"):
        attempt.receipt("count", planted.address)


def _seed(byte: int) -> str:
    return base64.b64encode(bytes([byte]) * 32).decode()


def test_a_receipt_that_the_ledger_names_is_read_after_the_key_was_changed(
    stage: UnsignedOperator, stores: Stores, tmp_path: Path
):
    planted = plant(stores, f"stages/count/{'0' * 64}/0000.json", tmp_path)
    give_sealed(stores["store"], OTHER, planted, receipt_for(planted))
    before = replace(attempt_of(tmp_path), model="churn")
    append_attestation(before, "churn", planted)
    rotate_all(before.ledger("_keys", to_write=True), [], at=NOW)

    after = replace(attempt_of(tmp_path), model="churn")

    assert after.receipt("count", planted.address).sha256 == planted.sha256


def test_nothing_unsealed_goes_into_an_entry(
    stage: UnsignedOperator, stores: Stores, tmp_path: Path
):
    """The same content under another page: its receipt must not come under a signature."""
    made = passed(stage, attempt_of(tmp_path))
    place = f"stages/count/{'0' * 64}/0000.json"
    planted = plant(stores, place, tmp_path, data=b"honest", report=b"0 s")
    assert planted.result.content == made.result.content
    publication.give_receipt(stores["store"], receipt_for(planted))
    attempt = replace(attempt_of(tmp_path), model="churn")

    entry = append_attestation(attempt, "churn", made)

    assert {one.address for one in named(entry)} == {made.address}


def test_what_lies_in_the_place_of_a_receipt_and_says_something_else_is_written_over(
    stage: UnsignedOperator, stores: Stores, tmp_path: Path
):
    attempt = attempt_of(tmp_path)
    _, published, _ = stage._obtain(attempt, stage.run_stage)
    assert published is not None
    lie = replace(receipt_for(published), sha256="0" * 64)
    stores["store"].put(publication.key_of(lie), lie.stored())

    receipt = receipt_of(attempt, stage.stage, published, reused=False, seconds=1.0)
    attempt.give(published, receipt)

    assert attempt_of(tmp_path).receipt("count", published.address).sha256 == published.sha256


def test_the_receipt_of_an_earlier_try_stays(
    stage: UnsignedOperator, stores: Stores, tmp_path: Path
):
    passed(stage, attempt_of(tmp_path))
    before = [stores["store"].get(one.key) for one in stores["store"].list("runs/")]

    passed(stage, attempt_of(tmp_path))

    assert [stores["store"].get(one.key) for one in stores["store"].list("runs/")] == before


def test_a_stage_without_the_key_says_so_and_leaves_no_receipt(
    stage: UnsignedOperator,
    stores: Stores,
    both: TrustedKeys,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(
        Settings,
        "ledger",
        lambda self, model, to_write=False: Ledger(stores["store"], model, trusted=both),
    )

    with pytest.raises(SettingsError, match="no key to sign"):
        passed(stage, attempt_of(tmp_path))

    assert not list(stores["store"].list("runs/"))
