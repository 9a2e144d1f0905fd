"""Converts what a database gives into columns of the contract's types, or refuses it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from airlock.core.contract import Column, ColumnType, Contract
from airlock.core.errors import DataError
from airlock.core.table import ARROW
from airlock.stages.snapshot.stage.reading.canonical import canonical
from airlock.stages.snapshot.stage.reading.columns import check_columns
from airlock.stages.snapshot.stage.reading.file import NamedSource
from airlock.stages.snapshot.stage.reading.times import date as days
from airlock.stages.snapshot.stage.reading.times import timestamp as moments
from airlock.stages.snapshot.stage.source.sql.server import ServerColumn

# What a value of each type may be; a text only from a server that gives all of a type as text.
_PYTHON: Mapping[ColumnType, frozenset[type]] = {
    "string": frozenset({str, uuid.UUID}),
    "integer": frozenset({int, Decimal}),
    "number": frozenset({int, float, Decimal}),
    "boolean": frozenset({bool}),
    "date": frozenset({date}),
    "timestamp": frozenset({datetime}),
}
_ALSO_TEXT: Mapping[ColumnType, frozenset[type]] = {
    "integer": frozenset({str}),
    "number": frozenset({str}),
    "boolean": frozenset({str, int}),
    "date": frozenset({str}),
    "timestamp": frozenset({str}),
    "string": frozenset(),
}
# Of a server whose columns have no types.
_UNTYPED: Mapping[ColumnType, frozenset[type]] = {
    "boolean": frozenset({int}),
    "date": frozenset({str}),
    "timestamp": frozenset({str}),
}
_WORDS: Mapping[type, str] = {
    str: "a text",
    int: "an integer",
    float: "a number",
    Decimal: "a decimal",
    bool: "true or false",
    bytes: "bytes",
    memoryview: "bytes",
    date: "a day",
    datetime: "a time",
    dict: "an object",
    list: "a list",
}
_DIGITS = r"^-?[0-9]+$"
_EXACT = 1 << 53  # beyond, neighbours are one number


def check(file: NamedSource, columns: Sequence[ServerColumn], contract: Contract) -> None:
    """Refuse an answer whose columns are not the promised ones.

    Raises:
        DataError: with everything that is wrong at once.
    """
    by_name = {column.name: column for column in columns}

    def fits(name: str, kind: ColumnType) -> bool:
        kinds = by_name[name].kinds
        return kinds is None or kind in kinds

    def retyped(names: Sequence[str]) -> list[str]:
        return [
            f"{name} is {by_name[name].type}, not {contract.columns[name].type} (a cast in the "
            "query makes it one)"
            for name in names
            if not fits(name, contract.columns[name].type)
        ]

    check_columns(
        file,
        [column.name for column in columns],
        contract,
        holds=lambda new, lost: fits(new, contract.columns[lost].type),
        retyped=retyped,
        surely_names=True,
    )


def table(
    file: NamedSource,
    columns: Sequence[ServerColumn],
    batch: Sequence[Sequence[Any] | pa.Array],
    contract: Contract,
) -> pa.Table:
    """Some rows under the contract.

    Raises:
        DataError: a value is not of the contract's type, by its column.
    """
    at = {column.name: place for place, column in enumerate(columns)}
    arrays = {}
    for name, column in contract.columns.items():
        place = at[name]
        try:
            arrays[name] = _column(batch[place], column, columns[place])
        except (pa.ArrowException, ValueError, OverflowError, TypeError):
            raise DataError(
                f"{file.name}: {name} has values that are not of the type {column.type}.",
                do="Cast it in the query, or change the type in the contract.",
            ) from None
        except _OtherTypeError as error:
            raise DataError(
                f"{file.name}: {name} has {error}, and the contract says {column.type}.",
                do="Cast it in the query, or change the type in the contract.",
            ) from None
    return canonical(file, pa.table(arrays), contract)


class _OtherTypeError(Exception):
    """A value is of another type, which is said in words."""


def _column(values: Sequence[Any] | pa.Array, column: Column, said: ServerColumn) -> pa.Array:
    if isinstance(values, pa.Array):
        return _of_arrow(values, column)
    more = _UNTYPED if said.kinds is None else _ALSO_TEXT
    fine = _PYTHON[column.type] | more.get(column.type, frozenset()) | {type(None)}
    if other := set(map(type, values)) - fine:
        one = min(other, key=str)
        raise _OtherTypeError(_WORDS.get(one, "values of another type"))
    return _READ[column.type](values, column)


def _of_arrow(values: pa.Array, column: Column) -> pa.Array:
    if types.is_decimal(values.type) and column.type in {"integer", "number"}:
        return _numbers(values.cast(pa.string()), column)
    if column.type == "number" and types.is_integer(values.type):
        return _exact(values)
    return values


def _texts(values: Sequence[Any], _: Column) -> pa.Array:
    if any(isinstance(one, uuid.UUID) for one in values):
        values = [None if one is None else str(one) for one in values]
    return pa.array(values, pa.string())


def _integers(values: Sequence[Any], column: Column) -> pa.Array:
    if all(one is None or type(one) is int for one in values):
        return pa.array(values, pa.int64())
    return _numbers(pa.array(list(map(_digits, values)), pa.string()), column)


def _floats(values: Sequence[Any], column: Column) -> pa.Array:
    kinds = set(map(type, values)) - {type(None)}
    if kinds <= {float}:
        return pa.array(values, pa.float64())
    if kinds == {int}:
        return _exact(pa.array(values, pa.int64()))
    return _numbers(pa.array(list(map(_digits, values)), pa.string()), column)


def _digits(one: Any) -> str | None:
    """A number as its digits; a float as the shortest that is read back as it."""
    if isinstance(one, Decimal):
        # An integer has no fraction, however many zeros it would have.
        return format(one, "f")
    return None if one is None else str(one)


def _numbers(texts: pa.Array, column: Column) -> pa.Array:
    """Numbers that a server writes in digits, as many as there are."""
    if column.type == "number":
        return texts.cast(pa.float64())
    whole = pc.replace_substring_regex(texts, r"\.0*$", "")
    if pc.all(pc.match_substring_regex(whole, _DIGITS), skip_nulls=True).as_py() is False:
        raise pa.ArrowInvalid("no integer")
    return whole.cast(pa.int64())


def _exact(integers: pa.Array) -> pa.Array:
    """Integers as numbers, if every one of them is one."""
    found = pc.min_max(integers.cast(pa.int64()))
    low, high = found["min"].as_py(), found["max"].as_py()
    if low is not None and not -_EXACT <= low <= high <= _EXACT:
        raise pa.ArrowInvalid("beyond what a number tells apart")
    return integers.cast(pa.float64())


def _booleans(values: Sequence[Any], _: Column) -> pa.Array:
    known = {None: None, True: True, False: False, "1": True, "0": False}
    # 1 is True to Python, and a database without booleans has 0 and 1.
    return pa.array([known[one] if one in known else _refuse() for one in values], pa.bool_())


def _refuse() -> bool:
    raise pa.ArrowInvalid("no boolean")


def _days(values: Sequence[Any], column: Column) -> pa.Array:
    if any(isinstance(one, str) for one in values):
        return days(pa.array(values, pa.string()), column.format)
    return pa.array(values, ARROW["date"])


def _moments(values: Sequence[Any], column: Column) -> pa.Array:
    if any(isinstance(one, str) for one in values):
        return moments(pa.array(values, pa.string()), column.format)
    return pa.array(list(map(_in_utc, values)), ARROW["timestamp"])


def _in_utc(one: datetime | None) -> datetime | None:
    return one.astimezone(UTC).replace(tzinfo=None) if one and one.tzinfo else one


_READ = {
    "string": _texts,
    "integer": _integers,
    "number": _floats,
    "boolean": _booleans,
    "date": _days,
    "timestamp": _moments,
}
