"""Converts cells of text into values of their declared types, or refuses them.

Arrow would read `0x10` as 16. What a type takes is written in docs/sources.md; what is dear to look
at closely is looked at only if the bytes of a column hold something unusual.
"""

from __future__ import annotations

from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.contract import Column, Contract
from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.halves import first_refused
from airlock.stages.snapshot.stage.reading.times import date, timestamp

_DIGITS = b"0123456789"
_BLANKS = b" \t"
_TRUE, _FALSE = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")
# All that a number may be beside digits: missing, or too large for one.
_NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf|infinity)$"


def typed(
    file: DeliveredFile, texts: pa.RecordBatch, contract: Contract, *, before: int
) -> pa.Table:
    """The columns of a batch as what the contract says that they are.

    Args:
        file: for messages.
        texts: one column of strings for every declared one.
        contract: types, formats and the decimal mark.
        before: how many rows of the file came before.

    Raises:
        DataError: naming each column with cells of another type, and the first such row.
    """
    arrays, wrong = {}, []
    for name, column in contract.columns.items():
        cells = texts.column(name)
        try:
            arrays[name] = _read(cells, column, contract)
        except pa.ArrowException:
            wrong_at = first_refused(len(cells), partial(_read_some, cells, column, contract))
            row = before + 1 + wrong_at
            wrong.append(
                f"{name} has cells that are not of the type {_words(column)} (first in row {row})"
            )
    if wrong:
        raise DataError(
            f"{file.name} breaks the data contract: {'; '.join(wrong)}.",
            do="Repair the export, or change the types, formats, null_values or csv in the "
            "contract; docs/sources.md says how each type is written.",
        )
    return pa.table(arrays)


def reads_as(texts: pa.RecordBatch, name: str, column: Column, contract: Contract) -> bool:
    """Whether all cells of a column are of a type."""
    try:
        _read(texts.column(name), column, contract)
    except pa.ArrowException:
        return False
    return True


def _words(column: Column) -> str:
    return f"{column.type} in the format {column.format}" if column.format else column.type


def _read(cells: pa.Array, column: Column, contract: Contract) -> pa.Array:
    """The values; `pa.ArrowException` if a single cell is spelled otherwise."""
    match column.type:
        case "integer":
            return _integer(cells)
        case "number":
            return _number(cells, contract.csv.decimal)
        case "boolean":
            return _boolean(cells)
        case "date":
            return date(cells, column.format)
        case "timestamp":
            return timestamp(cells, column.format)
        case _:
            return cells


def _read_some(
    cells: pa.Array, column: Column, contract: Contract, start: int, end: int
) -> pa.Array:
    return _read(cells.slice(start, end - start), column, contract)


def _integer(cells: pa.Array) -> pa.Array:
    unusual = _unusual(cells, _DIGITS + b"-")
    if unusual.strip(_BLANKS):
        raise pa.ArrowInvalid("no integer")
    return (_trimmed(cells) if unusual else cells).cast(pa.int64())


def _number(cells: pa.Array, mark: str) -> pa.Array:
    unusual = _unusual(cells, _DIGITS + b"+-eE" + mark.encode())
    if unusual and (mark == "," and b"." in unusual):
        raise pa.ArrowInvalid("another decimal mark")
    if mark == ",":
        cells = pc.replace_substring(cells, ",", ".")
    if unusual:
        cells = _trimmed(cells)
        if not _all(pc.match_substring_regex(cells, _NUMBER)):
            raise pa.ArrowInvalid("no number")
    return cells.cast(pa.float64())


def _boolean(cells: pa.Array) -> pa.Array:
    cells = _trimmed(cells) if _unusual(cells, b"truefalsTRUEFALS01") else cells
    known = pc.is_in(cells, value_set=pa.array([*_TRUE, *_FALSE, None], pa.string()))
    if not _all(known):
        raise pa.ArrowInvalid("no boolean")
    yes = pc.is_in(cells, value_set=pa.array(_TRUE))
    return pc.if_else(cells.is_valid(), yes, pa.scalar(None, pa.bool_()))


def _unusual(cells: pa.Array, usual: bytes) -> bytes:
    """Which bytes a column holds beside the usual ones."""
    _, offsets, data = cells.buffers()
    if data is None or not len(cells):
        return b""
    borders = memoryview(offsets).cast("i")
    first, last = borders[cells.offset], borders[cells.offset + len(cells)]
    return bytes(memoryview(data)[first:last]).translate(None, usual)


def _trimmed(cells: pa.Array) -> pa.Array:
    return pc.ascii_trim(cells, characters=_BLANKS.decode())


def _all(mask: pa.Array) -> bool:
    return bool(pc.all(mask, skip_nulls=True).as_py() is not False)
