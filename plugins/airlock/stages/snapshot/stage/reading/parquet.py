"""Reads Parquet files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from airlock.core.contract import ColumnType, Contract
from airlock.core.errors import DataError
from airlock.core.quoting import line
from airlock.stages.snapshot.stage.reading.bounds import Unpacked
from airlock.stages.snapshot.stage.reading.canonical import canonical
from airlock.stages.snapshot.stage.reading.columns import check_columns
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.plan import (
    FOOTER_BYTES,
    checked_footer,
    pieces,
    planned,
)

_BUFFER_BYTES = 1 << 20
_CONTAINER = 1_000_000

# Any width of a type is that type; another type is not, even where a cast would succeed.
_KINDS: Mapping[ColumnType, Callable[[pa.DataType], bool]] = {
    "string": lambda arrow: (
        types.is_string(arrow) or types.is_large_string(arrow) or types.is_string_view(arrow)
    ),
    "integer": types.is_integer,
    "number": types.is_floating,
    "boolean": types.is_boolean,
    "date": types.is_date,
    "timestamp": types.is_timestamp,
}


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
            _check(file, opened.schema_arrow, contract)
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


def _check(file: DeliveredFile, schema: pa.Schema, contract: Contract) -> None:
    def holds(new: str, lost: str) -> bool:
        # A new name may stand twice.
        at = schema.get_all_field_indices(new)[0]
        return _is_kind(schema.field(at).type, contract.columns[lost].type)

    def retyped(names: Sequence[str]) -> list[str]:
        return [
            f"{name} is {_said(schema.field(name).type)}, not {contract.columns[name].type}"
            for name in names
            if not _is_kind(schema.field(name).type, contract.columns[name].type)
        ]

    check_columns(file, schema.names, contract, holds=holds, retyped=retyped, surely_names=True)


def _said(arrow: pa.DataType) -> str:
    """A type in words; those that hold names of fields and zones hold what somebody wrote."""
    if types.is_nested(arrow) or types.is_dictionary(arrow):
        return re.split(r"[<\[]", str(arrow), maxsplit=1)[0]
    return f"timestamp[{arrow.unit}]" if types.is_timestamp(arrow) else line(str(arrow), 40)


def _is_kind(arrow: pa.DataType, kind: ColumnType) -> bool:
    if types.is_dictionary(arrow):
        arrow = arrow.value_type
    return types.is_null(arrow) or _KINDS[kind](arrow)


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
