"""The catalog of drift: entered once, and pinned to the night that each one went on from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from airlock.catalogs.drifts import Judged, append_drift, earlier, outlook
from airlock.core.errors import Unverified
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Store
from tests.judged import NOW


def entered(ledger: Ledger, night: str, *, basis: str = "a") -> Judged:
    seen = outlook(ledger, night, basis=basis)
    made = replace(seen, drift=f"stages/{night}/{basis}", sha256=f"{night}{basis}")
    return append_drift(ledger, made, at=NOW)


def test_a_first_night_goes_on_from_none(ledger: Ledger):
    first = outlook(ledger, "2026-01-05", basis="a")

    assert (first.previous, first.late, first.number) == (None, False, 0)


def test_a_night_goes_on_from_what_counts_of_the_one_before(ledger: Ledger):
    entered(ledger, "2026-01-03")
    entered(ledger, "2026-01-05")
    entered(ledger, "2026-01-05", basis="corrected data")

    seen = outlook(ledger, "2026-01-08", basis="a")

    assert seen.previous == "stages/2026-01-05/corrected data"
    assert not seen.late


def test_a_night_judged_again_goes_on_from_the_same_one_whatever_was_judged_since(ledger: Ledger):
    first = entered(ledger, "2026-01-05")
    entered(ledger, "2026-01-04")
    entered(ledger, "2026-01-06")

    assert outlook(ledger, "2026-01-05", basis="a") == first
    assert entered(ledger, "2026-01-05") == first
    assert not first.late


def test_an_older_night_is_late_and_changes_no_later_one(ledger: Ledger):
    entered(ledger, "2026-01-03")
    entered(ledger, "2026-01-06")

    late = entered(ledger, "2026-01-05")

    assert late.late
    assert late.previous == "stages/2026-01-03/a"


def test_the_nights_before_are_read_oldest_first(ledger: Ledger):
    for day in (4, 2, 3, 6):
        entered(ledger, f"2026-01-{day:02d}")
    entered(ledger, "2026-01-03", basis="b")

    found = earlier(ledger, "2026-01-06", last=2)

    assert [(one.night, one.number) for one in found] == [("2026-01-03", 2), ("2026-01-04", 1)]


def test_another_model_has_a_catalog_of_its_own(
    ledger: Ledger, store: Store, signer: Signer, trusted: TrustedKeys
):
    entered(ledger, "2026-01-05")
    other = Ledger(store, "churn_2", trusted=trusted, signer=signer)

    assert outlook(other, "2026-01-06", basis="a").previous is None


@pytest.mark.parametrize("data", [b"{}", b"no json", b"[1]"])
def test_what_does_not_read_as_an_entry_is_refused(ledger: Ledger, store: Store, data: bytes):
    store.put("drift/churn/2026-01-05/000001.json", data)

    with pytest.raises(Unverified):
        outlook(ledger, "2026-01-06", basis="a")


def test_no_night_goes_on_from_a_judgement_that_no_entry_names(ledger: Ledger, store: Store):
    entered(ledger, "2026-01-05")
    view = store.get("drift/churn/2026-01-05/000001.json")
    store.put("drift/churn/2026-01-05/000002.json", view.replace(b'"number":1', b'"number":2'))

    with pytest.raises(Unverified, match="not under a signature"):
        outlook(ledger, "2026-01-06", basis="a")
