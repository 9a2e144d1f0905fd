"""The catalog of predictions: whole partitions, signed, entered once, the newest serves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import pytest

from airlock.catalogs.predictions import Partition, nights, partitions, publish, serving
from airlock.core.content import canonical_json
from airlock.core.errors import BrokenChain, Unverified
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Store
from tests.judged import NOW

NIGHT = "2026-01-05"
VIEW = f"predictions/churn/{NIGHT}/000001.json"


def scored(sha256: str = "a" * 64, **changes: Any) -> Partition:
    usual: dict[str, Any] = {
        "model": "churn",
        "night": NIGHT,
        "role": "served",
        "versions": (3,),
        "sequence": 9,
        "scoring": "stages/score/k/1.json",
        "rows": 10,
    }
    return Partition(**usual | {"sha256": sha256} | changes)


def written_before(store: Store, partition: Partition) -> None:
    """As a version of Airlock wrote it that signed no predictions."""
    fields = asdict(partition)
    for new in ("entry", "files", "bundles", "data"):
        del fields[new]
    store.put(partition.key, canonical_json(fields))


def test_a_night_that_was_never_scored_serves_nothing(ledger: Ledger):
    assert serving(ledger, NIGHT) is None


def test_the_newest_serves_and_what_it_replaced_stays(ledger: Ledger):
    first = publish(ledger, scored(), at=NOW)
    second = publish(ledger, scored("b" * 64, because="rolled back"), at=NOW, again=True)

    assert serving(ledger, NIGHT) == second
    assert partitions(ledger) == [first, second]
    assert [first.number, second.number] == [1, 2]
    assert [entry.kind for entry in ledger.entries()] == ["scored", "rescored"]


def test_the_same_result_is_entered_once(ledger: Ledger):
    assert publish(ledger, scored(), at=NOW) == publish(ledger, scored(), at=NOW)

    assert len(ledger.entries()) == 1


def test_a_shadow_serves_nobody(ledger: Ledger):
    served = publish(ledger, scored(), at=NOW)
    publish(ledger, scored("b" * 64, role="shadow", versions=(4,)), at=NOW)

    assert serving(ledger, NIGHT) == served


def test_ten_at_once_leave_one_entry_for_each_result(
    store: Store, signer: Signer, trusted: TrustedKeys, ledger: Ledger
):
    results = [scored(f"{number % 5}" * 64) for number in range(10)]

    def one(result: Partition) -> Partition:
        mine = Ledger(store, "churn", trusted=trusted, signer=signer)
        return publish(mine, result, at=NOW)

    with ThreadPoolExecutor(10) as pool:
        entered = list(pool.map(one, results))

    kept = partitions(ledger, NIGHT)
    assert [one.number for one in kept] == [1, 2, 3, 4, 5]
    assert {one.sha256 for one in kept} == {one.sha256 for one in entered}


@pytest.mark.parametrize("data", [b"{", b"{}", b"[]", None], ids=["torn", "{}", "[]", "gone"])
def test_nobody_believes_a_view(ledger: Ledger, store: Store, data: bytes | None):
    served = publish(ledger, scored(), at=NOW)
    store.delete(VIEW)
    if data is not None:
        store.put(VIEW, data)

    assert serving(ledger, NIGHT) == served


def test_a_killed_writer_leaves_the_view_to_the_next_one(ledger: Ledger, store: Store):
    publish(ledger, scored(), at=NOW)
    store.delete(VIEW)

    publish(ledger, scored(), at=NOW)

    assert store.exists(VIEW)


def test_a_partition_without_an_entry_serves_nobody(ledger: Ledger, store: Store):
    written_before(store, scored(number=1))

    with pytest.raises(Unverified, match=r"not under a signature.*airlock adopt churn"):
        serving(ledger, NIGHT)
    assert partitions(ledger) == []
    assert [one.entry for one in partitions(ledger, unsigned=True)] == [0]
    assert nights(ledger) == [NIGHT]


def test_nor_does_one_that_is_put_beside_a_signed_one(ledger: Ledger, store: Store):
    served = publish(ledger, scored(), at=NOW)
    written_before(store, scored("b" * 64, number=2))

    assert serving(ledger, NIGHT) == served


def test_a_changed_entry_answers_no_question(ledger: Ledger, store: Store, trusted: TrustedKeys):
    publish(ledger, scored(), at=NOW)
    entry = "ledger/churn/00000001.json"
    store.put(entry, store.get(entry).replace(b'"rows":10', b'"rows":11'))

    with pytest.raises(BrokenChain, match="not signed"):
        serving(Ledger(store, "churn", trusted=trusted), NIGHT)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"{", id="torn"),
        pytest.param(b"{}", id="without fields"),
        pytest.param(b"[]", id="of another shape"),
        pytest.param(canonical_json({**asdict(scored()), "role": "king"}), id="of no role"),
        pytest.param(canonical_json(asdict(scored(number=2))), id="of another place"),
    ],
)
def test_what_is_no_partition_is_refused(ledger: Ledger, store: Store, data: bytes):
    store.put(VIEW, data)

    with pytest.raises(Unverified, match=r"000001\.json"):
        serving(ledger, NIGHT)
