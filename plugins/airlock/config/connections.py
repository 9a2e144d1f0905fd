"""Reads Airflow's connections: addresses and secrets, by their ids."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from airlock.compat.airflow import RUNNER
from airlock.core.databases import Database
from airlock.core.errors import SettingsError

if TYPE_CHECKING:
    from airlock.store import Credentials


@contextlib.contextmanager
def only(own: Mapping[str, Any]) -> Iterator[None]:
    """Have this process know these connections, and none of Airflow's: a test's.

    Args:
        own: connections by their ids.
    """
    before = dict(_ONLY)
    _ONLY["own"] = own
    try:
        yield
    finally:
        _ONLY.clear()
        _ONLY.update(before)


_ONLY: dict[str, Mapping[str, Any]] = {}


def connection(conn_id: str) -> Any:
    """A connection of Airflow.

    Raises:
        SettingsError: there is none of that id.
    """
    if _ONLY:
        return _own(conn_id)
    # A task asks its supervisor; the API server, the CLI and tests ask the configured backends.
    # AirflowNotFoundException is the same class for both.
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        if hasattr(sys.modules.get(RUNNER), "SUPERVISOR_COMMS"):
            from airflow.sdk import Connection as TaskConnection

            return TaskConnection.get(conn_id)
        from airlock.compat.airflow import Connection

        return Connection.get_connection_from_secrets(conn_id)
    except AirflowNotFoundException:
        raise SettingsError(
            f"There is no connection {conn_id}.",
            do="Add it in Airflow (airflow_settings.yaml lists all that Airlock needs).",
        ) from None


def _own(conn_id: str) -> Any:
    if conn_id not in _ONLY["own"]:
        raise SettingsError(
            f"The test's sandbox has no connection {conn_id}.",
            do="Give it one: Sandbox(connections={id: address}); the project's own is out of reach "
            "on purpose.",
        )
    return _ONLY["own"][conn_id]


def second_place() -> Any:
    """The connection of the second place for checkpoints; None if there is none."""
    with contextlib.suppress(SettingsError):
        return connection("airlock_checkpoints")
    return None


def extra(found: Any) -> dict[str, Any]:
    """What a connection's extra holds."""
    return dict(found.extra_dejson)


def credentials(found: Any, *, private: bool = False) -> Credentials:
    """How a connection signs in to a store.

    Args:
        private: whether files are for this user alone.
    """
    from airlock.store import Credentials

    said = extra(found)
    return Credentials(
        access_key=found.login or None,
        secret_key=found.password or None,
        endpoint=said.get("endpoint_url"),
        region=said.get("region_name"),
        connection=found.conn_id,
        private=private,
    )


def database(conn_id: str) -> Database:
    """How a database is reached.

    Raises:
        SettingsError: there is no connection of that id.
    """
    found = connection(conn_id)
    return Database(
        connection=conn_id,
        kind=str(found.conn_type or ""),
        host=found.host or None,
        port=found.port or None,
        name=found.schema or None,
        user=found.login or None,
        password=found.password or None,
        extra=extra(found),
        hook=found.get_hook,
    )


def uri_in(conn_id: str, said: Mapping[str, Any]) -> str:
    """The address that a connection's extra holds.

    Raises:
        SettingsError: it holds none.
    """
    uri = said.get("uri")
    if not uri:
        raise SettingsError(
            f"The connection {conn_id} has no uri in its extra.",
            do='Write {"uri": "var/store"} or {"uri": "s3://bucket/prefix"} into its extra.',
        )
    return str(uri)


def password(conn_id: str) -> str | None:
    """The password of a connection; None if there is no such connection."""
    try:
        return connection(conn_id).password or ""
    except SettingsError:
        return None
