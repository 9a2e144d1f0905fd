"""Guesses how the cells of a text file are written: encoding, decimal mark, days, no value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa  # noqa: TID253  # nothing but commands imports this package

# In the order in which they are tried: UTF-8 refuses what is none, and cp1252 nearly nothing.
_ENCODINGS = ("utf-8", "cp1252", "latin-1")
_HEAD = 4 << 20
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_NUMBER = re.compile(r"\s*[+-]?(\d+|\d*,\d+)\s*")

_VALUE = re.compile(r"\s*[+-]?\d+(?:[.,:/ T-]\d+)*\s*")
"""A number, a day or a time, however it is written."""

FORMATS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y"),
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y"),
)
"""How days are written, besides the year first."""

CLOCKS = (" %H:%M:%S", " %H:%M", "T%H:%M:%S")
"""What may follow a day."""

NO_VALUE = frozenset({" ", "-", "?", "N/A", "NA", "NULL", "NaN", "None", "nan", "none", "null"})
"""Texts that people write for "no value", in columns that otherwise hold numbers or dates."""

_LOOKED_AT = 2_000  # different cells of a column


def encoding(file: Path) -> str:
    """The first encoding that reads the beginning of a file."""
    with pa.input_stream(file, compression="detect") as stream:
        head = stream.read(_HEAD)
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    # A character may be cut in two.
    if len(head) == _HEAD:
        head = head[: head.rfind(b"\n") + 1] or head[:-4]
    for name in _ENCODINGS:
        try:
            head.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return _ENCODINGS[-1]


def has_decimal_commas(cells: Iterable[str]) -> bool:
    """Whether a column's cells are numbers, and some of them have a comma before the fraction."""
    some = [one for one in _some(cells) if one.strip() and one not in NO_VALUE]
    return all(map(_NUMBER.fullmatch, some)) and any(map(_DECIMAL_COMMA.fullmatch, some))


def formats_of(cells: Iterable[str]) -> list[str]:
    """The formats in which all of a column's cells are days or times; [] if there is none.

    More than one are left where every day could be a month as well.
    """
    some = [one.strip() for one in _some(cells) if one.strip() and one not in NO_VALUE]
    if not some or not all(any(map(str.isdigit, one)) for one in some):
        return []
    shapes = (*FORMATS, *(f"{day}{clock}" for day in FORMATS for clock in CLOCKS))
    return [shape for shape in shapes if all(_is(one, shape) for one in some)]


def is_a_row(names: Sequence[str], columns: Sequence[Iterable[str | None]]) -> bool:
    """Whether the names of columns read like the cells of a row: there is no header.

    A text is told by standing in its own column again, a number by standing among others.

    Args:
        names: the first line.
        columns: the cells behind it.
    """
    pairs = [(name, set(column)) for name, column in zip(names, columns, strict=True) if name]
    again = any(name in cells and not _VALUE.fullmatch(name) for name, cells in pairs)
    values = [name for name, cells in pairs if _VALUE.fullmatch(name) and _all_values(cells)]
    return again or len(values) * 2 > len(pairs)


def _all_values(cells: Iterable[str | None]) -> bool:
    some = [one for one in _some(filter(None, cells)) if one not in NO_VALUE]
    return bool(some) and all(map(_VALUE.fullmatch, some))


def blanks(cells: Iterable[str]) -> list[str]:
    """The cells of a column that people write for "no value"."""
    return sorted(set(cells) & NO_VALUE)


def _some(cells: Iterable[str]) -> Sequence[str]:
    return sorted(set(cells))[:_LOOKED_AT]


def _is(cell: str, shape: str) -> bool:
    try:
        datetime.strptime(cell, shape)  # noqa: DTZ007  nobody asks for the moment
    except ValueError:
        return False
    return True
