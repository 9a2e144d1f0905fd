"""Reads Parquet files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.bounds import Unpacked
from airlock.stages.snapshot.stage.reading.canonical import canonical
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.plan import (
    FOOTER_BYTES,
    checked_footer,
    pieces,
    planned,
)
from airlock.stages.snapshot.stage.reading.types import check_types

_BUFFER_BYTES = 1 << 20
_CONTAINER = 1_000_000


def rows(file: DeliveredFile, contract: Contract) -> Iterator[pa.Table]:
    """The rows of one file as canonical tables.

    Raises:
        DataError: it is damaged, or breaks the contract.
    """
    if file.path.stat().st_size == 0:
        raise DataError(f"{file.name} is empty: it has no byte.", do="Deliver the export again.")
    unpacked, read = Unpacked(file, contract), 0
    with _readable(file):
        said = checked_footer(file)
        with _opened(file) as opened:
            check_types(file, opened.schema_arrow, contract)
            paths = [opened.schema.column(at).path for at in range(len(opened.schema))]
            leaves = {at: path for at, path in enumerate(paths) if path in contract.columns}
            plan = planned(file, said, leaves, rows=opened.metadata.num_rows)
        with _opened(file, coded=plan.coded) as opened:
            for batch in opened.iter_batches(plan.batch, columns=list(contract.columns)):
                # Arrow takes whatever bytes a file calls text.
                batch.validate(full=True)
                read += batch.num_rows
                for piece in pieces(batch):
                    table = canonical(file, pa.Table.from_batches([piece]), contract)
                    unpacked.add(table.nbytes)
                    yield table
            if read != opened.metadata.num_rows:
                raise DataError(
                    f"{file.name} reads as {read:,} rows; its footer says "
                    f"{opened.metadata.num_rows:,}.",
                    do="Deliver it again.",
                )


def _opened(file: DeliveredFile, *, coded: Sequence[str] = ()) -> pq.ParquetFile:
    return pq.ParquetFile(
        file.path,
        read_dictionary=list(coded),
        # Else all packed bytes of a row group are in memory at a time.
        buffer_size=_BUFFER_BYTES,
        # Nanoseconds of old writers would end in 2262.
        coerce_int96_timestamp_unit="us",
        # Pages have checksums where the writer made some.
        page_checksum_verification=True,
        thrift_string_size_limit=FOOTER_BYTES,
        thrift_container_size_limit=_CONTAINER,
    )


@contextmanager
def _readable(file: DeliveredFile) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise DataError(
            f"{file.name} cannot be read as Parquet: it is cut off or damaged, or holds texts that "
            "are not UTF-8.",
            do="Deliver it again.",
        ) from None
