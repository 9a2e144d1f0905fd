"""One alarm, one retrain, whoever asks and however many ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from airlock.catalogs.retrains import Retrain, append_retrain, read, retrains
from airlock.core.errors import Unverified
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Store
from tests.judged import NOW


def wanted(day: int = 6, run: str = "a") -> Retrain:
    return Retrain(
        model="churn",
        alarm=f"2026-01-{day:02d}-17",
        night=f"2026-01-{day:02d}",
        reason="Drift in tenure (PSI 0.41) since 2026-01-05, seen on 2026-01-06.",
        training="churn_training",
        drift="stages/drift/k/0000.json",
        sha256="0" * 64,
        dag_id="churn_scoring",
        run_id=run,
    )


def test_the_first_to_ask_is_heard_and_may_ask_again(ledger: Ledger):
    first = append_retrain(ledger, wanted(), cooldown_nights=7, at=NOW)

    assert first is not None
    assert first.number == 1
    assert read(ledger, first.key) == first
    assert append_retrain(ledger, wanted(), cooldown_nights=7, at=NOW) == first
    assert retrains(ledger) == [first]


def test_another_run_with_the_same_alarm_is_not(ledger: Ledger):
    append_retrain(ledger, wanted(), cooldown_nights=7, at=NOW)

    assert append_retrain(ledger, wanted(run="b"), cooldown_nights=7, at=NOW) is None


@pytest.mark.parametrize(("day", "heard"), [(13, False), (14, True), (1, False)])
def test_nor_is_another_alarm_within_the_cooldown(ledger: Ledger, day: int, heard: bool):
    append_retrain(ledger, wanted(6), cooldown_nights=7, at=NOW)

    assert bool(append_retrain(ledger, wanted(day, run="b"), cooldown_nights=7, at=NOW)) is heard


def test_of_many_at_once_one_is_heard(
    store: Store, signer: Signer, trusted: TrustedKeys, ledger: Ledger
):
    def one(at: int) -> Retrain | None:
        mine = Ledger(store, "churn", trusted=trusted, signer=signer)
        return append_retrain(mine, wanted(6 + at % 3, run=f"r{at}"), cooldown_nights=7, at=NOW)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(24)))

    assert sum(one is not None for one in found) == 1
    assert len(retrains(ledger)) == 1


@pytest.mark.parametrize(
    "key", ["ledger/churn/00000001.json", "retrains/../x/000001.json", "None", ""]
)
def test_an_event_that_somebody_made_up_names_nothing(ledger: Ledger, key: str):
    with pytest.raises(Unverified, match="names no retrain"):
        read(ledger, key)


def test_a_retrain_that_nobody_asked_for_is_refused(ledger: Ledger):
    with pytest.raises(Unverified, match="holds no retrain"):
        read(ledger, "retrains/churn/000001.json")


def test_nor_does_one_that_somebody_put_into_the_store_start_a_training(
    ledger: Ledger, store: Store
):
    made = append_retrain(ledger, wanted(), cooldown_nights=7, at=NOW)
    assert made is not None
    forged = store.get(made.key).replace(b'"number":1', b'"number":2')
    store.put("retrains/churn/000002.json", forged)

    with pytest.raises(Unverified, match="not under a signature"):
        read(ledger, "retrains/churn/000002.json")


def test_a_changed_view_changes_nothing(ledger: Ledger, store: Store):
    made = append_retrain(ledger, wanted(), cooldown_nights=7, at=NOW)
    assert made is not None
    store.put(made.key, store.get(made.key).replace(b"churn_training", b"other_training"))

    assert read(ledger, made.key) == made
