"""Parquet files, whose footer says what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import types

from airlock.core.contract import ColumnType, Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.canonical import canonical
from airlock.stages.snapshot.stage.reading.columns import check_columns
from airlock.stages.snapshot.stage.reading.file import File

_BATCH_ROWS = 50_000
_BATCH_BYTES = 64 << 20

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


def rows(file: File, contract: Contract) -> Iterator[pa.Table]:
    """The rows of one file as canonical tables.

    Raises:
        DataError: it is damaged, or breaks the contract.
    """
    if file.path.stat().st_size == 0:
        raise DataError(f"{file.name} is empty: it has no byte.", do="Deliver the export again.")
    # Pages have checksums where the writer made some.
    with _readable(file), pq.ParquetFile(file.path, page_checksum_verification=True) as opened:
        _check(file, opened.schema_arrow, contract)
        for batch in opened.iter_batches(_batch(opened), columns=list(contract.columns)):
            # Arrow takes whatever bytes a file calls text.
            batch.validate(full=True)
            yield canonical(file, pa.Table.from_batches([batch]), contract)


def _batch(opened: pq.ParquetFile) -> int:
    """How many of the widest rows fit into memory well."""
    groups = [opened.metadata.row_group(at) for at in range(opened.metadata.num_row_groups)]
    widest = max((-(-one.total_byte_size // max(one.num_rows, 1)) for one in groups), default=1)
    return max(1, min(_BATCH_ROWS, _BATCH_BYTES // max(widest, 1)))


def _check(file: File, schema: pa.Schema, contract: Contract) -> None:
    def holds(new: str, lost: str) -> bool:
        # A new name may stand twice.
        at = schema.get_all_field_indices(new)[0]
        return _is_kind(schema.field(at).type, contract.columns[lost].type)

    def retyped(names: Sequence[str]) -> list[str]:
        return [
            f"{name} is {schema.field(name).type}, not {contract.columns[name].type}"
            for name in names
            if not _is_kind(schema.field(name).type, contract.columns[name].type)
        ]

    check_columns(file, schema.names, contract, holds=holds, retyped=retyped, surely_names=True)


def _is_kind(arrow: pa.DataType, kind: ColumnType) -> bool:
    if types.is_dictionary(arrow):
        arrow = arrow.value_type
    return types.is_null(arrow) or _KINDS[kind](arrow)


@contextmanager
def _readable(file: File) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, ValueError):
        raise DataError(
            f"{file.name} cannot be read as Parquet: it is cut off or damaged, or holds texts that "
            "are not UTF-8.",
            do="Deliver it again.",
        ) from None
