"""Entries that are numbered as they come, and written once each: what the catalogues share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, ClassVar, Protocol, TypeVar

from airlock.core.content import canonical_json
from airlock.core.errors import StoreError, Unverified
from airlock.store import Store

_TRIES = 100  # far more writers than one night of one model ever has at once


class Entry(Protocol):
    """A dataclass with a number, 0 before it is entered, that says where it is stored."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def number(self) -> int:
        """1 for the first."""

    @property
    def key(self) -> str:
        """Where it is stored; the number is part of it."""


E = TypeVar("E", bound=Entry)


def enter(
    store: Store, entry: E, *, known: Callable[[], Sequence[E]], same: Callable[[E], bool]
) -> E:
    """Enter something under the next number, once.

    Args:
        entry: without its number.
        known: reads what is entered already, all of it.
        same: whether a known one is this very one; then it is found, not entered again.

    Returns:
        The entry with its number.

    Raises:
        StoreError: the number stays taken however often the next one is tried.
    """
    for _ in range(_TRIES):
        entered = known()
        for one in entered:
            if same(one):
                return one
        numbered = replace(entry, number=len(entered) + 1)
        if store.create(numbered.key, canonical_json(asdict(numbered))):
            return numbered
    folder = entry.key.rpartition("/")[0]
    raise StoreError(
        f"Nothing can be entered below {folder}/.", do="Look for a number that is missing there."
    )


def read(kind: type[E], key: str, data: bytes, *, what: str) -> E:
    """An entry as it was written.

    Args:
        what: it is, for the error.

    Raises:
        Unverified: it is not written as entries are, or lies elsewhere than it says.
    """
    try:
        entry = kind(**json.loads(data))
    except (TypeError, ValueError):
        raise Unverified(f"{key} is no {what}.", do="It was altered.") from None
    if key != entry.key:
        raise Unverified(f"{key} is not the {what} it says it is.", do="It was altered.")
    return entry
