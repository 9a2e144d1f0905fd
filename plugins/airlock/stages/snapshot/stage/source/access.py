"""What a snapshot may reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from airlock.core.databases import Database
from airlock.core.errors import SettingsError
from airlock.store import Credentials, Store


def no_database(connection: str) -> Database:
    """For snapshots of files alone.

    Raises:
        SettingsError: always.
    """
    raise SettingsError(
        f"Nobody opens the connection {connection} here.", do="Read it by a SnapshotOperator."
    )


def no_credentials() -> Credentials:
    """For snapshots that read no lake on S3.

    Raises:
        SettingsError: always.
    """
    raise SettingsError("Nobody signs in to S3 here.", do="Read it by a SnapshotOperator.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a snapshot may reach.

    Args:
        places: prefixes below which a source may lie, of whatever scheme.
        root: the project root, to which an address may be relative.
        remote: opens a bucket with the credentials of the zone `raw`.
        scratch: a local folder for what has to be fetched first.
        database: tells how a database is reached, by a connection's id.
        credentials: of the zone `raw`, for libraries that open buckets themselves.
    """

    places: tuple[str, ...]
    root: Path
    remote: Callable[[str], Store]
    scratch: Path
    database: Callable[[str], Database] = no_database
    credentials: Callable[[], Credentials] = no_credentials
