"""Computes the digest of a table's content, whatever files and chunks it came in."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.content import digest
from airlock.core.contract import Contract


class ContentName:
    """SHA-256 over schema and values in row order.

    Every column is hashed in three streams, so that no border between chunks leaves a trace: which
    cells hold a value, how long each text is, and the values themselves.

    Args:
        contract: names and types of the columns; tables must be canonical and in its order.
    """

    def __init__(self, contract: Contract) -> None:
        self._schema = [[name, column.type] for name, column in contract.columns.items()]
        self._columns = {name: _ColumnName() for name in contract.columns}
        self._rows = 0

    def update(self, table: pa.Table) -> None:
        """Take in the next rows."""
        self._rows += table.num_rows
        for name, column in self._columns.items():
            for chunk in table.column(name).chunks:
                column.update(chunk)

    def hexdigest(self) -> str:
        """The name of all rows so far."""
        columns = [column.hexdigests() for column in self._columns.values()]
        return digest([self._schema, self._rows, columns])


class _ColumnName:
    def __init__(self) -> None:
        self._there, self._lengths, self._values = (hashlib.sha256() for _ in range(3))

    def update(self, chunk: pa.Array) -> None:
        self._there.update(_bytes(chunk.is_valid()))
        if pa.types.is_string(chunk.type):
            self._lengths.update(_bytes(pc.fill_null(pc.binary_length(chunk), 0)))
            self._values.update(_text(chunk))
        elif pa.types.is_boolean(chunk.type):
            self._values.update(_bytes(pc.fill_null(chunk, False)))
        else:
            # The eight or four bytes behind a null are whatever the writer left there.
            integers = _integers(chunk)
            self._values.update(_bytes(pc.fill_null(integers, pa.scalar(0, integers.type))))

    def hexdigests(self) -> list[str]:
        return [name.hexdigest() for name in (self._there, self._lengths, self._values)]


def _integers(chunk: pa.Array) -> pa.Array:
    """Fixed-width values by their bits."""
    width = pa.int32() if chunk.type.bit_width == 32 else pa.int64()
    return chunk.view(width)


def _bytes(array: pa.Array) -> bytes:
    values = array.to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()


def _text(chunk: pa.Array) -> bytes:
    """All texts one after another, without what may lie behind nulls."""
    filled = pc.fill_null(chunk, "")
    _, offsets, data = filled.buffers()
    if data is None:
        return b""
    borders = np.frombuffer(offsets, dtype=np.int32)
    first, last = borders[filled.offset], borders[filled.offset + len(filled)]
    return bytes(data[int(first) : int(last)])
