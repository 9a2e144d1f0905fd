"""Reads JSON lines: one object a line, and nothing else.

Arrow's reader takes what is no JSON (`NaN`, two objects on a line), and a line with `null` on it
ends the process: Python's reads every line, and is told to refuse what has no one answer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

import pyarrow as pa

from airlock.core.contract import Column, ColumnType, Contract
from airlock.core.errors import DataError
from airlock.core.table import ARROW
from airlock.stages.snapshot.stage.reading.bounds import check_count
from airlock.stages.snapshot.stage.reading.canonical import canonical
from airlock.stages.snapshot.stage.reading.columns import check_columns
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.halves import first_refused
from airlock.stages.snapshot.stage.reading.strict import ROW_BYTES
from airlock.stages.snapshot.stage.reading.text import DeliveredText
from airlock.stages.snapshot.stage.reading.times import date, timestamp

_BLOCK_BYTES = 4 << 20

# What a value of each type is in JSON; a bool is an int to Python, and none here.
_KINDS: dict[ColumnType, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "date": frozenset({str}),
    "timestamp": frozenset({str}),
}
_WORDS: dict[type, str] = {
    str: "a text",
    int: "an integer",
    float: "a number with a fraction or an exponent",
    bool: "true or false",
    list: "a list",
    dict: "an object",
}


class _RefusedLineError(Exception):
    """A line is no object; the reason is said in words."""


@dataclass(slots=True)
class LineBlock:
    """Some lines.

    Attributes:
        rows: their objects.
        lines: the number of each.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def rows(file: DeliveredFile, contract: Contract) -> Iterator[pa.Table]:
    """The rows of one file as canonical tables.

    Raises:
        DataError: it is malformed or damaged, or breaks the contract.
    """
    seen: dict[str, None] = {}
    some = False
    for block in blocks(file, contract):
        some = True
        _note_keys(file, block, contract, seen)
        columns = {
            name: _column(file, name, column, block) for name, column in contract.columns.items()
        }
        yield canonical(file, pa.table(columns), contract)
    if not some:
        raise DataError(
            f"{file.name} is empty: it has not even a line.", do="Deliver the export again."
        )
    # A key that no line has is no missing value: it may be called otherwise now.
    _check_keys(file, [*seen], contract)


def blocks(file: DeliveredFile, contract: Contract) -> Iterator[LineBlock]:
    """The objects of a file, some lines at a time.

    Raises:
        DataError: a line is none, or the file is damaged.
    """
    number, rest = 0, b""
    with DeliveredText(file, contract, encoding="utf-8") as text:
        while True:
            chunk = text.read(_BLOCK_BYTES)
            whole, end, rest = (rest + chunk).rpartition(b"\n") if chunk else (rest, b"", b"")
            if len(rest) > ROW_BYTES:
                raise _refused(file, number + whole.count(b"\n") + 1 + bool(end), _LONG)
            lines = whole.decode().split("\n") if whole or end else []
            block = _block(file, lines, before=number)
            number += len(lines)
            if block.rows:
                yield block
            if not chunk:
                return


def _block(file: DeliveredFile, lines: Sequence[str], *, before: int) -> LineBlock:
    block = LineBlock()
    for number, line in enumerate(lines, start=before + 1):
        if not line or line.isspace():
            if line.strip(" \t\r"):
                raise _refused(file, number, _NO_OBJECT)
            continue
        try:
            found = _DECODER.decode(line)
        except _RefusedLineError as error:
            raise _refused(file, number, str(error)) from None
        except RecursionError:
            raise _refused(file, number, "is nested too deeply") from None
        except ValueError:
            # Also of a number with thousands of digits.
            raise _refused(file, number, _NO_OBJECT) from None
        if type(found) is not dict:
            raise _refused(file, number, _NO_OBJECT)
        block.rows.append(found)
        block.lines.append(number)
    return block


_NO_OBJECT = "is not one JSON object"
_LONG = f"is longer than {ROW_BYTES >> 20} MiB"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # One reader takes the first, another one the last.
        raise _RefusedLineError("has a key twice in one object")
    return found


def _no_constant(_: str) -> NoReturn:
    raise _RefusedLineError("has NaN or Infinity, which are no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)


def _refused(file: DeliveredFile, line: int, what: str) -> DataError:
    return DataError(
        f"{file.name}: line {line:,} {what}.",
        do="It is cut off, damaged or written otherwise: export it again, one object a line.",
    )


def _note_keys(
    file: DeliveredFile, block: LineBlock, contract: Contract, seen: dict[str, None]
) -> None:
    """Refuse keys that nobody promised, as soon as they come."""
    for keys in dict.fromkeys(map(tuple, block.rows)):
        seen.update(dict.fromkeys(keys))
    check_count(file, len(seen))
    known = contract.columns.keys() | set(contract.passed_over)
    if not contract.additive and not seen.keys() <= known:
        _check_keys(file, [*seen], contract)


def _check_keys(file: DeliveredFile, keys: Sequence[str], contract: Contract) -> None:
    check_columns(
        file,
        keys,
        contract,
        # Of a line nobody knows how the next one looks.
        holds=lambda new, lost: True,
        retyped=lambda names: [],
        surely_names=True,
    )


def _column(file: DeliveredFile, name: str, column: Column, block: LineBlock) -> pa.Array:
    """One column, of exactly the values that the contract's type has in JSON."""
    values = [row.get(name) for row in block.rows]
    fine = _KINDS[column.type] | {type(None)}
    if not set(map(type, values)) <= fine:
        at = next(at for at, value in enumerate(values) if type(value) not in fine)
        raise DataError(
            f"{file.name}: line {block.lines[at]:,}: {name} is {_WORDS[type(values[at])]}, and the "
            f"contract says {column.type}.",
            do="Repair the export, or change the type in the contract; docs/sources.md says how "
            "each type is written.",
        )
    read = partial(_read, values, column)
    try:
        return read(0, len(values))
    except (pa.ArrowException, ValueError, OverflowError):
        at = first_refused(len(values), read)
        raise DataError(
            f"{file.name}: line {block.lines[at]:,}: {name} {_wrong(column)}.",
            do="Repair the export, or change the type or format in the contract.",
        ) from None


def _wrong(column: Column) -> str:
    if column.type == "string":
        return "is no text: it has half of a character"
    if column.type in {"integer", "number"}:
        return f"does not fit into the type {column.type}"
    return f"is no {column.type}" + (f" in the format {column.format}" if column.format else "")


def _read(values: Sequence[Any], column: Column, start: int, end: int) -> pa.Array:
    some = values[start:end]
    if column.type == "number":
        # An integer beyond 2^53 is the nearest number, as it is in a CSV file.
        some = [float(one) if type(one) is int else one for one in some]
    if column.type in {"date", "timestamp"}:
        as_type: Callable[..., pa.Array] = date if column.type == "date" else timestamp
        return as_type(pa.array(some, pa.string()), column.format)
    return pa.array(some, ARROW[column.type])
