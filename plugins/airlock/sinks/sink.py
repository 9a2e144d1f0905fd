"""Opens a receiver of what was decided, by its connection.

A sink is an Airflow connection that `[airlock] sinks` names. Its extra says its kind; what it takes
is given a `Message` and returns once the receiver has taken it, or raises `NotTaken`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from airlock.catalogs.outbox import Message
from airlock.core.errors import SettingsError
from airlock.hooks import registry

SECONDS = 10.0
"""For the whole of one attempt: no task waits longer for a receiver."""


class NotTaken(Exception):
    """The receiver did not take a message. The text says why, in words of ours alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """One receiver.

    Args:
        name: id of its connection.
        send: tells it a message; `now` is the time of the attempt, UTC.
        tickets: of which retrains it keeps a ticket; "" if it is told of entries.
        pack: whether it is given evidence packs.
    """

    name: str
    send: Callable[[Message, datetime], None]
    tickets: Literal["", "every", "drift"] = ""
    pack: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a connection says of a receiver.

    Args:
        name: its id.
        extra: what its extra holds.
        secret: its password.
        login: who signs in with it.
        airflow: the address of this Airflow, for links.
    """

    name: str
    extra: Mapping[str, Any]
    secret: str | None = None
    login: str | None = None
    airflow: str = "http://localhost:8080"

    def text(self, key: str, *, example: str) -> str:
        """A text of its extra.

        Raises:
            SettingsError: it has none.
        """
        found = self.extra.get(key)
        if not isinstance(found, str) or not found.strip():
            raise SettingsError(
                f"The connection {self.name} does not say its {key}.",
                do=f'Write "{key}": "{example}" into its extra; docs/outbox.md.',
            )
        return found

    def token(self) -> str:
        """Its password.

        Raises:
            SettingsError: it has none.
        """
        if not self.secret:
            raise SettingsError(
                f"The connection {self.name} has no password to sign in with.",
                do="Make a token for Airlock there, and write it into the connection's password.",
            )
        return self.secret

    def tickets(self) -> Literal["every", "drift"]:
        """Of which retrains it keeps a ticket.

        Raises:
            SettingsError: of none that there is.
        """
        found = self.extra.get("tickets", "every")
        if found == "every" or found == "drift":
            return "drift" if found == "drift" else "every"
        raise SettingsError(
            f"The connection {self.name} keeps tickets of neither every retrain nor of drift's.",
            do='Write "tickets": "every", or "drift", into its extra.',
        )


def open_sink(
    name: str,
    *,
    extra: Mapping[str, Any],
    secret: str | None,
    login: str | None = None,
    airflow: str = "http://localhost:8080",
) -> Sink:
    """What a connection describes.

    Args:
        extra: of the connection.
        secret: its password.
        login: its user.
        airflow: the address of this Airflow, for links.

    Raises:
        SettingsError: it is of no kind that there is, or lacks something.
    """
    known, kind = registry.sinks(), str(extra.get("kind", ""))
    if kind not in known:
        raise SettingsError(
            f"The connection {name} is no sink: its kind is none of {', '.join(known)}.",
            do='Write {"kind": "webhook", "url": "https://…"} into its extra; docs/outbox.md.',
        )
    said = Said(name=name, extra=extra, secret=secret, login=login, airflow=airflow.rstrip("/"))
    return cast("Sink", registry.load(known[kind].open)(said))
