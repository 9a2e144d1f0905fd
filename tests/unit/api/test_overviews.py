"""What the server keeps of each model, and when it looks again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from airlock.api.v1.overviews import Overviews
from airlock.store import Stat, Store, open_store
from airlock.store.folder import FolderStore
from tests.history import History, told
from tests.registered import ledger_below


class Watched(FolderStore):
    """A folder that counts how often it is listed and read."""

    listed = 0
    read = 0
    before: Callable[[], object] = staticmethod(lambda: None)

    def list(self, prefix: str) -> Iterator[Stat]:
        self.before()
        self.listed += not prefix.endswith(".json")
        return super().list(prefix)

    def get(self, key: str) -> bytes:
        self.read += 1
        return super().get(key)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def history(tmp_path: Path) -> History:
    stores = {zone: open_store(str(tmp_path / zone)) for zone in ("store", "raw")}
    ledger = ledger_below(tmp_path, "retention")
    return told(History(ledger=ledger, stores=stores, scratch=tmp_path / "scratch"))


@pytest.fixture
def store(tmp_path: Path, history: History) -> Watched:
    return Watched(tmp_path / "store")


@pytest.fixture
def kept(tmp_path: Path, store: Watched) -> tuple[Overviews, Clock]:
    clock = Clock()

    def opened(model: str):
        ledger = ledger_below(tmp_path, model)
        ledger.store = store
        return ledger

    return Overviews(store, opened, clock=clock), clock


def last(store: Store) -> str:
    return max(stat.key for stat in store.list("ledger/retention/"))


def test_an_unchanged_ledger_is_neither_listed_nor_read_again(history, store, kept):
    overviews, _ = kept
    first = overviews.of("retention", now=history.at).overview
    store.listed = store.read = 0

    again = overviews.of("retention", now=history.at).overview

    assert again is first
    assert (store.listed, store.read) == (0, 0)


def test_a_new_entry_is_seen_at_once(history, kept):
    overviews, _ = kept
    before = overviews.of("retention", now=history.at).overview
    history.next()
    history.score()

    found = overviews.of("retention", now=history.at).overview

    assert before is not None
    assert found is not None
    assert found.nights[-1].night == history.night != before.nights[-1].night


def test_an_entry_that_vanished_is_told_within_a_minute(history, store, kept):
    overviews, clock = kept
    overviews.of("retention", now=history.at)
    store.delete(last(store))
    clock.now += 61

    found = overviews.of("retention", now=history.at)

    assert found.overview is None
    assert found.broken is not None
    assert "disappeared" in found.broken.sentence


def test_an_entry_that_was_rewritten_is_told_within_a_minute(history, store, kept):
    overviews, clock = kept
    overviews.of("retention", now=history.at)
    store.put(last(store), store.get(last(store)).replace(b"2026", b"2025", 1))
    clock.now += 61

    found = overviews.of("retention", now=history.at)

    assert found.overview is None
    assert found.broken is not None
    assert "was rewritten" in found.broken.sentence


def test_a_ledger_that_does_not_verify_shows_nothing_but_that(history, store, kept):
    overviews, _ = kept
    store.put(last(store), b"{}")

    found = overviews.of("retention", now=history.at)

    assert found.overview is None
    assert found.broken is not None
    assert found.broken.kind == "ledger"
    # Whoever may read what wrote to it is told so.
    assert found.dags == {history.training}


def test_what_has_no_ledger_is_not_opened_and_a_new_one_is_known_at_once(tmp_path, history, kept):
    overviews, _ = kept

    assert overviews.of("../retention", now=history.at) is None
    assert overviews.of("newer", now=history.at) is None
    ledger_below(tmp_path, "newer").append("incident", {"what": "x"}, id="a", at=history.at)
    assert overviews.of("newer", now=history.at) is not None


def test_an_entry_of_a_later_version_breaks_one_model_and_no_other(tmp_path, history, kept):
    overviews, _ = kept
    ledger_below(tmp_path, "newer").append("decided", {"outcome": "?"}, id="a", at=history.at)

    assert overviews.names() == ("newer", "retention")
    assert overviews.of("newer", now=history.at).broken is not None
    assert overviews.of("retention", now=history.at).broken is None


def test_a_need_ends_with_its_time_though_nothing_was_written(history, kept):
    overviews, _ = kept
    before = overviews.of("retention", now=history.at).overview

    after = overviews.of("retention", now=history.at + timedelta(days=2)).overview

    assert before is not None
    assert after is not None
    assert {one.kind for one in before.needs} - {one.kind for one in after.needs} == {"approval"}


def test_all_are_answered_at_once_though_some_are_still_being_read(history, store, kept):
    overviews, clock = kept
    door = threading.Event()
    store.before = door.wait

    first = overviews.all(now=history.at, within=0.01)
    door.set()
    then = overviews.all(now=history.at, within=60)

    assert first == {"retention": None}
    assert then["retention"] is not None
    assert then["retention"].overview is not None
    assert clock.now == 0


def test_what_was_looked_at_a_moment_ago_is_answered_without_the_store(history, store, kept):
    overviews, clock = kept
    overviews.all(now=history.at, within=60)
    store.listed = store.read = 0
    history.next()
    history.score()

    same = overviews.all(now=history.at, within=60)["retention"]
    assert same is not None
    assert same.overview is not None
    entries = same.overview.entries
    assert (store.listed, store.read) == (0, 0)

    clock.now += 6
    overviews.all(now=history.at, within=60)
    overviews.of("retention", now=history.at)
    newer = overviews.all(now=history.at, within=60)["retention"]
    assert newer is not None
    assert newer.overview is not None
    assert newer.overview.entries > entries


def test_nobody_sees_half_of_a_look_that_is_under_way(history, store, kept):
    overviews, clock = kept
    store.put(last(store), b"{}")
    before = overviews.of("retention", now=history.at)
    assert before is not None
    door = threading.Event()
    store.before = door.wait
    clock.now += 61

    during = overviews.all(now=history.at, within=0.01)["retention"]
    door.set()

    assert during == before
    assert during.broken is not None
