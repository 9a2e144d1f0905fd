"""A folder as a store: what is created once stays, and no reader sees half an object."""

from __future__ import annotations

import errno
import multiprocessing
import os
import pickle
import time
from pathlib import Path

import pytest

from airlock.core.errors import (
    ObjectMissing,
    SettingsError,
    StoreError,
    StoreUnavailable,
)
from airlock.core.scratch import private_files
from airlock.store import Credentials, Stat, Store, open_store
from airlock.store.base import checked

KEY = "ledger/churn/00000001.json"


def keys(store: Store, prefix: str) -> list[str]:
    return [stat.key for stat in store.list(prefix)]


def test_what_is_put_is_got_again_and_may_be_replaced(store: Store):
    store.put(KEY, b"first")
    store.put(KEY, b"second")

    assert store.get(KEY) == b"second"


def test_a_created_object_is_never_replaced(store: Store):
    first = store.create(KEY, b"first")
    second = store.create(KEY, b"second")

    assert (first, second) == (True, False)
    assert store.get(KEY) == b"first"


def test_creating_the_same_bytes_again_is_no_conflict(store: Store):
    """An attempt whose answer was lost finds its own object."""
    store.create(KEY, b"same")

    assert store.create(KEY, b"same") is True


def test_a_missing_object_is_said_to_be_missing(store: Store):
    with pytest.raises(ObjectMissing, match=r"Nothing is stored at .*00000001\.json"):
        store.get(KEY)


def test_a_pipe_in_the_place_of_an_object_is_none_and_is_not_waited_for(tmp_path: Path):
    store = open_store(str(tmp_path))
    os.mkfifo(tmp_path / "policy.json")

    with pytest.raises(ObjectMissing):
        store.get("policy.json")


def test_an_object_that_would_fill_the_memory_is_not_read(tmp_path: Path):
    store = open_store(str(tmp_path))
    with (tmp_path / "policy.json").open("wb") as sparse:
        sparse.truncate(1 << 40)

    with pytest.raises(StoreError, match="larger than what is read whole"):
        store.get("policy.json")


def test_deleting_what_is_not_there_is_no_error(store: Store):
    store.delete(KEY)

    assert not store.exists(KEY)


def test_only_keys_with_the_prefix_are_listed_in_their_order(store: Store):
    for key in ("b/2", "b/10", "bb/1", "a/1"):
        store.put(key, b"x")

    assert keys(store, "b/") == ["b/10", "b/2"]
    assert keys(store, "b") == ["b/10", "b/2", "bb/1"]


def test_the_folders_below_a_prefix_are_told_without_their_objects(store: Store):
    for key in ("ledger/b/2", "ledger/b/10", "ledger/a/x/1", "ledger/file", "ledgers/c/1"):
        store.put(key, b"x")
    store.put("ledger/gone/1", b"x")
    store.delete("ledger/gone/1")

    assert list(store.folders("ledger/")) == ["a", "b"]
    assert list(store.folders("nothing/")) == []


def test_a_listing_says_size_and_time_in_utc(store: Store):
    store.put(KEY, b"12345")

    [stat] = store.list(KEY)

    assert isinstance(stat, Stat)
    assert (stat.bytes, stat.modified.utcoffset().total_seconds()) == (5, 0)


def test_a_large_file_is_uploaded_whole(store: Store, tmp_path: Path):
    source = tmp_path / "big"
    source.write_bytes(os.urandom(3 << 20))

    store.upload(source, "attempts/train/1/data/weights")

    local = store.local("attempts/train/1/data/weights", tmp_path / "scratch")
    assert local.read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../outside", "a/../../b", "a//b", "a/./b", "a/"]
)
def test_no_key_leaves_the_store(store: Store, key: str):
    with pytest.raises(StoreError, match="not a plain relative path"):
        store.put(key, b"x")


def test_a_plain_key_is_kept():
    assert checked("a/b.json") == "a/b.json"


def test_what_a_killed_writer_left_is_not_listed(store: Store, tmp_path: Path):
    store.put(KEY, b"whole")
    (tmp_path / "store/ledger/churn/.partial-123").write_bytes(b"ha")

    assert keys(store, "ledger/") == [KEY]


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path):
    (tmp_path / "occupied").write_text("a file where a folder should be")

    with pytest.raises(StoreError, match="occupied"):
        open_store(str(tmp_path / "occupied")).put("key", b"x")


def test_a_full_disk_is_an_error_that_a_retry_can_help(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StoreUnavailable, match="The disk is full") as caught:
        store.create(KEY, b"x")

    assert caught.value.retry_can_help
    assert keys(store, "ledger/") == []


@pytest.mark.parametrize("uri", ["ftp://host/x", "relative/folder", "s3://", "http://bucket/x"])
def test_an_address_of_another_kind_is_refused(uri: str):
    with pytest.raises(SettingsError, match="is not the address of a store"):
        open_store(uri)


def test_errors_survive_the_way_between_processes():
    error = StoreUnavailable("The disk is full.", do="Free some space.")

    again = pickle.loads(pickle.dumps(error))

    assert (type(again), str(again)) == (StoreUnavailable, "The disk is full. Free some space.")


def test_a_store_that_denies_a_second_create_proves_itself_by_one_object_for_good(store: Store):
    for _ in range(2):
        store.prove_create_once()

    assert keys(store, "") == ["probe/create-once"]
    assert store.get("probe/create-once") == b"first"


def test_a_store_that_lets_a_second_writer_win_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    def overwrite(key: str, data: bytes) -> bool:
        store.put(key, data)
        return True

    monkeypatch.setattr(store, "create", overwrite)

    with pytest.raises(StoreError, match="lets a second writer replace"):
        store.prove_create_once()


def _create(uri: str, key: str, who: bytes, start: float) -> bool:
    while time.time() < start:
        pass
    return open_store(uri).create(key, who)


def test_of_many_processes_exactly_one_creates(store: Store):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        for race in range(30):
            start = time.time() + 0.005
            racers = [(store.uri, f"race/{race}", str(i).encode(), start) for i in range(4)]

            won = pool.starmap(_create, racers, chunksize=1)

            assert sum(won) == 1
            assert store.get(f"race/{race}") == str(won.index(True)).encode()


def _create_for_ever(uri: str) -> None:
    store = open_store(uri)
    for number in range(100_000):
        store.create(f"killed/{number:06d}", b"x" * 10_000)


def test_a_killed_writer_leaves_only_whole_objects(store: Store):
    for _ in range(5):
        writer = multiprocessing.get_context("fork").Process(
            target=_create_for_ever, args=(store.uri,)
        )
        before = len(list(store.list("killed/")))
        writer.start()
        while len(list(store.list("killed/"))) <= before:
            time.sleep(0.01)
        writer.kill()
        writer.join()

    sizes = {stat.bytes for stat in store.list("killed/")}

    assert sizes == {10_000}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o277])
def test_raw_rows_are_for_their_user_alone_whatever_the_umask_is(tmp_path: Path, umask: int):
    store = open_store(str(tmp_path / "raw"), Credentials(private=True))
    (tmp_path / "rows").write_bytes(b"rows")
    before = os.umask(umask)
    try:
        store.put("a/b/put", b"rows")
        store.create("a/b/created", b"rows")
        store.upload(tmp_path / "rows", "a/c/uploaded")
    finally:
        os.umask(before)

    below = list((tmp_path / "raw").rglob("*"))
    assert {path.stat().st_mode & 0o777 for path in below if path.is_file()} == {0o600}
    assert {p.stat().st_mode & 0o777 for p in [tmp_path / "raw", *below] if p.is_dir()} == {0o700}


def test_who_may_read_a_store_is_said_by_the_umask_of_whoever_started_the_task(tmp_path: Path):
    store = open_store(str(tmp_path / "store"))
    before = os.umask(0o027)
    try:
        with private_files():
            store.put("a/b", b"x")
    finally:
        os.umask(before)

    assert (tmp_path / "store/a/b").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "store/a").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_hard_links_is_refused_at_start_up_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
):
    def link(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", link)

    with pytest.raises(StoreError, match=f"{tmp_path}.* has no hard links") as refused:
        open_store(str(tmp_path / "store")).prove_create_once()

    assert not refused.value.retry_can_help


@pytest.mark.parametrize(
    ("key", "said"),
    [
        pytest.param("a/../b", "no|not a plain", id="above"),
        pytest.param("a/./b", "not a plain", id="itself"),
        pytest.param("a/\x00b", "not seen", id="null"),
        pytest.param("a/\x1b[2J", "not seen", id="escape sequence"),
        pytest.param("a/" + "ü" * 128, "more than 255 bytes", id="too long a part"),
    ],
)
def test_a_key_that_no_file_can_have_is_refused_in_a_sentence(store: Store, key: str, said: str):
    for ask in (store.get, lambda one: store.create(one, b""), lambda one: store.put(one, b"")):
        with pytest.raises(StoreError, match=said) as caught:
            ask(key)
        assert not isinstance(caught.value, StoreUnavailable)
        assert len(str(caught.value)) < 400


@pytest.mark.parametrize("prefix", ["runs/churn/../", "..", "../", "runs/./x/"])
def test_nothing_above_or_beside_is_listed(store: Store, prefix: str):
    store.put("runs/other/x.json", b"{}")

    with pytest.raises(StoreError, match="Nothing is listed"):
        list(store.list(prefix))
