"""Reads the headers of a Parquet file's pages before Arrow allocates what they declare.

Footers and headers are Thrift in its compact protocol
(https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md,
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift). Only whole
numbers are kept of them; everything else is passed over, within bounds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Fields: TypeAlias = "dict[tuple[int, int], int | Fields | list[Fields]]"
"""What a struct holds, by number and type: a field of another type is none to Arrow either."""

_DEPTH = 16
_STRUCTS = 500_000
# Of a footer: itself, row groups, their columns and what is said of each; no statistics.
_KEPT = 4
# A header is some twenty bytes, but may hold the least and the largest cell.
_WINDOWS = (1 << 10, 1 << 16, 1 << 24)
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
# A larger number than its type has would be another one to Arrow.
_INTEGERS = {_I16: 1 << 15, _I32: 1 << 31, _I64: 1 << 63}


class MalformedThrift(ValueError):
    """The bytes are no Thrift, or point out of the file."""


class Thrift:
    """Reads structs out of bytes.

    Args:
        data: all that may be read.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._structs = 0
        self.at = 0

    def struct(self, depth: int = 0, *, kept: bool = True) -> Fields:
        """The fields that are whole numbers, structs or lists of structs, by their number.

        Args:
            depth: of structs that it lies in.
            kept: whether anybody wants them.

        Raises:
            Malformed: it is none, is too deep, or holds too many others.
        """
        self._structs += 1
        if depth > _DEPTH or self._structs > _STRUCTS:
            raise MalformedThrift
        fields: Fields = {}
        number = 0
        while head := self._byte():
            kind, step = head & 15, head >> 4
            number = number + step if step else self._signed()
            if not 0 < number < _INTEGERS[_I16]:
                raise MalformedThrift
            value = self._value(kind, depth, kept=kept and depth + 1 < _KEPT)
            if value is not None and kept:
                fields[number, kind] = value
        return fields

    def _value(self, kind: int, depth: int, *, kept: bool) -> int | Fields | list[Fields] | None:
        if kind in _INTEGERS:
            found = self._signed()
            if not -_INTEGERS[kind] <= found < _INTEGERS[kind]:
                raise MalformedThrift
            return found
        if kind == _STRUCT:
            return self.struct(depth + 1, kept=kept)
        if kind in {_LIST, _SET}:
            return self._list(depth, kept=kept)
        if kind == _BINARY:
            self._skip(self._unsigned())
        elif kind in {_BYTE, _DOUBLE}:
            self._skip(8 if kind == _DOUBLE else 1)
        elif kind not in {_TRUE, _FALSE}:
            # Parquet's Thrift has no maps.
            raise MalformedThrift
        return None

    def _list(self, depth: int, *, kept: bool) -> list[Fields] | None:
        head = self._byte()
        many, kind = head >> 4, head & 15
        many = self._unsigned() if many == 15 else many
        if many > len(self._data) - self.at:
            raise MalformedThrift
        if kind == _STRUCT:
            # One after another: a list of what nobody wants is never held whole.
            found = (self.struct(depth + 1, kept=kept) for _ in range(many))
            return [one for one in found if kept]
        for _ in range(many):
            if kind in {_TRUE, _FALSE}:
                # In a list each stands in a byte of its own.
                self._skip(1)
            else:
                self._value(kind, depth + 1, kept=False)
        return None

    def _byte(self) -> int:
        try:
            byte = self._data[self.at]
        except IndexError:
            raise MalformedThrift from None
        self.at += 1
        return byte

    def _skip(self, many: int) -> None:
        if many > len(self._data) - self.at:
            raise MalformedThrift
        self.at += many

    def _unsigned(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise MalformedThrift

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHeader:
    """What a page's header declares.

    Args:
        is_dictionary: or else it holds cells.
        values: how many, missing ones included.
        bytes: once it is unpacked.
        encoding: of its values, as Parquet numbers them.
    """

    is_dictionary: bool
    values: int
    bytes: int
    encoding: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """What a footer says of one column in one row group.

    Args:
        texts: whether its cells may be of any length.
        values: how many, missing ones included.
        start: where Arrow begins to read.
        size: packed bytes of its pages.
    """

    texts: bool
    values: int
    start: int
    size: int


_DATA, _INDEX, _DICTIONARY, _DATA_V2 = range(4)
_BYTE_ARRAY = 6
# Where each kind of page has its own header, and in it the number of values and their encoding.
_OWN = {_DATA: (5, 1, 2), _DICTIONARY: (7, 1, 2), _DATA_V2: (8, 1, 4)}


def footer(file: int, *, at: int, size: int) -> Fields:
    """What a file says of itself.

    Args:
        file: descriptor of the open file.
        at: where the footer begins.
        size: its bytes.

    Raises:
        Malformed: it is no footer, or holds more than any real one.
    """
    return Thrift(os.pread(file, size, at)).struct()


def groups(said: Fields) -> Iterator[tuple[int, list[Fields]]]:
    """Rows and columns of each row group that a footer names."""
    for group in structs(said, 4):
        yield number(group, 3, bits=64), structs(group, 1)


def chunk(column: Fields) -> Chunk:
    """What is said of a column; pyarrow's own object ends the process on some damaged footers."""
    meta = struct(column, 3)
    start = number(meta, 9, bits=64)
    dictionary = meta.get((11, _I64))
    if isinstance(dictionary, int) and 0 < dictionary < start:
        start = dictionary
    return Chunk(
        texts=number(meta, 1) == _BYTE_ARRAY,
        values=number(meta, 5, bits=64),
        start=start,
        size=number(meta, 7, bits=64),
    )


def children(element: Fields) -> int:
    """Of an element of a schema; none of a column."""
    found = element.get((5, _I32), 0)
    return found if isinstance(found, int) else 0


def pages(file: int, *, start: int, size: int) -> Iterator[PageHeader]:
    """The pages of one column chunk, from their headers alone.

    Args:
        file: descriptor of the open file.
        start: where the chunk begins.
        size: its bytes.

    Raises:
        Malformed: a header cannot be read, or declares what cannot be.
    """
    end = start + size
    if not 0 <= start <= end <= os.fstat(file).st_size:
        raise MalformedThrift
    while start < end:
        header, length = _header(file, start, end)
        kind, unpacked, packed = (number(header, field) for field in (1, 2, 3))
        start += length + packed
        if start > end:
            raise MalformedThrift
        if kind != _INDEX:
            yield _page(header, kind, unpacked)


def _header(file: int, start: int, end: int) -> tuple[Fields, int]:
    """A page's header, and its bytes."""
    for window in _WINDOWS:
        reader = Thrift(os.pread(file, min(window, end - start), start))
        try:
            return reader.struct(), reader.at
        except MalformedThrift:
            if window >= end - start:
                raise
    raise MalformedThrift


def number(fields: Fields, field: int, *, bits: int = 32) -> int:
    """A field that is there, and a number from 0 on."""
    found = fields.get((field, _I32 if bits == 32 else _I64))
    if not isinstance(found, int) or found < 0:
        raise MalformedThrift
    return found


def struct(fields: Fields, field: int) -> Fields:
    """A field that is there, and a struct."""
    found = fields.get((field, _STRUCT))
    if not isinstance(found, dict):
        raise MalformedThrift
    return found


def structs(fields: Fields, field: int) -> list[Fields]:
    """A field that is there, and a list of structs."""
    found = fields.get((field, _LIST))
    if not isinstance(found, list):
        raise MalformedThrift
    return found


def _page(header: Fields, kind: int, unpacked: int) -> PageHeader:
    if kind not in _OWN:
        raise MalformedThrift
    field, values_at, encoding_at = _OWN[kind]
    own = struct(header, field)
    return PageHeader(
        is_dictionary=kind == _DICTIONARY,
        values=number(own, values_at),
        bytes=unpacked,
        encoding=number(own, encoding_at),
    )
