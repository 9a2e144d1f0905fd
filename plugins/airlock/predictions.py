"""The catalogue of predictions: which result serves a night, and which ones it replaced.

    predictions/<model>/<night>/<number>.json    written once each; the highest number serves

The rows stay where score published them; an entry names that result and its SHA-256. A reader that
follows `serving` therefore sees a whole partition or none, and what was replaced can still be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal, get_args

from airlock.content import canonical_json
from airlock.errors import StoreError, Unverified
from airlock.store import Store

Role = Literal["served", "shadow"]
"""`served` is what consumers read; `shadow` is what a challenger would have said."""

_TRIES = 100  # far more writers than one night of one model ever has at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """The predictions of one night.

    Args:
        model: registered name.
        night: partition date, ISO.
        number: 1 for the first of the night; 0 before it is published.
        role: whether consumers read it.
        versions: of the model, of which at least one row is stamped with each.
        sequence: the champion's ledger entry when it was scored.
        scoring: address of the `Scoring` result.
        sha256: of that result, as stored.
        rows: how many predictions.
        because: why the night was scored again; "" for the usual run.
    """

    model: str
    night: str
    number: int = 0
    role: Role
    versions: tuple[int, ...]
    sequence: int
    scoring: str
    sha256: str
    rows: int
    because: str = ""


def publish(store: Store, partition: Partition) -> Partition:
    """Enter a partition, once: the same result in the same role is found, not entered again.

    Returns:
        The partition with its number.

    Raises:
        StoreError: the number stays taken however often the next one is tried.
    """
    for _ in range(_TRIES):
        known = list(partitions(store, partition.model, partition.night))
        for one in known:
            if (one.role, one.sha256) == (partition.role, partition.sha256):
                return one
        numbered = _numbered(partition, len(known) + 1)
        if store.create(_key(numbered), canonical_json(asdict(numbered))):
            return numbered
    raise StoreError(
        f"The predictions of {partition.model} for {partition.night} cannot be entered.",
        do="Look for a number that is missing below predictions/ in the store.",
    )


def partitions(store: Store, model: str, night: str | None = None) -> Iterator[Partition]:
    """All partitions of a model, night by night, each night's oldest first.

    Args:
        night: of this night alone.

    Raises:
        Unverified: an entry is not written as entries are.
    """
    prefix = f"predictions/{model}/" + (f"{night}/" if night else "")
    for stat in store.list(prefix):
        yield _read(stat.key, store.get(stat.key))


def serving(store: Store, model: str, night: str) -> Partition | None:
    """The partition that consumers read; None if the night was never scored."""
    served = [one for one in partitions(store, model, night) if one.role == "served"]
    return served[-1] if served else None


def _numbered(partition: Partition, number: int) -> Partition:
    return Partition(**{**asdict(partition), "number": number})


def _key(partition: Partition) -> str:
    return f"predictions/{partition.model}/{partition.night}/{partition.number:06d}.json"


def _read(key: str, data: bytes) -> Partition:
    try:
        fields = json.loads(data)
        partition = Partition(**{**fields, "versions": tuple(fields["versions"])})
    except (KeyError, TypeError, ValueError):
        raise Unverified(f"{key} is no partition.", do="It was altered.") from None
    if key != _key(partition) or partition.role not in get_args(Role):
        raise Unverified(f"{key} is not the partition it says it is.", do="It was altered.")
    return partition
