"""Keeps texts (policies, decisions) that the ledger names by digest, so that they can be checked.

    policies/<sha256>.json     a policy, canonical JSON
    decisions/<sha256>.json    what the gate said, canonical JSON

`sha256sum` of the file is its name, and the digest in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from airlock.core.content import canonical_json, sha256
from airlock.core.errors import Unverified
from airlock.store import Store

Shelf = Literal["policies", "decisions"]
POLICIES: Shelf = "policies"
DECISIONS: Shelf = "decisions"


def store_text(store: Store, shelf: Shelf, value: Mapping[str, Any]) -> str:
    """Keep a text under its own name; again is no change.

    Returns:
        The digest.
    """
    data = canonical_json(value)
    name = sha256(data)
    key = address(shelf, name)
    if not store.create(key, data):
        # Somebody put another text under this name before an entry says what it is.
        store.put(key, data)
    return name


def address(shelf: Shelf, name: str) -> str:
    """Where a text with that digest lies."""
    return f"{shelf}/{name}.json"


def check(key: str, data: bytes) -> None:
    """Refuse a text that is not what it is called.

    Raises:
        Unverified: its digest is another one.
    """
    if key.rpartition("/")[2] != f"{sha256(data)}.json":
        raise Unverified(
            f"{key} is not what it is called: its SHA-256 differs.",
            do="Bring the original back from a backup, and find out who changed it.",
        )
