"""Converts columns of any width and order into the contract's own."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from airlock.core.contract import Contract
from airlock.core.errors import DataError
from airlock.core.table import ARROW
from airlock.stages.snapshot.stage.reading.file import NamedSource

# Days since 1970 of the first day that there is, and of the day after the last.
_FIRST = date.min.toordinal() - date(1970, 1, 1).toordinal()
_END = date.max.toordinal() - date(1970, 1, 1).toordinal() + 1
_MICROSECONDS = 86_400_000_000


def canonical(file: NamedSource, table: pa.Table, contract: Contract) -> pa.Table:
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
        if column.case == "ignore":
            arrays[name] = pc.utf8_lower(arrays[name])
        if column.type in {"date", "timestamp"} and _beyond(arrays[name]):
            raise DataError(
                f"{file.name}: {name} has values outside of the years 1 to 9999.",
                do="Repair the export; a day that stands for none is a missing value.",
            )
    return pa.table(arrays)


def _beyond(column: pa.ChunkedArray) -> bool:
    """Whether days or times lie where no calendar of Python's or SQL's reaches."""
    each = 1 if types.is_date(column.type) else _MICROSECONDS
    found = pc.min_max(column.cast(pa.int32() if each == 1 else pa.int64()))
    low, high = found["min"].as_py(), found["max"].as_py()
    return low is not None and (low < _FIRST * each or high >= _END * each)


def _cast(column: pa.ChunkedArray, arrow: pa.DataType) -> pa.ChunkedArray:
    if types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    cast = column.cast(arrow)
    if types.is_floating(arrow):
        # One way to say "no value", so that equal tables have equal names.
        cast = pc.if_else(pc.is_nan(cast), pa.scalar(None, arrow), cast)
    return cast
