"""Limits how long S3 may be silent: a store that hangs is an error within a minute.

The client asks again after each time-out, which turns one of 15 s into minutes. Here an attempt
that begins late is refused, so that a call to a dead store takes 25 s at most. What is done about
an unknown outcome is one more call.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from airlock.core.errors import StoreUnavailable

CONNECT_SECONDS = 5
READ_SECONDS = 15
"""Of silence: an answer that comes in pieces may take longer."""

ASK_AGAIN_SECONDS = 10
"""After so long a call is not asked again. Refusals (503, SlowDown) come at once: five fit in."""

_called = threading.local()


def bound(client: Any) -> None:
    """Let a boto3 client begin no attempt once its call has lasted too long."""
    client.meta.events.register("before-call.s3", _note_beginning)
    client.meta.events.register("before-send.s3", _refuse_if_late)


def _note_beginning(**_: Any) -> None:
    _called.at = time.monotonic()


def _refuse_if_late(request: Any, **_: Any) -> None:
    if time.monotonic() - getattr(_called, "at", time.monotonic()) > ASK_AGAIN_SECONDS:
        raise StoreUnavailable(
            f"The store at {request.url.partition('?')[0].rpartition('/')[0]} does not answer.",
            do="Check the endpoint and the network; nothing is asked for again meanwhile.",
        )
