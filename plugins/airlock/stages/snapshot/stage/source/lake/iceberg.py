"""Iceberg, by pyiceberg."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyiceberg
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression, EqualTo, Reference
from pyiceberg.table import DataScan, Table

from airlock.compat.pyiceberg import keep_from_importing, table_at
from airlock.core.contract import Contract
from airlock.core.errors import AirlockError, DataError
from airlock.core.sources import IcebergSource
from airlock.stages.snapshot.spec import check_nights
from airlock.stages.snapshot.stage.refusals import SourceMissing
from airlock.stages.snapshot.stage.source.access import Access
from airlock.stages.snapshot.stage.source.lake.bounds import check_data_file, within_memory
from airlock.stages.snapshot.stage.source.lake.table import (
    LakeTable,
    Wanted,
    check_place,
    nights_of,
)
from airlock.stages.snapshot.stage.source.listing import places_for

_METADATA = ".metadata.json"
_PUFFIN = ".puffin"  # which rows are deleted, as bits
# v3.metadata.json of Hadoop's tables, 00003-<uuid>.metadata.json of catalogs'.
_NUMBER = re.compile(r"v?(\d+)(?:-[0-9a-f-]+)?\.metadata\.json")


@contextmanager
def open_iceberg(
    source: IcebergSource, contract: Contract, *, night: str, window: int, access: Access
) -> Iterator[LakeTable]:
    """Open one snapshot; see `open_source`. What it holds is never changed any more."""
    shown = str(source)
    check_nights(
        shown,
        contract,
        window=window,
        by_night=source.night_column is not None,
        how=source.how_by_night,
    )
    wanted = Wanted(
        address=shown,
        contract=contract,
        nights=nights_of(source.night_column, night=night, window=window),
        night_column=source.night_column,
        scratch=access.scratch / "order",
    )
    version = iceberg_version(source, access)
    with within_memory(shown):
        yield LakeTable(version, wanted)


def iceberg_version(source: IcebergSource, access: Access) -> IcebergVersion:
    """The snapshot that a source means.

    Raises:
        SourceMissing: there is no such table, or no such snapshot.
        SpecError: it names files that lie elsewhere.
        DataError: it cannot be read.
    """
    shown = str(source)
    with _said(shown):
        table = _table(source, access)
        current = table.current_snapshot()
        number = source.snapshot
        if number is None:
            number = current.snapshot_id if current is not None else None
        return IcebergVersion(table, number, access, shown)


class IcebergVersion:
    """One snapshot of a table; see `Version`."""

    kind = "iceberg"

    def __init__(self, table: Table, number: int | None, access: Access, shown: str) -> None:
        found = None if number is None else table.snapshot_by_id(number)
        if number is None or found is None:
            raise SourceMissing(
                f"{shown} has no snapshot yet: nothing was ever written into it."
                if number is None
                else f"{shown} has no such snapshot.",
                do="Name one that is not expired, or none for the current one.",
            )
        self.reader = f"pyiceberg {pyiceberg.__version__}"
        self.name = str(number)
        self.packed = 0
        self._number = number
        self._table = table
        self._access = access
        self._shown = shown
        # What is read next, the metadata names: it may lie anywhere.
        check_place(found.manifest_list, access, shown=shown)
        for manifest in found.manifests(table.io):
            check_place(manifest.manifest_path, access, shown=shown)
        self.schema = pa.schema(self._scan(("*",), AlwaysTrue()).projection().as_arrow())

    def scan(
        self, columns: Sequence[str], *, night: tuple[str, str] | None
    ) -> Iterator[pa.RecordBatch]:
        where: BooleanExpression = AlwaysTrue()
        if night is not None:
            where = EqualTo(term=Reference(night[0]), value=night[1])
        with _said(self._shown):
            scan = self._scan(tuple(columns), where)
            for task in scan.plan_files():
                for file in (task.file, *task.delete_files):
                    check_place(file.file_path, self._access, shown=self._shown)
                    if not file.file_path.endswith(_PUFFIN):
                        seen = check_data_file(file.file_path, columns, shown=self._shown)
                        self.packed += seen or file.file_size_in_bytes
            reader = scan.to_arrow_batch_reader()
        while True:
            with _said(self._shown):
                batch = next(reader, None)
            if batch is None:
                return
            yield batch

    def _scan(self, columns: tuple[str, ...], where: BooleanExpression) -> DataScan:
        return self._table.scan(row_filter=where, selected_fields=columns, snapshot_id=self._number)


def _table(source: IcebergSource, access: Access) -> Table:
    properties = _properties(source, access)
    if source.connection is None:
        return table_at(_newest(source, access), properties)
    catalog_of = access.database(source.connection)
    said = {str(name): str(value) for name, value in catalog_of.extra.items()}
    catalog = load_catalog(source.connection, **said)
    keep_from_importing(catalog, properties)
    found = catalog.load_table(source.table)
    check_place(found.metadata_location, access, shown=str(source))
    return table_at(found.metadata_location, properties)


def _newest(source: IcebergSource, access: Access) -> str:
    """The metadata of the last commit, as the names of the files say."""
    address = f"{source.table.rstrip('/')}/metadata/*{_METADATA}"
    numbers: dict[int, list[str]] = {}
    for entry in places_for(address, access).entries(address):
        if found := _NUMBER.fullmatch(entry.name.rpartition("/")[2]):
            numbers.setdefault(int(found[1]), []).append(entry.at)
    if not numbers:
        raise SourceMissing(
            f"There is no table of Iceberg at {source}.",
            do="Name the folder that holds metadata, below a place of [airlock] sources; or the "
            "connection of its catalog.",
        )
    (at, *others) = numbers[max(numbers)]
    if others:
        raise DataError(
            f"{source} has {len(others) + 1} last commits, and nobody but its catalog knows which "
            "one counts.",
            do="Name the connection of the catalog.",
        )
    return f"s3://{at}" if address.startswith("s3://") else f"file://{at}"


def _properties(source: IcebergSource, access: Access) -> dict[str, str]:
    if not any(place.startswith("s3://") for place in access.places):
        return {}
    if source.connection is None and not source.table.startswith("s3://"):
        return {}
    known = access.credentials()
    said = {
        "s3.access-key-id": known.access_key,
        "s3.secret-access-key": known.secret_key,
        "s3.endpoint": known.endpoint,
        "s3.region": known.region or "us-east-1",
    }
    return {name: value for name, value in said.items() if value}


@contextmanager
def _said(shown: str) -> Iterator[None]:
    """Say which class was raised: texts of pyiceberg and Arrow quote paths and cells."""
    try:
        yield
    except (AirlockError, MemoryError):
        raise
    except NoSuchTableError:
        raise SourceMissing(
            f"There is no table {shown} in its catalog.", do="Name it as namespace.table."
        ) from None
    except Exception as error:  # noqa: BLE001 -- it raises what its catalogs' clients raise
        raise DataError(
            f"{shown} cannot be read at the wanted snapshot ({type(error).__name__}).",
            do="Is it one that is not expired, are its files still there, and does pyiceberg know "
            "all that the table uses (it applies deletes by position, and none by equality)?",
        ) from None
