"""Opens a store by its address."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlparse

from airlock.core.errors import SettingsError
from airlock.hooks import registry
from airlock.store.base import Store
from airlock.store.bounds import CONNECT_SECONDS, READ_SECONDS, bound
from airlock.store.folder import FolderStore
from airlock.store.s3 import S3Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """How to sign in to S3; empty fields leave it to boto3 (a role, the environment).

    Args:
        connection: where they came from, for messages.
        private: of a folder: whether only this user may read what is written there.
    """

    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    endpoint: str | None = None
    region: str | None = None
    connection: str = "airlock_store"
    private: bool = False


def open_store(uri: str, credentials: Credentials | None = None) -> Store:
    """Open the store at an address.

    Args:
        uri: `file:///folder`, an absolute path, or `s3://bucket/prefix`.
        credentials: for S3; boto3's own search order if absent.

    Raises:
        SettingsError: the address is of another kind.
    """
    scheme = urlparse(uri).scheme or ("file" if uri.startswith("/") else "")
    if (known := registry.stores().get(scheme)) is None:
        raise _no_address(uri)
    store: Store = registry.load(known.open)(uri, credentials or Credentials())
    return store


def open_folder(uri: str, credentials: Credentials) -> Store:
    """Open a folder by `file:///folder` or an absolute path.

    Raises:
        SettingsError: the path is not absolute.
    """
    path = urlparse(uri).path
    if not path.startswith("/"):
        raise _no_address(uri)
    return FolderStore(Path(unquote(path)), private=credentials.private)


def open_s3(uri: str, credentials: Credentials) -> Store:
    """Open `s3://bucket/prefix`.

    Raises:
        SettingsError: it names no bucket.
    """
    parsed = urlparse(uri)
    if not parsed.netloc:
        raise _no_address(uri)
    client = _s3_client(credentials)
    return S3Store(parsed.netloc, parsed.path.strip("/"), client, connection=credentials.connection)


def _no_address(uri: str) -> SettingsError:
    schemes = ", ".join(f"{scheme}://" for scheme in registry.stores())
    return SettingsError(
        f"{uri!r} is not the address of a store.",
        do=f"Write file:///an/absolute/folder or s3://bucket/prefix; known are {schemes}.",
    )


def _s3_client(credentials: Credentials):  # type: ignore[no-untyped-def]  # boto3 is not typed
    import boto3
    from botocore.config import Config

    client = boto3.client(
        "s3",
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        endpoint_url=credentials.endpoint,
        region_name=credentials.region,
        # "standard" backs off with jitter on 503 and SlowDown.
        config=Config(
            retries={"mode": "standard", "max_attempts": 5},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
        ),
    )
    bound(client)
    return client
