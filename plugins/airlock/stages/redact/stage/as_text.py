"""Turns values of every type into the text that a reader would see, for the second look."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.errors import DataError

# From here a float is no integer of 64 bits, and longer than any card.
_LONGEST = 2.0**63


def is_number(kind: pa.DataType) -> bool:
    """Whether values are numbers, which are no text about anything."""
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def is_text(kind: pa.DataType) -> bool:
    """Whether anything may stand there."""
    return bool(pa.types.is_string(kind))


def as_text(name: str, column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The values as text: 7.0 is "7", a midnight the day, a list its JSON, and a null stays one.

    Args:
        name: the column.

    Raises:
        DataError: nobody knows how such values read, so nothing can be said of them.
    """
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(values.type):
        return as_text(name, values.dictionary_decode())
    if is_text(values.type):
        return values
    if pa.types.is_nested(values.type):
        return pa.array([_json(one) for one in values.to_pylist()], pa.string())
    try:
        if pa.types.is_floating(values.type):
            return _float(values)
        text = values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise DataError(
            f"{name} has values of the type {values.type}, which cannot be searched as text.",
            do="Give the column another type in the data contract.",
        ) from None
    if pa.types.is_decimal(values.type):
        # Zeros behind the point say nothing.
        return pc.replace_substring_regex(text, r"(\.[0-9]*[1-9])0+$|\.0*$", r"\1")
    if pa.types.is_timestamp(values.type):
        return pc.replace_substring_regex(text, r"( 00:00:00)?(\.0+)?Z?$", "")
    return text


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _float(values: pa.Array) -> pa.Array:
    if pa.types.is_float16(values.type):
        values = values.cast(pa.float32())
    is_whole = pc.and_(
        pc.equal(pc.floor(values), values), pc.less(pc.abs(values), pa.scalar(_LONGEST))
    )
    whole = pc.if_else(is_whole, values, pa.scalar(None, values.type)).cast(pa.int64())
    return pc.if_else(is_whole, whole.cast(pa.string()), values.cast(pa.string()))
