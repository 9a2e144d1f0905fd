"""A source on an S3 that fails: asked again where that helps, named where it does not."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from airlock.core.contract import Contract
from airlock.core.errors import AirlockError, StoreError, StoreUnavailable
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.stage.snapshot import SourceChanged, SourceMissing, snapshot
from airlock.store import Credentials, open_store
from airlock.store import download as downloading
from airlock.store.s3 import S3Store
from tests.faulty_s3 import KEY, ROWS, Fault, Faulty, Wsgi, cut, flipped, refusal

CONTRACT = Contract.model_validate({"columns": {"id": {"type": "string"}}})


@pytest.fixture(scope="module")
def faulty() -> Faulty:
    return Faulty(DomainDispatcherApplication(create_backend_app))


@pytest.fixture(scope="module")
def credentials(faulty: Faulty) -> Iterator[Credentials]:
    server = make_server("127.0.0.1", 0, faulty, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Credentials(
        access_key="test",
        secret_key="test",
        endpoint=f"http://127.0.0.1:{server.server_port}",
        region="us-east-1",
        connection="airlock_raw",
    )
    server.shutdown()


@pytest.fixture
def store(
    credentials: Credentials, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> Iterator[S3Store]:
    # Neither our pauses nor the client's own are what is tested.
    monkeypatch.setattr(time, "sleep", lambda _: None)
    opened = open_store("s3://crm", credentials)
    assert isinstance(opened, S3Store)
    opened.client.create_bucket(Bucket="crm")
    opened.put(KEY, ROWS)
    faulty.reads.clear()
    yield opened
    faulty.faults.clear()


@pytest.fixture
def freeze(credentials: Credentials, tmp_path: Path) -> Callable[..., Snapshot]:
    def freeze(source: str = f"s3://crm/{KEY}", **changes: Any) -> Snapshot:
        given: dict[str, Any] = {
            "night": "2026-01-05",
            "sources": ("s3://crm/leads", "s3://gone"),
            "root": tmp_path,
            "remote": partial(open_store, credentials=credentials),
            "scratch": tmp_path / "scratch",
            "out": tmp_path / "out",
        }
        return snapshot(source, CONTRACT, **(given | changes))

    return freeze


Freeze = Callable[..., Snapshot]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(refusal("503 Slow Down", "SlowDown"), id="503 SlowDown"),
        pytest.param(refusal("503 Service Unavailable", "ServiceUnavailable"), id="503"),
        pytest.param(refusal("500 Internal Server Error", "InternalError"), id="500"),
        pytest.param(cut, id="a body that breaks off"),
        pytest.param(flipped, id="a byte that flips on the way"),
    ],
)
def test_what_passes_is_asked_for_again(
    store: S3Store, faulty: Faulty, freeze: Freeze, fault: Fault
):
    faulty.faults += [fault, fault]

    assert freeze().files[0].sha256 == hashlib.sha256(ROWS).hexdigest()
    assert len(faulty.reads) == 3


@pytest.mark.parametrize(
    ("fault", "said", "retry_can_help"),
    [
        pytest.param(refusal("503 Slow Down", "SlowDown"), "cannot be reached now", True, id="503"),
        pytest.param(cut, "came incomplete or altered", True, id="a body that breaks off"),
        pytest.param(flipped, "came incomplete or altered", True, id="a damaged body"),
        pytest.param(
            refusal("403 Forbidden", "AccessDenied"),
            r"No permission for s3://crm/leads.*airlock_raw",
            False,
            id="403",
        ),
        pytest.param(
            refusal("404 Not Found", "NoSuchBucket"),
            r"bucket crm does not exist.*airlock_raw",
            False,
            id="the bucket went",
        ),
        pytest.param(
            refusal("404 Not Found", "NoSuchKey"), "Nothing is stored at", False, id="404"
        ),
        pytest.param(
            refusal("412 Precondition Failed", "PreconditionFailed"),
            "was replaced while it was read",
            True,
            id="412",
        ),
    ],
)
def test_what_stays_is_named_with_the_right_connection(
    store: S3Store,
    faulty: Faulty,
    freeze: Freeze,
    tmp_path: Path,
    fault: Fault,
    said: str,
    retry_can_help: bool,
):
    faulty.faults += [fault] * 30

    with pytest.raises(AirlockError, match=said) as caught:
        freeze()

    assert caught.value.retry_can_help is retry_can_help
    assert "airlock_store" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_a_bucket_that_is_not_there_is_named(store: S3Store, freeze: Freeze):
    with pytest.raises(StoreError, match=r"bucket gone does not exist.*airlock_raw"):
        freeze("s3://gone/rows.csv")


def test_an_object_that_is_not_there_is_missing(store: S3Store, freeze: Freeze):
    with pytest.raises(SourceMissing, match="There is nothing at s3://crm/leads/2026-01-05/none"):
        freeze("s3://crm/leads/2026-01-05/none.csv")


# An object that changes


def test_an_object_that_is_replaced_between_listing_and_reading_is_refused(
    store: S3Store, faulty: Faulty, freeze: Freeze
):
    def replaced(environ: dict[str, Any], start: Callable[..., Any], app: Wsgi) -> Iterable[bytes]:
        store.put(KEY, ROWS + b"one more\n")
        return app(environ, start)

    faulty.faults.append(replaced)

    with pytest.raises(SourceChanged, match=r"rows\.csv came, went or changed") as caught:
        freeze()

    assert caught.value.retry_can_help


@pytest.mark.parametrize("joins", [True, False], ids=["joins", "is replaced"])
def test_an_object_that_changes_after_it_was_read_is_refused(
    store: S3Store, faulty: Faulty, freeze: Freeze, joins: bool
):
    key = KEY.replace("rows", "rows2") if joins else KEY

    def after(environ: dict[str, Any], start: Callable[..., Any], app: Wsgi) -> Iterable[bytes]:
        body = list(app(environ, start))
        store.put(key, ROWS + b"one more\n")
        return body

    faulty.faults.append(after)

    with pytest.raises(SourceChanged):
        freeze("s3://crm/leads/{night}")
    store.delete(key)


# Large objects


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "RANGE_BYTES", 20_000)


def test_a_large_object_comes_in_ranges_of_one_version(
    store: S3Store, faulty: Faulty, freeze: Freeze, small_ranges: None
):
    faulty.faults += [cut, cut, refusal("503 Slow Down", "SlowDown"), cut]

    assert freeze().files[0].sha256 == hashlib.sha256(ROWS).hexdigest()
    ranges = {read for read in faulty.reads if read != "whole"}
    assert ranges == {
        f"bytes={start}-{min(start + 20_000, len(ROWS)) - 1}"
        for start in range(20_000, len(ROWS), 20_000)
    }


def test_a_large_object_that_is_replaced_between_two_ranges_is_refused(
    store: S3Store, faulty: Faulty, freeze: Freeze, small_ranges: None
):
    def replaced(environ: dict[str, Any], start: Callable[..., Any], app: Wsgi) -> Iterable[bytes]:
        store.put(KEY, bytes(reversed(ROWS)))
        return app(environ, start)

    faulty.faults += [lambda environ, start, app: app(environ, start), replaced]

    with pytest.raises(SourceChanged):
        freeze()


def test_one_version_of_an_object_is_read_or_none(
    store: S3Store, faulty: Faulty, tmp_path: Path, small_ranges: None
):
    with pytest.raises(StoreUnavailable, match="was replaced while it was read"):
        store.local(KEY, tmp_path, etag='"another"')

    def replaced(environ: dict[str, Any], start: Callable[..., Any], app: Wsgi) -> Iterable[bytes]:
        body = list(app(environ, start))
        store.put(KEY, bytes(reversed(ROWS)))
        return body

    faulty.faults.append(replaced)
    with pytest.raises(StoreUnavailable, match="was replaced while it was read"):
        store.local(KEY, tmp_path)


def test_a_server_that_gives_another_range_than_asked_for_is_not_believed(
    store: S3Store, faulty: Faulty, tmp_path: Path, small_ranges: None
):
    def whole(environ: dict[str, Any], start: Callable[..., Any], app: Wsgi) -> Iterable[bytes]:
        environ.pop("HTTP_RANGE", None)
        return app(environ, start)

    faulty.faults += [whole] * 50

    with pytest.raises(StoreUnavailable, match="came incomplete or altered"):
        store.local(KEY, tmp_path)


def test_a_disk_that_is_full_is_said_to_be_full(store: S3Store, tmp_path: Path):
    (tmp_path / KEY).parent.mkdir(parents=True)
    (tmp_path / KEY).symlink_to("/dev/full")

    with pytest.raises(StoreUnavailable, match="The disk is full"):
        store.local(KEY, tmp_path)


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA1", "CRC32"])
def test_a_large_object_must_have_its_own_checksum(
    store: S3Store, faulty: Faulty, tmp_path: Path, small_ranges: None, algorithm: Any
):
    store.client.put_object(Bucket="crm", Key=KEY, Body=ROWS, ChecksumAlgorithm=algorithm)
    assert store.local(KEY, tmp_path).read_bytes() == ROWS

    faulty.faults += [lambda environ, start, app: app(environ, start), flipped]
    with pytest.raises(StoreUnavailable, match="other bytes than its checksum says"):
        store.local(KEY, tmp_path)


def test_a_multipart_object_must_have_the_checksum_of_its_parts(
    store: S3Store, faulty: Faulty, tmp_path: Path
):
    source = tmp_path / "big"
    source.write_bytes(os.urandom(17 << 20))
    store.upload(source, "leads/rows-big")
    head = store.client.get_object(Bucket="crm", Key="leads/rows-big", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"].endswith("-3")

    assert store.local("leads/rows-big", tmp_path / "in").read_bytes() == source.read_bytes()

    faulty.faults += [lambda environ, start, app: app(environ, start), flipped]
    with pytest.raises(StoreUnavailable, match="other bytes than its checksum says"):
        store.local("leads/rows-big", tmp_path / "again")
