"""The catalog of predictions: which result serves a night, and which ones it replaced.

An entry `scored` or `rescored` of the model's ledger names the result and its SHA-256; of several
about one night the highest number serves. The rows stay where score published them. A reader that
follows `serving` therefore sees a whole partition or none, signed, and what was replaced can still
be read. `predictions/<model>/<night>/<number>.json` is a view of the entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, get_args

from airlock.catalogs.base import Catalog, refusal_of_unsigned
from airlock.core.errors import Unverified
from airlock.ledger import Chain, Kind, Ledger

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
        files: digest of the list of its files; "" where an earlier version wrote it.
        bundles: digests of the bundles that scored it, as `versions`.
        data: digest of the redacted snapshot's content that was scored.
        entry: the ledger entry that holds all this; 0 if none does.
    """

    FOLDER: ClassVar[str] = "predictions"
    KINDS: ClassVar[frozenset[Kind]] = frozenset({"scored", "rescored"})
    WHAT: ClassVar[str] = "partition"

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
    files: str = ""
    bundles: tuple[str, ...] = ()
    data: str = ""
    entry: int = 0

    def __post_init__(self) -> None:
        """JSON has no tuples, and no role but these."""
        object.__setattr__(self, "versions", tuple(self.versions))
        object.__setattr__(self, "bundles", tuple(self.bundles))
        if self.role not in get_args(Role):
            raise ValueError("there is no such role")

    @property
    def key(self) -> str:
        """Where its view is stored."""
        return f"predictions/{self.model}/{self.night}/{self.number:06d}.json"

    @property
    def id(self) -> str:
        """The same result in the same role is the same partition."""
        return f"scored/{self.night}/{self.role}/{self.sha256}"


PARTITIONS = Catalog(Partition)


def publish(
    ledger: Ledger,
    partition: Partition,
    *,
    at: datetime,
    again: bool = False,
    results: Mapping[str, Any] | None = None,
    shares: Mapping[str, str] | None = None,
) -> Partition:
    """Enter a partition, once: the same result in the same role is found, not entered again.

    Args:
        ledger: of its model, to be written to.
        at: when, UTC.
        again: whether it replaces what a withdrawn version said.
        results: what its entry names besides.
        shares: the shares of the night that it was put together from, by address.

    Returns:
        The partition with its number.
    """
    kind: Kind = "rescored" if again else "scored"
    return PARTITIONS.append(ledger, partition, as_kind=kind, at=at, results=results, shares=shares)


def partitions(
    chain: Chain, night: str | None = None, *, unsigned: bool = False
) -> list[Partition]:
    """All partitions of a model, night by night, each night's oldest first.

    Args:
        night: of this night alone.
        unsigned: also those that no ledger entry names, for a person's eyes: nothing may be
            decided by them, and their `entry` is 0.

    Raises:
        Unverified: one is not written as partitions are.
    """
    found = PARTITIONS.read(chain, night=night)
    if unsigned:
        found += PARTITIONS.unsigned(chain, night=night)
    return sorted(found, key=lambda one: (one.night, one.number))


def nights(chain: Chain) -> list[str]:
    """The nights of a model that were scored, in order, with or without a signature."""
    return PARTITIONS.nights(chain)


def serving(chain: Chain, night: str) -> Partition | None:
    """The partition that consumers read; None if the night was never scored.

    Raises:
        Unverified: something lies there, and no entry of the ledger names it.
    """
    served = [one for one in partitions(chain, night) if one.role == "served"]
    if served:
        return served[-1]
    for one in PARTITIONS.unsigned(chain, night=night):
        if one.role == "served":
            raise refusal_of_unsigned(one)
    return None


def refused(partition: Partition, why: str) -> Unverified:
    """That a partition is not what its entry says."""
    return Unverified(
        f"The predictions of {partition.night} are not what entry {partition.entry} of the ledger "
        f"of {partition.model} names: {why}.",
        do="Believe none of them. Bring the original back from a backup, and find out who changed "
        "it.",
    )
