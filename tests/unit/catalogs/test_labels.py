"""The catalog of labels: whole deliveries, signed, entered once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airlock.catalogs.labels import NightLabels, deliveries, nights, publish
from airlock.core.errors import Unverified
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Store
from tests.judged import NOW

NIGHT = "2026-01-05"


def came(sha256: str = "a" * 64, **changes: Any) -> NightLabels:
    usual: dict[str, Any] = {
        "model": "churn",
        "night": NIGHT,
        "labelling": "stages/labels/k/0000.json",
        "path": "2026-01-05.parquet",
        "rows": 10,
    }
    return NightLabels(**usual | {"sha256": sha256} | changes)


def test_the_same_delivery_is_entered_once(ledger: Ledger):
    assert publish(ledger, came(), at=NOW) == publish(ledger, came(), at=NOW)

    assert [one.number for one in deliveries(ledger, NIGHT)] == [1]
    assert [entry.kind for entry in ledger.entries()] == ["labelled"]


def test_ten_at_once_leave_one_entry_for_each_delivery(
    store: Store, signer: Signer, trusted: TrustedKeys, ledger: Ledger
):
    def one(number: int) -> NightLabels:
        mine = Ledger(store, "churn", trusted=trusted, signer=signer)
        return publish(mine, came(f"{number % 5}" * 64), at=NOW)

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(one, range(10)))

    assert [one.number for one in deliveries(ledger, NIGHT)] == [1, 2, 3, 4, 5]


def test_labels_that_no_entry_names_are_refused(ledger: Ledger, store: Store):
    publish(ledger, came(), at=NOW)
    view = store.get("labels/churn/2026-01-05/000001.json")
    store.put("labels/churn/2026-01-05/000002.json", view.replace(b'"number":1', b'"number":2'))

    with pytest.raises(Unverified, match=r"000002\.json is not under a signature"):
        deliveries(ledger, NIGHT)


def test_an_entry_moved_to_another_night_is_refused(ledger: Ledger, store: Store):
    publish(ledger, came(), at=NOW)
    store.put(
        "labels/churn/2026-01-06/000001.json", store.get("labels/churn/2026-01-05/000001.json")
    )

    with pytest.raises(Unverified, match="not the entry"):
        deliveries(ledger, "2026-01-06")
    assert nights(ledger) == ["2026-01-05", "2026-01-06"]
