"""Downloads one S3 object into a local file: in ranges, one version, checksum verified."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, TypeVar

from airlock.core.disk import full_disk
from airlock.core.errors import StoreUnavailable
from airlock.store.bounds import ASK_AGAIN_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

T = TypeVar("T")

# Four ranges under way are 32 MiB in memory, whatever the object's size.
RANGE_BYTES = 8 << 20
_RANGES_AT_ONCE = 4
# The client itself repeats refused requests; a body that ends early is for us to ask for again.
_PAUSES = (0.2, 0.8, 3.2)


def download(client: S3Client, place: Mapping[str, str], path: Path, *, etag: str) -> None:
    """Write exactly one version of an object into a file.

    Args:
        client: a boto3 S3 client.
        place: Bucket and Key.
        path: the file, in a folder that exists.
        etag: the version that is wanted; "" for whichever is there now.

    Raises:
        StoreUnavailable: the object was replaced meanwhile, came incomplete or altered, or the
            disk is full.
        botocore.exceptions.ClientError, BotoCoreError: the store says no, or does not answer.
    """
    where = f"s3://{place['Bucket']}/{place['Key']}"
    condition = {"IfMatch": etag} if etag else {}
    head, first = _patiently(partial(_get_first_range, client, place, condition))
    total = head["ContentLength"]
    with full_disk(path.parent), path.open("wb") as file:
        file.write(first)
    if total > len(first):
        _download_rest(client, place, path, total=total, etag=head["ETag"])
    _check(path, where, client, place, head)


def _get_first_range(
    client: S3Client, place: Mapping[str, str], condition: Mapping[str, str]
) -> tuple[dict[str, Any], bytes]:
    """The object's properties and its first range; of a small object that is all of it."""
    head: Any = client.get_object(**place, **condition, ChecksumMode="ENABLED")  # type: ignore[arg-type]  # the stubs know no mapping
    # The body's own context manager would hand out the raw stream, which checks nothing.
    with contextlib.closing(head["Body"]) as body:
        if head["ContentLength"] <= RANGE_BYTES:
            return head, body.read()
        return head, _exactly(body.read(RANGE_BYTES), RANGE_BYTES)


def _download_rest(
    client: S3Client, place: Mapping[str, str], path: Path, *, total: int, etag: str
) -> None:
    def fetch(start: int) -> None:
        end = min(start + RANGE_BYTES, total)
        wanted = {"Range": f"bytes={start}-{end - 1}", "IfMatch": etag}

        def read() -> bytes:
            got = client.get_object(**place, **wanted)  # type: ignore[arg-type]  # the stubs know no mapping
            return _exactly(got["Body"].read(), end - start)

        data = _patiently(read)
        with full_disk(path.parent), path.open("r+b") as file:
            file.seek(start)
            file.write(data)

    pool = ThreadPoolExecutor(_RANGES_AT_ONCE)
    try:
        for _ in pool.map(fetch, range(RANGE_BYTES, total, RANGE_BYTES)):
            pass
    finally:
        pool.shutdown(cancel_futures=True)


def _exactly(data: bytes, expected: int) -> bytes:
    from botocore.exceptions import IncompleteReadError

    if len(data) != expected:
        raise IncompleteReadError(actual_bytes=len(data), expected_bytes=expected)
    return data


def _patiently(read: Callable[[], T]) -> T:
    """Ask again for a body that broke off or came altered."""
    from botocore.exceptions import (
        FlexibleChecksumError,
        IncompleteReadError,
        ReadTimeoutError,
        ResponseStreamingError,
    )

    until = time.monotonic() + ASK_AGAIN_SECONDS
    for pause in _PAUSES:
        # What breaks off at once is asked for four times; what hangs, once.
        if time.monotonic() > until:
            break
        try:
            return read()
        except (
            FlexibleChecksumError,
            IncompleteReadError,
            ReadTimeoutError,
            ResponseStreamingError,
        ):
            time.sleep(pause)
    return read()


class _Checksum(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


# CRC-32C and CRC-64/NVME have no implementation in Python's library that is fast enough.
_SUMS: Mapping[str, Callable[[], _Checksum]] = {
    "ChecksumSHA256": hashlib.sha256,
    "ChecksumSHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "ChecksumCRC32": _Crc32,
}


def _check(
    path: Path, where: str, client: S3Client, place: Mapping[str, str], head: Mapping[str, Any]
) -> None:
    """Compare the file with the object's own checksum, if it has one that we can compute."""
    for name, kind in _SUMS.items():
        if name not in head:
            continue
        expected, _, parts = head[name].partition("-")
        found = kind()
        if parts:
            # A checksum of checksums: one for each part that the object was uploaded in.
            first = client.head_object(**place, PartNumber=1)["ContentLength"]  # type: ignore[arg-type]  # the stubs know no mapping
            for data in _pieces(path, first, kind):
                found.update(data)
        else:
            _feed(found, path)
        if base64.b64encode(found.digest()).decode() != expected:
            raise StoreUnavailable(
                f"{where} arrived with other bytes than its checksum says.",
                do="Try again; if it stays so, the object is damaged: upload it anew.",
            )


def _feed(into: _Checksum, path: Path) -> None:
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            into.update(data)


def _pieces(path: Path, size: int, kind: Callable[[], _Checksum]) -> Iterator[bytes]:
    """The checksum of every part of `size` bytes; the last part may be shorter."""
    with path.open("rb") as file:
        while part := _piece(file, size, kind):
            yield part


def _piece(file: BinaryIO, size: int, kind: Callable[[], _Checksum]) -> bytes | None:
    found, left = kind(), size
    while left and (data := file.read(min(left, 1 << 20))):
        found.update(data)
        left -= len(data)
    return found.digest() if left < size else None
