"""The catalogue of labels: whole deliveries, entered once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airlock.catalogs.labels import Labels, deliveries, publish
from airlock.core.errors import Unverified
from airlock.store import Store


def came(sha256: str = "a" * 64, **changes: Any) -> Labels:
    usual: dict[str, Any] = {
        "model": "churn",
        "night": "2026-01-05",
        "labelling": "stages/labels/k/0000.json",
        "path": "2026-01-05.parquet",
        "rows": 10,
    }
    return Labels(**usual | {"sha256": sha256} | changes)


def test_the_same_delivery_is_entered_once(store: Store):
    assert publish(store, came()) == publish(store, came())

    assert [one.number for one in deliveries(store, "churn")] == [1]


def test_ten_at_once_leave_one_entry_for_each_delivery(store: Store):
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda n: publish(store, came(f"{n % 5}" * 64)), range(10)))

    kept = list(deliveries(store, "churn", "2026-01-05"))
    assert [one.number for one in kept] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("data", [b"{", b"{}", b"[]"])
def test_an_altered_entry_is_refused(store: Store, data: bytes):
    publish(store, came())
    store.put("labels/churn/2026-01-05/000001.json", data)

    with pytest.raises(Unverified, match=r"000001\.json"):
        list(deliveries(store, "churn"))


def test_an_entry_moved_to_another_night_is_refused(store: Store):
    publish(store, came())
    store.put(
        "labels/churn/2026-01-06/000001.json", store.get("labels/churn/2026-01-05/000001.json")
    )

    with pytest.raises(Unverified, match="not the entry"):
        list(deliveries(store, "churn"))
