"""The headers of a Parquet file's pages, read before Arrow allocates what they declare.

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

Fields: TypeAlias = "dict[int, int | Fields | list[Fields]]"

_DEPTH = 16
_STRUCTS = 1_000_000
# A header is some twenty bytes, but may hold the least and the largest cell.
_WINDOWS = (1 << 10, 1 << 16, 1 << 24)
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_INTEGERS = {_I16, _I32, _I64}
# Of a footer's own fields the one that makes it large.
_ROW_GROUPS = 4


class Malformed(ValueError):
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
            raise Malformed
        fields: Fields = {}
        number = 0
        while head := self._byte():
            kind, step = head & 15, head >> 4
            number = number + step if step else self._signed()
            value = self._value(kind, depth, kept=kept and (depth > 0 or number != _ROW_GROUPS))
            if value is not None and kept:
                fields[number] = value
        return fields

    def _value(self, kind: int, depth: int, *, kept: bool) -> int | Fields | list[Fields] | None:
        if kind in _INTEGERS:
            return self._signed()
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
            raise Malformed
        return None

    def _list(self, depth: int, *, kept: bool) -> list[Fields] | None:
        head = self._byte()
        many, kind = head >> 4, head & 15
        many = self._unsigned() if many == 15 else many
        if many > len(self._data) - self.at:
            raise Malformed
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
            raise Malformed from None
        self.at += 1
        return byte

    def _skip(self, many: int) -> None:
        if many > len(self._data) - self.at:
            raise Malformed
        self.at += many

    def _unsigned(self) -> int:
        number = 0
        for shift in range(0, 70, 7):
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise Malformed

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
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


_DATA, _INDEX, _DICTIONARY, _DATA_V2 = range(4)
# Where each kind of page has its own header, and in it the number of values and their encoding.
_OWN = {_DATA: (5, 1, 2), _DICTIONARY: (7, 1, 2), _DATA_V2: (8, 1, 4)}


def footer(file: int, *, at: int, size: int) -> Fields:
    """What a file says of itself, without its row groups.

    Args:
        file: descriptor of the open file.
        at: where the footer begins.
        size: its bytes.

    Raises:
        Malformed: it is no footer, or holds more than any real one.
    """
    return Thrift(os.pread(file, size, at)).struct()


def pages(file: int, *, start: int, size: int) -> Iterator[Page]:
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
        raise Malformed
    while start < end:
        header, length = _header(file, start, end)
        kind, unpacked, packed = (_number(header, field) for field in (1, 2, 3))
        start += length + packed
        if start > end:
            raise Malformed
        if kind != _INDEX:
            yield _page(header, kind, unpacked)


def _header(file: int, start: int, end: int) -> tuple[Fields, int]:
    """A page's header, and its bytes."""
    for window in _WINDOWS:
        reader = Thrift(os.pread(file, min(window, end - start), start))
        try:
            return reader.struct(), reader.at
        except Malformed:
            if window >= end - start:
                raise
    raise Malformed


def _number(fields: Fields, field: int) -> int:
    found = fields.get(field)
    if not isinstance(found, int) or found < 0:
        raise Malformed
    return found


def _page(header: Fields, kind: int, unpacked: int) -> Page:
    if kind not in _OWN:
        raise Malformed
    field, values_at, encoding_at = _OWN[kind]
    own = header.get(field)
    if not isinstance(own, dict):
        raise Malformed
    return Page(
        is_dictionary=kind == _DICTIONARY,
        values=_number(own, values_at),
        bytes=unpacked,
        encoding=_number(own, encoding_at),
    )
