"""S3: the same promises on moto's server, and when its answers get lost."""

from __future__ import annotations

import base64
import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from airlock.core.errors import ObjectMissing, StoreError, StoreUnavailable
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Credentials, Store, open_store
from airlock.store.s3 import S3Store

KEY = "ledger/churn/00000001.json"
AT = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture
def store(credentials: Credentials, request: pytest.FixtureRequest) -> S3Store:
    opened = opened_at(credentials, f"s3://airlock/{abs(hash(request.node.name))}")
    opened.client.create_bucket(Bucket="airlock")
    return opened


def opened_at(credentials: Credentials, uri: str) -> S3Store:
    opened = open_store(uri, credentials)
    assert isinstance(opened, S3Store)
    return opened


def keys(store: Store, prefix: str) -> list[str]:
    return [stat.key for stat in store.list(prefix)]


def test_a_created_object_is_never_replaced(store: S3Store):
    first, again, other = (store.create(KEY, data) for data in (b"one", b"one", b"two"))

    assert (first, again, other) == (True, True, False)
    assert store.get(KEY) == b"one"


def test_the_server_proves_that_it_denies_a_second_create(store: S3Store):
    for _ in range(2):
        store.prove_create_once()

    assert keys(store, "probe/") == ["probe/create-once"]
    assert store.get("probe/create-once") == b"first"


def test_what_is_put_and_uploaded_is_listed_read_and_deleted(store: S3Store, tmp_path: Path):
    source = tmp_path / "file"
    source.write_bytes(b"x" * 100_000)

    store.put("a/1", b"small")
    store.upload(source, "a/2")

    assert keys(store, "a/") == ["a/1", "a/2"]
    assert store.local("a/2", tmp_path / "in").read_bytes() == source.read_bytes()
    assert store.exists("a/1")
    store.delete("a/1")
    assert not store.exists("a/1")


def test_a_missing_object_is_said_to_be_missing(store: S3Store, tmp_path: Path):
    with pytest.raises(ObjectMissing, match="Nothing is stored at s3://airlock/"):
        store.get(KEY)
    with pytest.raises(ObjectMissing):
        store.local(KEY, tmp_path)


def test_a_bucket_that_does_not_exist_is_named(credentials: Credentials):
    with pytest.raises(StoreError, match="The bucket nowhere does not exist"):
        opened_at(credentials, "s3://nowhere/x").put(KEY, b"x")


def test_a_dead_endpoint_is_an_error_that_a_retry_can_help(
    credentials: Credentials, monkeypatch: pytest.MonkeyPatch
):
    nobody = replace(credentials, endpoint="http://127.0.0.1:9")
    store = opened_at(nobody, "s3://airlock/x")
    # The client's own back-off is not what is tested.
    monkeypatch.setattr(time, "sleep", lambda _: None)

    with pytest.raises(StoreUnavailable, match="did not answer"):
        store.get(KEY)


# An answer that gets lost


Put = Callable[..., Any]


def after(put: Put, error: Exception) -> Put:
    """The server does it, and its answer is lost."""

    def lost(**request: Any) -> None:
        put(**request)
        raise error

    return lost


def instead(put: Put, error: Exception) -> Put:
    """The request never arrives."""

    def refused(**request: Any) -> None:
        raise error

    return refused


def code(name: str) -> ClientError:
    return ClientError({"Error": {"Code": name}}, "PutObject")


LOST = [
    pytest.param(ReadTimeoutError(endpoint_url="x"), id="time-out while reading"),
    pytest.param(ConnectTimeoutError(endpoint_url="x"), id="time-out while connecting"),
    pytest.param(code("InternalError"), id="500"),
    pytest.param(code("SlowDown"), id="503"),
]


@pytest.mark.parametrize("error", LOST)
def test_a_create_whose_answer_was_lost_finds_its_own_object(
    store: S3Store, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    store.delete(KEY)
    monkeypatch.setattr(store.client, "put_object", after(store.client.put_object, error))

    assert store.create(KEY, b"mine") is True


@pytest.mark.parametrize("error", LOST)
def test_a_create_whose_answer_was_lost_admits_that_another_won(
    store: S3Store, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    store.put(KEY, b"theirs")
    monkeypatch.setattr(store.client, "put_object", instead(store.client.put_object, error))

    assert store.create(KEY, b"mine") is False


@pytest.mark.parametrize("error", LOST)
def test_a_create_that_never_arrived_is_not_repeated_blindly(
    store: S3Store, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    store.delete(KEY)
    monkeypatch.setattr(store.client, "put_object", instead(store.client.put_object, error))

    with pytest.raises(StoreUnavailable, match=r"Whether .* was written is unknown") as caught:
        store.create(KEY, b"mine")

    assert caught.value.retry_can_help


def test_a_conditional_conflict_is_a_lost_race(store: S3Store, monkeypatch: pytest.MonkeyPatch):
    """S3 answers 409 when two conditional writes meet in the same moment."""
    store.put(KEY, b"theirs")
    refused = instead(store.client.put_object, code("ConditionalRequestConflict"))
    monkeypatch.setattr(store.client, "put_object", refused)

    assert store.create(KEY, b"mine") is False


def test_a_conditional_conflict_whose_winner_is_not_there_yet_can_be_tried_again(
    store: S3Store, monkeypatch: pytest.MonkeyPatch
):
    store.delete(KEY)
    refused = instead(store.client.put_object, code("ConditionalRequestConflict"))
    monkeypatch.setattr(store.client, "put_object", refused)

    with pytest.raises(StoreUnavailable):
        store.create(KEY, b"mine")


def test_missing_rights_are_said_as_such(store: S3Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        store.client, "put_object", instead(store.client.put_object, code("AccessDenied"))
    )

    with pytest.raises(StoreError, match="No permission for") as caught:
        store.create(KEY, b"mine")

    assert not caught.value.retry_can_help


# Races


def _create(credentials: Credentials, uri: str, key: str, who: bytes) -> bool:
    return opened_at(credentials, uri).create(key, who)


def test_of_many_processes_exactly_one_creates(store: S3Store, credentials: Credentials):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for race in range(10):
            racers = [(credentials, store.uri, f"race/{race}", str(i).encode()) for i in range(4)]

            won = pool.starmap(_create, racers, chunksize=1)

            assert sum(won) == 1
            assert store.get(f"race/{race}") == str(won.index(True)).encode()


def test_a_ledger_on_s3_loses_nothing_to_writers_at_the_same_time(store: S3Store):
    signer = Signer.from_seed(base64.b64encode(bytes(32)).decode())
    trusted = TrustedKeys({signer.key_id: base64.b64encode(signer.public).decode()})

    def write(who: int) -> None:
        ledger = Ledger(store, "churn", trusted=trusted, signer=signer)
        for number in range(3):
            ledger.append("incident", {"what": "x"}, id=f"{who}-{number}", at=AT)

    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    ids = [entry.id for entry in Ledger(store, "churn", trusted=trusted).entries()]
    assert sorted(ids) == sorted(f"{who}-{number}" for who in range(4) for number in range(3))
