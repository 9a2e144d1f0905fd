"""The catalogue of predictions: which result serves a night, and which ones it replaced.

    predictions/<model>/<night>/<number>.json    written once each; the highest number serves

The rows stay where score published them; an entry names that result and its SHA-256. A reader that
follows `serving` therefore sees a whole partition or none, and what was replaced can still be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from airlock.catalogs import base as catalogue
from airlock.core.errors import Unverified
from airlock.store import Store

Role = Literal["served", "shadow"]
"""`served` is what consumers read; `shadow` is what a challenger would have said."""


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

    def __post_init__(self) -> None:
        """JSON has no tuples."""
        object.__setattr__(self, "versions", tuple(self.versions))

    @property
    def key(self) -> str:
        """Where it is stored."""
        return f"predictions/{self.model}/{self.night}/{self.number:06d}.json"


def publish(store: Store, partition: Partition) -> Partition:
    """Enter a partition, once: the same result in the same role is found, not entered again.

    Returns:
        The partition with its number.

    Raises:
        StoreError: the number stays taken however often the next one is tried.
    """
    return catalogue.enter(
        store,
        partition,
        known=lambda: list(partitions(store, partition.model, partition.night)),
        same=lambda one: (one.role, one.sha256) == (partition.role, partition.sha256),
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


def nights(store: Store, model: str) -> list[str]:
    """The nights of a model that the catalogue knows, in order; no entry is read."""
    keys = (stat.key.split("/") for stat in store.list(f"predictions/{model}/"))
    return sorted({night for _, _, night, *_ in keys})


def serving(store: Store, model: str, night: str) -> Partition | None:
    """The partition that consumers read; None if the night was never scored."""
    served = [one for one in partitions(store, model, night) if one.role == "served"]
    return served[-1] if served else None


def _read(key: str, data: bytes) -> Partition:
    partition = catalogue.read(Partition, key, data, what="partition")
    if partition.role not in get_args(Role):
        raise Unverified(f"{key} has a role that there is not.", do="It was altered.")
    return partition
