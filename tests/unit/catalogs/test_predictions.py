"""The catalogue of predictions: whole partitions, entered once, the newest serves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from airlock.catalogs.predictions import Partition, partitions, publish, serving
from airlock.core.errors import Unverified
from airlock.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


def scored(sha256: str = "a" * 64, **changes: Any) -> Partition:
    usual: dict[str, Any] = {
        "model": "churn",
        "night": "2026-01-05",
        "role": "served",
        "versions": (3,),
        "sequence": 9,
        "scoring": "stages/score/k/1.json",
        "rows": 10,
    }
    return Partition(**usual | {"sha256": sha256} | changes)


def test_a_night_that_was_never_scored_serves_nothing(store: Store):
    assert serving(store, "churn", "2026-01-05") is None


def test_the_newest_serves_and_what_it_replaced_stays(store: Store):
    first = publish(store, scored())
    second = publish(store, scored("b" * 64, because="version 3 was rolled back"))

    assert serving(store, "churn", "2026-01-05") == second
    assert list(partitions(store, "churn")) == [first, second]
    assert [first.number, second.number] == [1, 2]


def test_the_same_result_is_entered_once(store: Store):
    assert publish(store, scored()) == publish(store, scored())

    assert len(list(partitions(store, "churn"))) == 1


def test_a_shadow_serves_nobody(store: Store):
    served = publish(store, scored())
    publish(store, scored("b" * 64, role="shadow", versions=(4,)))

    assert serving(store, "churn", "2026-01-05") == served


def test_ten_at_once_leave_one_entry_for_each_result(store: Store):
    results = [scored(f"{number % 5}" * 64) for number in range(10)]

    with ThreadPoolExecutor(10) as pool:
        entered = list(pool.map(lambda one: publish(store, one), results))

    kept = list(partitions(store, "churn", "2026-01-05"))
    assert [one.number for one in kept] == list(range(1, len(kept) + 1))
    assert {one.sha256 for one in kept} == {one.sha256 for one in entered}
    assert len(kept) == 5


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"{", id="torn"),
        pytest.param(b"{}", id="without fields"),
        pytest.param(b"[]", id="of another shape"),
    ],
)
def test_an_altered_entry_is_refused(store: Store, data: bytes):
    publish(store, scored())
    store.put("predictions/churn/2026-01-05/000001.json", data)

    with pytest.raises(Unverified, match=r"000001\.json"):
        serving(store, "churn", "2026-01-05")


def test_an_entry_moved_to_another_night_is_refused(store: Store):
    publish(store, scored())
    entry = store.get("predictions/churn/2026-01-05/000001.json")
    store.put("predictions/churn/2026-01-06/000001.json", entry)

    with pytest.raises(Unverified, match="not the partition it says it is"):
        serving(store, "churn", "2026-01-06")
