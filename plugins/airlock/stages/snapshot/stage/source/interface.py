"""The interface of every source that a snapshot can freeze."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from airlock.stages.snapshot.record import Delivery, LeftOut, ReadTable


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceIdentity:
    """What exactly was read, for the record; complete once all rows are.

    Args:
        files: that were read, in the order of their rows.
        others: files that were passed over.
        table: what was read if it was no file.
        of_nights: rows of each night, in order; empty where it is not known.
    """

    files: tuple[Delivery, ...] = ()
    others: tuple[LeftOut, ...] = ()
    table: ReadTable | None = None
    of_nights: tuple[int, ...] = ()


class Source(Protocol):
    """A source as it stands at one moment, between open and close.

    Memory is bounded whatever its size; an error quotes no cell. Who opens it is a context manager:
    leaving it raises `SourceChanged` if the rows may not be those of one moment.
    """

    @property
    def address(self) -> str:
        """What people call it, with the night filled in; no secret."""

    @property
    def nights(self) -> Sequence[str]:
        """The nights that are read, oldest first; none of a source without nights."""

    def rows(self) -> Iterator[pa.Table]:
        """All rows under the contract: its columns and types, in an order that rows alone decide.

        Raises:
            DataError: they break the contract.
        """

    def identity(self) -> SourceIdentity:
        """What was read; asked for after the rows."""
