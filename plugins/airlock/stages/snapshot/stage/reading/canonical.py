"""Columns of whatever width and order as the contract's own."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.table import ARROW
from airlock.stages.snapshot.stage.reading.file import File


def canonical(file: File, table: pa.Table, contract: Contract) -> pa.Table:
    """The declared columns in the contract's order, each in its one Arrow type.

    Raises:
        DataError: a value does not fit.
    """
    arrays = {}
    for name, column in contract.columns.items():
        try:
            arrays[name] = _cast(table.column(name), ARROW[column.type])
        except pa.ArrowException:
            raise DataError(
                f"{file.name}: {name} has values that do not fit into {ARROW[column.type]}.",
                do="Repair the export; timestamps may be as fine as a microsecond.",
            ) from None
    return pa.table(arrays)


def _cast(column: pa.ChunkedArray, arrow: pa.DataType) -> pa.ChunkedArray:
    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    cast = column.cast(arrow)
    if types.is_floating(arrow):
        # One way to say "no value", so that equal tables have equal names.
        cast = pc.if_else(pc.is_nan(cast), pa.scalar(None, arrow), cast)
    return cast
