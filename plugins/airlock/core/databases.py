"""How a database is reached, as a connection of Airflow says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A database, and how to sign in; nothing of it but the kind and the id is ever shown.

    Args:
        connection: the connection's id.
        kind: its type in Airflow, such as "postgres".
        host, port, name, user, password, extra: as the connection has them; None where it does not.
        hook: makes Airflow's own hook of it.
    """

    connection: str
    kind: str
    host: str | None = field(default=None, repr=False)
    port: int | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)
    hook: Callable[[], Any] | None = field(default=None, repr=False)
