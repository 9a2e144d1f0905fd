"""Freezes the night's rows: reads them under the data contract, writes and names them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from airlock.core.contract import Contract
from airlock.core.databases import Database
from airlock.core.errors import DataError
from airlock.core.promises import Promises
from airlock.core.sources import AnySource
from airlock.core.table import arrow_schema, read_parts, write_parts
from airlock.core.table_digest import ContentName
from airlock.stages.snapshot.record import Part, Snapshot
from airlock.stages.snapshot.spec import check_source
from airlock.stages.snapshot.stage.nights import (
    keep_night,
    next_look,
    refuse_equal_nights,
)
from airlock.stages.snapshot.stage.refusals import (
    NightRepeated,
    SourceChanged,
    SourceLate,
    SourceMissing,
)
from airlock.stages.snapshot.stage.source.access import Access, no_credentials, no_database
from airlock.stages.snapshot.stage.source.opening import open_source
from airlock.store import Credentials, Store

__all__ = [
    "NightRepeated",
    "SourceChanged",
    "SourceLate",
    "SourceMissing",
    "keep_night",
    "next_look",
    "snapshot",
]


def snapshot(
    source: AnySource,
    contract: Contract,
    *,
    night: str,
    sources: Sequence[str],
    root: Path,
    remote: Callable[[str], Store],
    scratch: Path,
    out: Path,
    window: int = 1,
    database: Callable[[str], Database] = no_database,
    credentials: Callable[[], Credentials] = no_credentials,
    by_night: bool = False,
) -> Snapshot:
    """Freeze the rows of a source.

    Args:
        source: a file, folder or glob: `s3://…`, `file://…`, an absolute path, or one relative to
            a place of `sources` or to `root`, where `{night}` stands for the night; or a table.
        contract: what the source promises; the columns of the result stand in its order.
        night: its name, such as 2026-01-05.
        sources: places below which a source may lie: absolute folders and `s3://` prefixes.
        root: the project root.
        remote: opens `s3://bucket` for reading.
        scratch: where remote files are downloaded to.
        out: an empty folder for the parts.
        window: how many nights are read, `night` being the last of them.
        database: tells how a database is reached, by a connection's id.
        credentials: of the zone `raw`, for lakes on S3.
        by_night: whether the rows of each of these are counted.

    Raises:
        SpecError: the source lies elsewhere, is of no known kind, or has no nights for a window.
        SourceMissing: there is nothing for one of the nights.
        SourceChanged: files came, went or changed while they were read.
        DataError: the source cannot be read, or breaks the contract.
        StoreError: S3 or the database does not answer or says no, or the disk is full.
    """
    if isinstance(source, str):
        check_source(source, contract, window=window)
    access = Access(
        places=tuple(sources),
        root=root,
        remote=remote,
        scratch=scratch,
        database=database,
        credentials=credentials,
    )
    with open_source(source, contract, night=night, window=window, access=access) as opened:
        name, promises = ContentName(contract), Promises(contract, night=night)
        schema = arrow_schema((column, spec.type) for column, spec in contract.columns.items())
        parts = write_parts(_watched(opened.rows(), name, promises), schema, out)
        _hold(promises, opened.address, out, [path for path, _ in parts])
        read = opened.identity()
    if contract.repeated_nights == "refuse" and len(read.of_nights) > 1:
        of_nights = zip(opened.nights, read.of_nights, strict=True)
        refuse_equal_nights(contract, list(of_nights), read_parts(out, [path for path, _ in parts]))
    return Snapshot(
        source=opened.address,
        night=night if opened.nights else None,
        rows=promises.rows,
        columns=tuple((column, spec.type) for column, spec in contract.columns.items()),
        sha256=name.hexdigest(),
        parts=tuple(Part(path=path, rows=count) for path, count in parts),
        nights=tuple(opened.nights),
        files=read.files,
        others=read.others,
        table=read.table,
        of_nights=read.of_nights if by_night else (),
    )


def _watched(rows: Iterable[pa.Table], name: ContentName, promises: Promises) -> Iterator[pa.Table]:
    for table in rows:
        name.update(table)
        promises.watch(table)
        yield table


def _hold(promises: Promises, address: str, out: Path, parts: Sequence[str]) -> None:
    if promises.rows == 0:
        raise DataError(
            f"{address} holds no rows.",
            do="Find out why the export is empty, or name another night.",
        )
    promises.hold(address, lambda columns: read_parts(out, parts, columns=columns))
