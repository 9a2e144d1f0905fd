"""Opens a receiver of what was decided, by its connection.

A sink is an Airflow connection that `[airlock] sinks` names. Its extra says its kind; what it takes
is given a `Message` and returns once the receiver has taken it, or raises `NotTaken`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from airlock.catalogs.outbox import Message
from airlock.core.errors import SettingsError
from airlock.hooks import registry


class NotTaken(Exception):
    """The receiver did not take a message. The text says why, in words of ours alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """One receiver.

    Args:
        name: id of its connection.
        send: tells it a message; `now` is the time of the attempt, UTC.
    """

    name: str
    send: Callable[[Message, datetime], None]


def open_sink(name: str, *, extra: Mapping[str, Any], secret: str | None) -> Sink:
    """What a connection describes.

    Args:
        extra: of the connection.
        secret: its password.

    Raises:
        SettingsError: it is of no kind that there is, or lacks something.
    """
    known, kind = registry.sinks(), str(extra.get("kind", ""))
    if kind not in known:
        raise SettingsError(
            f"The connection {name} is no sink: its kind is none of {', '.join(known)}.",
            do='Write {"kind": "webhook", "url": "https://…"} into its extra; docs/outbox.md.',
        )
    return cast("Sink", registry.load(known[kind].open)(name, extra=extra, secret=secret))
