"""One alarm, one retrain, whoever asks and however many ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airlock.catalogs.retrains import Retrain, ask, read, retrains
from airlock.core.errors import ObjectMissing, Unverified
from airlock.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


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


def test_the_first_to_ask_is_heard_and_may_ask_again(store: Store):
    first = ask(store, wanted(), cooldown_nights=7)

    assert first is not None
    assert first.number == 1
    assert read(store, first.key) == first
    assert ask(store, wanted(), cooldown_nights=7) == first
    assert list(retrains(store, "churn")) == [first]


def test_another_run_with_the_same_alarm_is_not(store: Store):
    ask(store, wanted(), cooldown_nights=7)

    assert ask(store, wanted(run="b"), cooldown_nights=7) is None


@pytest.mark.parametrize(("day", "heard"), [(13, False), (14, True), (1, False)])
def test_nor_is_another_alarm_within_the_cooldown(store: Store, day: int, heard: bool):
    ask(store, wanted(6), cooldown_nights=7)

    assert bool(ask(store, wanted(day, run="b"), cooldown_nights=7)) is heard


def test_of_many_at_once_one_is_heard(store: Store):
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(
                lambda at: ask(store, wanted(6 + at % 3, run=f"r{at}"), cooldown_nights=7),
                range(24),
            )
        )

    assert sum(one is not None for one in found) == 1
    assert len(list(retrains(store, "churn"))) == 1


@pytest.mark.parametrize(
    "key", ["ledger/churn/00000001.json", "retrains/../x/000001.json", "None", ""]
)
def test_an_event_that_somebody_made_up_names_nothing(store: Store, key: str):
    with pytest.raises(Unverified, match="names no retrain"):
        read(store, key)


def test_an_entry_that_was_never_made_is_missing(store: Store):
    with pytest.raises(ObjectMissing):
        read(store, "retrains/churn/000001.json")


def test_an_altered_entry_is_refused(store: Store):
    made = ask(store, wanted(), cooldown_nights=7)
    assert made is not None
    store.put("retrains/other/000001.json", store.get(made.key))

    with pytest.raises(Unverified, match="not the retrain"):
        read(store, "retrains/other/000001.json")
