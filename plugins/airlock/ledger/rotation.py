"""The ledger of keys: which keys count, also for models that have no ledger yet.

A model's ledger says from which entry on a key counts no more in it. One that begins later has no
such entry, and whoever holds a retired key could begin it. So the platform keeps one more chain,
`ledger/_keys/`: an entry retires keys, and names for every ledger there was the entry that did so
there. In a ledger that it does not name, a retired key never counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airlock.core.content import digest
from airlock.ledger.entry import Entry

if TYPE_CHECKING:
    from airlock.ledger.chain import Ledger

KEYS = "_keys"
"""Where the chain lies; the name of a model begins with a letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotations:
    """What the ledger of keys says about one other ledger.

    Args:
        barred: keys that never count there: key id to the entry that says so.
        noted: entries that must be there: sequence to SHA-256.
    """

    barred: Mapping[str, int] = field(default_factory=dict)
    noted: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def about(cls, model: str, entries: Iterable[Entry]) -> Rotations:
        """Read them from verified entries.

        Args:
            model: whose ledger is asked about.
            entries: the whole ledger of keys.
        """
        barred: dict[str, int] = {}
        noted: dict[int, str] = {}
        for entry in entries:
            there = entry.body["ledgers"].get(model)
            if there is None:
                barred |= dict.fromkeys(entry.body["retired"], entry.sequence)
            else:
                noted[there["sequence"]] = there["sha256"]
        return cls(barred=barred, noted=noted)


def rotate_all(
    keys: Ledger,
    ledgers: Iterable[Ledger],
    *,
    at: datetime,
    anew: Callable[[], Iterable[Ledger]] = tuple,
) -> Entry | None:
    """Let only the platform's key count from here on, in ledgers that are yet to begin as well.

    Each ledger gets its own entry first. Whoever is killed in between does it again.

    Args:
        keys: the ledger of keys, to be written to.
        ledgers: those of all models, to be written to.
        at: when, UTC.
        anew: those that there are by now. A ledger that a run began with the old key meanwhile
            would not count any more: it is asked until it names no other one.

    Returns:
        The entry in the ledger of keys; None if it holds already.
    """
    mine = keys.key().key_id
    retired = sorted(keys.valid_keys().keys.keys() - {mine})
    noted: dict[str, Any] = {}
    seen: set[str] = set()
    while begun := [ledger for ledger in ledgers if ledger.model not in seen]:
        for ledger in begun:
            seen.add(ledger.model)
            ledger.rotate(at=at)
            since = max((ledger.state().retired.get(key, 0) for key in retired), default=0)
            if since:
                sha256 = ledger.entries()[since - 1].sha256
                noted[ledger.model] = {"sequence": since, "sha256": sha256}
        ledgers = anew()
    if not retired:
        return None
    body = {
        "what": f"Key {mine} signs from here on, in every ledger; {', '.join(retired)} no longer.",
        "key": mine,
        "retired": retired,
        "ledgers": noted,
    }
    return keys.append("key", body, id=f"key/{mine}/{digest(retired)}", at=at)
