"""The interface of a kind of database: how it is asked for rows, and what it promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from airlock.core.contract import ColumnType
from airlock.core.databases import Database
from airlock.core.statements import SourceQuery

Nights = Mapping[str, date | datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerColumn:
    """A column as a server describes it.

    Args:
        name: of it.
        type: in the server's own words; "" where it has none.
        kinds: the contract's types that it can be read as; None where each value says so itself.
    """

    name: str
    type: str
    kinds: frozenset[ColumnType] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAnswer:
    """What a query gives.

    Args:
        columns: in order.
        batches: some rows at a time, column by column.
    """

    columns: Sequence[ServerColumn]
    batches: Iterator[Sequence[Sequence[Any] | pa.Array]]


class Reader(Protocol):
    """One connection, in one transaction that changes nothing.

    Attributes:
        server: what it is, with its version.
        moment: in words, of which moment its rows are.
    """

    server: str
    moment: str

    def ask(self, statement: SourceQuery, nights: Nights) -> DatabaseAnswer:
        """The rows of one query; the answer before is over then.

        Raises:
            DataError: the server refuses the query.
            StoreUnavailable: it does not answer.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseTarget:
    """Which database to ask, and how long it may take.

    Args:
        database: how it is reached.
        shown: what messages call the source.
        timeout: seconds for the query, and for each piece of its rows.
        root: what the path of a database that is a file is relative to.
        scratch: a folder for what memory does not hold.
    """

    database: Database
    shown: str
    timeout: int
    root: Path
    scratch: Path


Connect = Callable[[DatabaseTarget], AbstractContextManager[Reader]]
"""Opens a reader; what it raises quotes neither cells nor who signs in."""


class Fetches:
    """How many rows to ask for at a time: few of wide ones.

    Args:
        first: of which nobody knows how wide they are.
    """

    _MOST = 20_000
    _BYTES = 16 << 20

    def __init__(self, first: int = 200) -> None:
        self.rows = first

    def learn(self, columns: Sequence[Sequence[Any]]) -> None:
        """Look at the last rows."""
        count = len(columns[0]) if columns else 0
        if not count:
            return
        texts = sum(
            len(one) for column in columns for one in column if isinstance(one, str | bytes)
        )
        width = 32 * len(columns) + texts // count
        self.rows = max(1, min(self._MOST, 4 * self.rows, self._BYTES // width))

    def batches(
        self, fetch: Callable[[int], Sequence[Sequence[Any]]], rows: Sequence[Sequence[Any]] = ()
    ) -> Iterator[list[Sequence[Any]]]:
        """All rows as columns, some at a time.

        Args:
            fetch: gives up to so many of the next rows, and none when there are no more.
            rows: that were fetched already.
        """
        while rows := rows or fetch(self.rows):
            columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
            self.learn(columns)
            yield columns
            rows = ()
