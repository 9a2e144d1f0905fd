"""Who writes to a ticket now: one process at a time, for a minute at most.

    outbox/<sink>/<model>/claims/<ticket>/<n>.json   until when the ticket belongs to a process

A receiver of webhooks knows a message by its id; a tracker does not, and two at once would open two
tickets, or turn one back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airlock.catalogs.outbox import CLAIMS, Message, folder, strange
from airlock.core.content import canonical_json
from airlock.core.errors import ObjectMissing
from airlock.reading import read_json
from airlock.store import Store

CLAIMED = timedelta(minutes=1)
"""How long a thread belongs to the process that took it."""


def claim(store: Store, message: Message, *, now: datetime) -> str | None:
    """Take a thread for this process alone, so that no two open a ticket, or turn one back.

    Args:
        now: UTC.

    Returns:
        What `release` is given; None if another process has it. A claim of somebody who was killed
        counts for a minute.
    """
    prefix = f"{folder(message.sink, message.entry.model)}{CLAIMS}/{message.thread}/"
    held = sorted(stat.key for stat in store.list(prefix))
    if held and _until(store, held[-1]) > now:
        return None
    last = int(held[-1].rpartition("/")[2].removesuffix(".json")) if held else 0
    mine = f"{prefix}{last + 1:06d}.json"
    until = canonical_json({"until": (now + CLAIMED).isoformat()})
    if not store.create(mine, until):
        return None
    for key in held:
        store.delete(key)
    return mine


def release(store: Store, claimed: str) -> None:
    """Let others go on with a thread."""
    store.delete(claimed)


def _until(store: Store, key: str) -> datetime:
    try:
        return datetime.fromisoformat(read_json(store.get(key))["until"])
    except ObjectMissing:
        # Whoever had it has just ended.
        return datetime.min.replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError):
        raise strange(key) from None
