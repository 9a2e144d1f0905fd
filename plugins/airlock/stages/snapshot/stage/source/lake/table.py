"""The rows of one version of a table of a lake, under the contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.errors import DataError, SpecError
from airlock.core.spelling import advice
from airlock.stages.snapshot.record import ReadTable
from airlock.stages.snapshot.spec import NIGHT
from airlock.stages.snapshot.stage.nights import addresses
from airlock.stages.snapshot.stage.reading.bounds import FREE_BYTES, ratio_of, too_large
from airlock.stages.snapshot.stage.reading.plan import pieces
from airlock.stages.snapshot.stage.refusals import SourceMissing
from airlock.stages.snapshot.stage.source.access import Access
from airlock.stages.snapshot.stage.source.folder import FolderPlaces
from airlock.stages.snapshot.stage.source.interface import SourceIdentity
from airlock.stages.snapshot.stage.source.ordering import in_order
from airlock.stages.snapshot.stage.source.pattern import outside
from airlock.stages.snapshot.stage.source.sql import cells
from airlock.stages.snapshot.stage.source.sql.arrow import arrow_columns


class TableVersion(Protocol):
    """One version of a table, which nobody changes any more.

    Attributes:
        kind: of lake.
        reader: what reads it, with its version.
        name: of the version.
        schema: of its columns, in Arrow's types.
        packed: bytes of the data files that were looked at so far.
    """

    kind: str
    reader: str
    name: str
    schema: pa.Schema
    packed: int

    def scan(
        self, columns: Sequence[str], *, night: tuple[str, str] | None
    ) -> Iterator[pa.RecordBatch]:
        """Some columns of the rows, in batches of bounded size.

        Args:
            night: a column and its value; None for all rows.

        Raises:
            DataError: a file is away or damaged, or says more than is read.
            StoreUnavailable: nobody answers.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is read of a table.

    Args:
        address: what messages call it.
        contract: what it promises.
        nights: to read, oldest first; none of a table without nights.
        night_column: by which they are found.
        scratch: a folder for sorting.
    """

    address: str
    contract: Contract
    nights: Sequence[str]
    night_column: str | None
    scratch: Path


def nights_of(night_column: str | None, *, night: str, window: int) -> Sequence[str]:
    """The nights to read, oldest first."""
    if night_column is None:
        return ()
    return [one for one, _ in addresses(NIGHT, night=night, window=window)]


def check_place(uri: str, access: Access, *, shown: str) -> None:
    """Refuse a file that a table names and that lies where no source may lie.

    Raises:
        SpecError: it does.
    """
    path = uri.removeprefix("file://") if uri.startswith("file:///") else uri
    if path.startswith("/"):
        folders = FolderPlaces(access.places, root=access.root)
        # Libraries differ in whether %2e is a point.
        inside = all(map(folders.permits, (path, unquote(path))))
    else:
        inside = uri.startswith(
            tuple(f"{one.rstrip('/')}/" for one in access.places if "://" in one)
        )
        inside = inside and ".." not in unquote(uri).split("/")
    if not inside:
        raise outside(shown, access.places)


class LakeTable:
    """The rows of one version.

    Args:
        version: which.
        wanted: of it.
    """

    def __init__(self, version: TableVersion, wanted: Wanted) -> None:
        self.name = self.address = wanted.address
        self.nights = wanted.nights
        self._version = version
        self._wanted = wanted
        self._columns = arrow_columns(version.schema)
        self._counts = [0] * max(1, len(wanted.nights))
        self._unpacked = 0
        cells.check(self, self._columns, wanted.contract)
        self._check_night_column(wanted.night_column)

    def rows(self) -> Iterator[pa.Table]:
        contract = self._wanted.contract
        for at, night in enumerate(self.nights or [""]):
            rows = in_order(self._found(night), contract, self._wanted.scratch / str(at))
            for table in rows:
                self._counts[at] += table.num_rows
                yield table

    def identity(self) -> SourceIdentity:
        return SourceIdentity(
            of_nights=tuple(self._counts) if self.nights else (),
            table=ReadTable(
                kind=self._version.kind,
                server=self._version.reader,
                version=self._version.name,
                moment=f"version {self._version.name}",
                # Another name in it may be anybody's.
                types=tuple(
                    (one.name, one.type)
                    for one in self._columns
                    if one.name in self._wanted.contract.columns
                ),
            ),
        )

    def _found(self, night: str) -> Iterator[pa.Table]:
        contract = self._wanted.contract
        names = list(contract.columns)
        by_name = {one.name: one for one in self._columns}
        columns = [by_name[name] for name in names]
        where = (self._wanted.night_column, night) if self._wanted.night_column else None
        some = False
        for batch in self._version.scan(names, night=where):
            batch.validate(full=True)
            for piece in pieces(batch.select(names)):
                table = cells.table(self, columns, piece.columns, contract)
                self._bound(table.nbytes)
                yield table
                some = some or piece.num_rows > 0
        if night and not some:
            missing = SourceMissing(
                f"{self.name} has no row of the night {night} at version {self._version.name}.",
                do="Find out whether it is loaded yet, or name another night.",
            )
            missing.night = night
            raise missing

    def _bound(self, more: int) -> None:
        """Refuse a table whose rows are out of all proportion to its files."""
        ratio = ratio_of("parquet", self._wanted.contract)
        limit = max(FREE_BYTES, ratio * self._version.packed)
        self._unpacked += more
        if self._unpacked > limit:
            raise too_large(self.name, ratio, limit)

    def _check_night_column(self, name: str | None) -> None:
        if name is None:
            return
        types = {field.name: field.type for field in self._version.schema}
        if name not in types:
            raise SpecError(
                f"{self.name} has no column {name}, by which nights are found.",
                do=advice(name, self._wanted.contract.columns, what="the contract declares"),
            )
        kind = types[name]
        if not (pa.types.is_date(kind) or pa.types.is_string(kind) or _is_text(kind)):
            raise DataError(
                f"{self.name}: {name}, by which nights are found, is neither a day nor a text.",
                do="Name a column of days, or of texts such as 2026-01-05.",
            )


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
