"""Freezes the night's rows: reads them under the data contract, writes and names them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from airlock.core.content import sha256_of_file
from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.promises import Promises
from airlock.core.table import arrow_schema, read_parts, write_parts
from airlock.core.table_digest import ContentName
from airlock.stages.snapshot.record import Delivery, LeftOut, Part, Snapshot
from airlock.stages.snapshot.spec import NIGHT, check_source
from airlock.stages.snapshot.stage.nights import addresses, keep_night, next_look
from airlock.stages.snapshot.stage.reading import DeliveredFile, tables
from airlock.stages.snapshot.stage.refusals import (
    NightRepeated,
    SourceChanged,
    SourceLate,
    SourceMissing,
)
from airlock.stages.snapshot.stage.source.listing import check_others, listed, places_for, steady
from airlock.store import Store

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
    source: str,
    contract: Contract,
    *,
    night: str,
    sources: Sequence[str],
    root: Path,
    remote: Callable[[str], Store],
    scratch: Path,
    out: Path,
    window: int = 1,
) -> Snapshot:
    """Freeze the rows of a source.

    Args:
        source: a CSV or Parquet file, folder or glob: `s3://…`, `file://…`, an absolute path, or
            one relative to a place of `sources` or to `root`. `{night}` stands for the night.
        contract: what the source promises; the columns of the result stand in its order.
        night: ISO date.
        sources: places below which a source may lie: absolute folders and `s3://` prefixes.
        root: the project root.
        remote: opens `s3://bucket` for reading.
        scratch: where remote files are downloaded to.
        out: an empty folder for the parts.
        window: how many nights are read, `night` being the last of them.

    Raises:
        SpecError: the source lies elsewhere, is of no known kind, or has no nights for a window.
        SourceMissing: there is nothing for one of the nights.
        SourceChanged: files came, went or changed while they were read.
        DataError: the source cannot be read, or breaks the contract.
        StoreError: S3 does not answer or says no, or the disk is full.
    """
    check_source(source, contract, window=window)
    wanted = addresses(source, night=night, window=window)
    places = places_for(source, places=sources, root=root, remote=remote, scratch=scratch)
    look = partial(listed, places, wanted)
    listing = look()
    with steady(listing, look):
        check_others(listing, contract)
        entries = listing.tables
        files = [DeliveredFile(name=entry.shown, path=places.fetch(entry)) for entry in entries]
        digests = [sha256_of_file(file.path) for file in files]
        name, promises = ContentName(contract), Promises(contract, night=night)
        schema = arrow_schema((column, spec.type) for column, spec in contract.columns.items())
        counts = [0] * len(files)
        rows = _watched(_counted(files, contract, counts), name, promises)
        parts = write_parts(rows, schema, out)
        _hold(promises, wanted[-1][1], out, [path for path, _ in parts])
    return Snapshot(
        source=wanted[-1][1],
        night=night if NIGHT in source else None,
        rows=promises.rows,
        columns=tuple((column, spec.type) for column, spec in contract.columns.items()),
        sha256=name.hexdigest(),
        parts=tuple(Part(path=path, rows=count) for path, count in parts),
        nights=tuple(one for one, _ in wanted if one),
        files=tuple(
            Delivery(
                name_sha256=_digest_of(entry.name), bytes=entry.bytes, sha256=digest, rows=count
            )
            for entry, digest, count in zip(entries, digests, counts, strict=True)
        ),
        others=tuple(
            LeftOut(name_sha256=_digest_of(entry.name), bytes=entry.bytes)
            for entry in listing.others
        ),
    )


def _digest_of(name: str) -> str:
    # A name on disk may be no text at all.
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()


def _counted(
    files: Sequence[DeliveredFile], contract: Contract, counts: list[int]
) -> Iterator[pa.Table]:
    """The rows of all files, counted by file."""
    for at, file in enumerate(files):
        for table in tables([file], contract):
            counts[at] += table.num_rows
            yield table


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
