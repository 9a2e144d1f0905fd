"""Divides a table's parts among mapped tasks, and checks that every shard came back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from airlock.core.errors import Unverified

T = TypeVar("T")


class Shard(Protocol):
    """What one task leaves behind of its share."""

    @property
    def recipe(self) -> str:
        """Digest of everything that decides what becomes of a row."""

    @property
    def share(self) -> int:
        """Which one, from 0."""

    @property
    def shares(self) -> int:
        """How many there are."""


S = TypeVar("S", bound=Shard)


def parts_of(parts: Sequence[T], *, share: int, shares: int) -> tuple[T, ...]:
    """The parts of one share: neighbours, so that the shares in order are the table in order.

    Args:
        share: from 0; with more shares than parts some are empty.
    """
    start, end = (len(parts) * at // shares for at in (share, share + 1))
    return tuple(parts[start:end])


def whole(shares: Sequence[tuple[S, Path]], *, recipe: str) -> tuple[tuple[S, Path], ...]:
    """All shares of one table in their order.

    Args:
        shares: each with the local, verified folder of its parts.
        recipe: of the table that they must be shares of.

    Raises:
        Unverified: they are not all shares of this table, each of them once.
    """
    ordered = tuple(sorted(shares, key=lambda one: one[0].share))
    if any(record.recipe != recipe for record, _ in ordered):
        raise Unverified(
            "A share was made from another table, or in another way.",
            do="Clear all tasks that make shares of this run.",
        )
    if [(one.share, one.shares) for one, _ in ordered] != [
        (at, len(ordered)) for at in range(len(ordered))
    ]:
        raise Unverified(
            f"{len(ordered)} shares are there, and they are not all shares, each of them once.",
            do="Clear all tasks that make shares of this run.",
        )
    return ordered
