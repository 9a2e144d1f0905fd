"""Opens the rows of a query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.sources import SqlSource
from airlock.core.statements import SourceQuery, nights_bound
from airlock.hooks import registry
from airlock.stages.snapshot.record import ReadTable
from airlock.stages.snapshot.spec import NIGHT as ANY_NIGHT
from airlock.stages.snapshot.spec import check_nights
from airlock.stages.snapshot.stage.nights import addresses
from airlock.stages.snapshot.stage.refusals import SourceMissing
from airlock.stages.snapshot.stage.source.access import Access
from airlock.stages.snapshot.stage.source.interface import SourceIdentity
from airlock.stages.snapshot.stage.source.ordering import in_order
from airlock.stages.snapshot.stage.source.sql import cells
from airlock.stages.snapshot.stage.source.sql.server import (
    Connect,
    DatabaseTarget,
    Reader,
    ServerColumn,
)

_HERE = "airlock.stages.snapshot.stage.source.sql"
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "postgres": f"{_HERE}.postgresql:connect",
        "postgresql": f"{_HERE}.postgresql:connect",
        "mysql": f"{_HERE}.mariadb:connect",
        "mariadb": f"{_HERE}.mariadb:connect",
        "sqlite": f"{_HERE}.sqlite:connect",
        "duckdb": f"{_HERE}.duck:connect",
    }
)
_ANY = f"{_HERE}.hook:connect"


@contextmanager
def open_sql(
    source: SqlSource, contract: Contract, *, night: str, window: int, access: Access
) -> Iterator[Query]:
    """Connect, and read in one transaction; see `open_source`."""
    statement = source.query(access.root)
    check_nights(
        str(source),
        contract,
        window=window,
        by_night=statement.by_night,
        how=source.how_by_night,
    )
    nights: Sequence[str] = ()
    if statement.by_night:
        nights = [one for one, _ in addresses(ANY_NIGHT, night=night, window=window)]
    with reader_of(source, access) as reader:
        yield Query(source, statement, contract, nights, reader, access.scratch / "order")


def reader_of(source: SqlSource, access: Access) -> AbstractContextManager[Reader]:
    """Connect to the database of a source, in one transaction that changes nothing."""
    database = access.database(source.connection)
    connect: Connect = registry.load(_KINDS.get(database.kind, _ANY))
    target = DatabaseTarget(
        database=database,
        shown=str(source),
        timeout=source.timeout,
        root=access.root,
        scratch=access.scratch,
    )
    return connect(target)


class Query:
    """The rows of one query, or of one for each night.

    Args:
        source: names it.
        statement: the query.
        contract: what it promises.
        nights: to read, oldest first.
        reader: the connection.
        scratch: a folder of its own, for sorting.
    """

    def __init__(
        self,
        source: SqlSource,
        statement: SourceQuery,
        contract: Contract,
        nights: Sequence[str],
        reader: Reader,
        scratch: Path,
    ) -> None:
        self.name = self.address = str(source)
        self.nights = nights
        self._statement = statement
        self._contract = contract
        self._reader = reader
        self._scratch = scratch
        self._columns: Sequence[ServerColumn] = ()
        self._counts = [0] * len(self._questions())

    def rows(self) -> Iterator[pa.Table]:
        for at, (first, last) in enumerate(self._questions()):
            found = self._found(first, last)
            for table in in_order(found, self._contract, self._scratch / str(at)):
                self._counts[at] += table.num_rows
                yield table

    def identity(self) -> SourceIdentity:
        each = len(self._counts) == len(self.nights)
        return SourceIdentity(
            of_nights=tuple(self._counts) if each else (),
            table=ReadTable(
                kind="sql",
                server=self._reader.server,
                moment=self._reader.moment,
                # Another name in it may be anybody's.
                types=tuple(
                    (one.name, one.type)
                    for one in self._columns
                    if one.name in self._contract.columns
                ),
                query_sha256=self._statement.sha256,
            ),
        )

    def _found(self, first: str, last: str) -> Iterator[pa.Table]:
        """The rows of one query as the server has them, under the contract."""
        bound = nights_bound(first, last) if last else {}
        answer = self._reader.ask(self._statement, bound)
        if self._columns and answer.columns != self._columns:
            raise DataError(
                f"{self.name} gives other columns for the night {last} than before.",
                do="Name the columns in the query, instead of *.",
            )
        self._columns = answer.columns
        cells.check(self, answer.columns, self._contract)
        some = False
        for batch in answer.batches:
            table = cells.table(self, answer.columns, batch, self._contract)
            some = some or table.num_rows > 0
            yield table
        if not some and last:
            missing = SourceMissing(
                f"{self.name} gives no row for the night {last}.",
                do="Find out whether it is loaded yet, or name another night.",
            )
            missing.night = last
            raise missing

    def _questions(self) -> list[tuple[str, str]]:
        """First and last night of each query to ask; none for a source without nights."""
        if not self.nights:
            return [("", "")]
        if self._statement.by_window:
            return [(self.nights[0], self.nights[-1])]
        return [(night, night) for night in self.nights]
