"""S3 as a store, or any service with its protocol and conditional writes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.core.errors import ObjectMissing, SettingsError, StoreError, StoreUnavailable
from airlock.store.base import Stat, Store, checked, checked_prefix
from airlock.store.download import download

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
_UNKNOWN = {"500", "503", "InternalError", "SlowDown"}
_MISSING = {"NoSuchKey", "404", "NotFound"}
_DENIED = {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


class S3Store(Store):
    """Objects below one prefix of one bucket.

    Args:
        bucket: the bucket's name.
        prefix: "" or a path without slashes at its ends.
        client: a boto3 S3 client.
        connection: whose credentials it has, for messages.
    """

    def __init__(
        self, bucket: str, prefix: str, client: S3Client, *, connection: str = "airlock_store"
    ) -> None:
        self.bucket = bucket
        self.connection = connection
        self.prefix = f"{prefix}/" if prefix else ""
        self.client = client
        self.uri = f"s3://{bucket}/{prefix}".rstrip("/")

    def get(self, key: str) -> bytes:
        with self._translated(key):
            return self.client.get_object(Bucket=self.bucket, Key=self._name(key))["Body"].read()

    def put(self, key: str, data: bytes) -> None:
        with self._translated(key):
            self._put(key, data)

    def create(self, key: str, data: bytes) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._put(key, data, IfNoneMatch="*")
        except ClientError as error:
            if _code(error) not in _TAKEN | _UNKNOWN:
                with self._translated(key):
                    raise
            return self._outcome(key, data)
        except (BotoCoreError, StoreUnavailable):
            return self._outcome(key, data)
        return True

    def upload(self, path: Path, key: str) -> None:
        with self._translated(key):
            self.client.upload_file(
                str(path),
                self.bucket,
                self._name(key),
                ExtraArgs={"ChecksumAlgorithm": "SHA256"},
            )

    def local(self, key: str, scratch: Path, *, etag: str = "") -> Path:
        path = scratch / checked(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._translated(key):
            place = {"Bucket": self.bucket, "Key": self._name(key)}
            download(self.client, place, path, etag=etag)
        return path

    def list(self, prefix: str) -> Iterator[Stat]:
        below = self.prefix + checked_prefix(prefix)
        pages = self.client.get_paginator("list_objects_v2")
        with self._translated(prefix):
            for page in pages.paginate(Bucket=self.bucket, Prefix=below):
                for item in page.get("Contents", ()):
                    yield Stat(
                        key=item["Key"].removeprefix(self.prefix),
                        bytes=item["Size"],
                        modified=item["LastModified"],
                        etag=item["ETag"],
                    )

    def folders(self, prefix: str) -> Iterator[str]:
        below = self.prefix + checked_prefix(prefix)
        pages = self.client.get_paginator("list_objects_v2")
        with self._translated(prefix):
            for page in pages.paginate(Bucket=self.bucket, Prefix=below, Delimiter="/"):
                for one in page.get("CommonPrefixes", ()):
                    yield one["Prefix"].removeprefix(below).rstrip("/")

    def delete(self, key: str) -> None:
        with self._translated(key):
            self.client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def _name(self, key: str) -> str:
        return self.prefix + checked(key)

    def _put(self, key: str, data: bytes, **condition: Any) -> None:
        self.client.put_object(
            Bucket=self.bucket,
            Key=self._name(key),
            Body=data,
            ChecksumAlgorithm="SHA256",
            **condition,
        )

    def _outcome(self, key: str, data: bytes) -> bool:
        # The request may have been carried out although its answer was lost, and a 409 comes
        # before the other writer is done: read, never repeat.
        try:
            return self.get(key) == data
        except ObjectMissing:
            raise StoreUnavailable(
                f"Whether {self.uri}/{key} was written is unknown, and it is not there now.",
                do="Try again; a second attempt finds what the first one left.",
            ) from None

    @contextlib.contextmanager
    def _translated(self, key: str) -> Iterator[None]:
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            FlexibleChecksumError,
            IncompleteReadError,
            NoCredentialsError,
            ResponseStreamingError,
        )

        where = f"{self.uri}/{key}"
        try:
            yield
        except ClientError as error:
            raise self._no(where, _code(error)) from None
        except NoCredentialsError:
            raise SettingsError(
                f"No credentials for {self.uri}.",
                do=f"Give the connection {self.connection} a login and password, or the worker a "
                "role.",
            ) from None
        except (FlexibleChecksumError, IncompleteReadError, ResponseStreamingError):
            raise StoreUnavailable(
                f"{where} came incomplete or altered, each time it was asked for.",
                do="Check the network; if it stays so, the object is damaged: upload it anew.",
            ) from None
        except BotoCoreError as error:
            raise StoreUnavailable(
                f"{self.uri} did not answer ({type(error).__name__}).",
                do=f"Check the endpoint in the connection {self.connection} and the network.",
            ) from None

    def _no(self, where: str, code: str) -> StoreError:
        if code in _MISSING:
            return ObjectMissing(
                f"Nothing is stored at {where}.",
                do="It was erased, or the store is not the one that wrote it: see "
                f"{self.connection}.",
            )
        if code in _DENIED:
            return StoreError(
                f"No permission for {where} ({code}).",
                do=f"Allow the credentials of {self.connection} to read, write and list there.",
            )
        if code == "NoSuchBucket":
            return StoreError(
                f"The bucket {self.bucket} does not exist.",
                do=f"Create it, or name another; the connection is {self.connection}.",
            )
        if code == "PreconditionFailed":
            return StoreUnavailable(
                f"{where} was replaced while it was read.",
                do="Try again once whoever writes it is done.",
            )
        return StoreUnavailable(
            f"{where} cannot be reached now ({code}).", do="Try again; see the store's status."
        )


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))
