"""The catalogue of drift: entered once, and pinned to the night that each one went on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airlock.catalogs.drifts import Judged, earlier, enter, outlook
from airlock.core.errors import Unverified
from airlock.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "store"))


def entered(store: Store, night: str, *, basis: str = "a") -> Judged:
    seen = outlook(store, "churn", night, basis=basis)
    return enter(store, replace(seen, drift=f"stages/{night}/{basis}", sha256=f"{night}{basis}"))


def test_a_first_night_goes_on_from_none(store: Store):
    first = outlook(store, "churn", "2026-01-05", basis="a")

    assert (first.previous, first.late, first.number) == (None, False, 0)


def test_a_night_goes_on_from_what_counts_of_the_one_before(store: Store):
    entered(store, "2026-01-03")
    entered(store, "2026-01-05")
    entered(store, "2026-01-05", basis="corrected data")

    seen = outlook(store, "churn", "2026-01-08", basis="a")

    assert seen.previous == "stages/2026-01-05/corrected data"
    assert not seen.late


def test_a_night_judged_again_goes_on_from_the_same_one_whatever_was_judged_since(store: Store):
    first = entered(store, "2026-01-05")
    entered(store, "2026-01-04")
    entered(store, "2026-01-06")

    assert outlook(store, "churn", "2026-01-05", basis="a") == first
    assert entered(store, "2026-01-05") == first
    assert not first.late


def test_an_older_night_is_late_and_changes_no_later_one(store: Store):
    entered(store, "2026-01-03")
    entered(store, "2026-01-06")

    late = entered(store, "2026-01-05")

    assert late.late
    assert late.previous == "stages/2026-01-03/a"


def test_the_nights_before_are_read_oldest_first(store: Store):
    for day in (4, 2, 3, 6):
        entered(store, f"2026-01-{day:02d}")
    entered(store, "2026-01-03", basis="b")

    found = earlier(store, "churn", "2026-01-06", last=2)

    assert [(one.night, one.number) for one in found] == [("2026-01-03", 2), ("2026-01-04", 1)]


def test_another_model_has_a_catalogue_of_its_own(store: Store):
    entered(store, "2026-01-05")

    assert outlook(store, "churn_2", "2026-01-06", basis="a").previous is None


@pytest.mark.parametrize("data", [b"{}", b"no json", b"[1]"])
def test_what_does_not_read_as_an_entry_is_refused(store: Store, data: bytes):
    store.put("drift/churn/2026-01-05/000001.json", data)

    with pytest.raises(Unverified):
        outlook(store, "churn", "2026-01-06", basis="a")


def test_an_entry_under_anothers_key_is_refused(store: Store):
    made = entered(store, "2026-01-05")
    data = store.get("drift/churn/2026-01-05/000001.json")
    store.put("drift/churn/2026-01-04/000001.json", data)

    with pytest.raises(Unverified, match="not the judgement"):
        earlier(store, "churn", made.night, last=5)
