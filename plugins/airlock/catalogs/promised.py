"""What policies promise about time, and how far a ledger has kept it: alarms and their answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from airlock.catalogs import kept
from airlock.core.errors import ObjectMissing
from airlock.ledger import Entry
from airlock.reading import read_json
from airlock.store import Store


def deadline_of(store: Store, entries: Sequence[Entry]) -> dict[str, Any]:
    """The deadlines of the policy by which the last candidate was judged; empty without any.

    Raises:
        Unverified: the policy is not the one that the ledger names.
    """
    decided = (one for one in reversed(entries) if one.kind == "decided" and _policy(one))
    last = next(decided, None)
    return {} if last is None else deadline_at(store, last)


def deadline_at(store: Store, decided: Entry) -> dict[str, Any]:
    """The deadlines of the policy by which one candidate was judged; empty without any.

    Raises:
        Unverified: the policy is not the one that the ledger names.
    """
    if (name := _policy(decided)) is None:
        return {}
    key = kept.address(kept.POLICIES, name)
    try:
        data = store.get(key)
    except ObjectMissing:
        return {}  # a decision of a version that kept no policies
    kept.check(key, data)
    found: dict[str, Any] = read_json(data).get("deadline") or {}
    return found


def answers(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry | None]]:
    """Every alarm that asked for a training, and the promotion after it, if there was one."""
    for entry in entries:
        if entry.kind == "retrain":
            after = (one for one in entries[entry.sequence :] if one.kind == "promoted")
            yield entry, next(after, None)


def _policy(decided: Entry) -> str | None:
    """The digest of the policy; None in entries of versions that did not say it."""
    name = (decided.body.get("evidence") or {}).get("policy")
    return str(name) if name else None
