"""Reads what an Arrow file says of itself, before Arrow allocates anything by it.

Only the few fields that say how much there is; the format is Apache Arrow's Message.fbs, File.fbs
and that of flatbuffers, in which a table begins with the way back to the list of its fields.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

DICTIONARY, RECORDS = 2, 3
"""What a message with rows may be."""

_MOST = 1 << 20  # blocks of a file, buffers of a batch


class MalformedFlatbufferError(Exception):
    """The bytes are no flatbuffer, or point outside of themselves."""


@dataclass(frozen=True, slots=True)
class MessageBlock:
    """Where a message lies in a file.

    Args:
        offset: of its metadata.
        metadata: bytes of it.
        body: bytes behind it.
    """

    offset: int
    metadata: int
    body: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What a message says of its rows.

    Args:
        kind: DICTIONARY or RECORDS.
        rows: that it holds.
        buffers: offset in the body and length of each.
        packed: whether they are compressed.
    """

    kind: int
    rows: int
    buffers: tuple[tuple[int, int], ...]
    packed: bool


def blocks(footer: bytes) -> tuple[list[MessageBlock], list[MessageBlock]]:
    """The messages of a file: dictionaries, and batches of rows.

    Raises:
        MalformedFlatbufferError: they cannot be found.
    """
    root = _Table.root(footer)
    return tuple(  # type: ignore[return-value]  # two of them
        [
            MessageBlock(*struct.unpack_from("<qi4xq", footer, at))
            for at in root.items(field, size=24)
        ]
        for field in (2, 3)
    )


def batch(metadata: bytes) -> Batch:
    """The message of a block.

    Raises:
        MalformedFlatbufferError: it is none with rows.
    """
    begin = 8 if metadata[:4] == b"\xff\xff\xff\xff" else 4
    message = _Table.root(metadata[begin:])
    kind = message.byte(1)
    found = message.table(2)
    if kind == DICTIONARY:
        found = found.table(1)
    elif kind != RECORDS:
        raise MalformedFlatbufferError
    pairs = [struct.unpack_from("<qq", found.data, at) for at in found.items(2, size=16)]
    return Batch(kind, found.long(0), tuple(pairs), packed=bool(found.at(3)))


class _Table:
    def __init__(self, data: bytes, at: int) -> None:
        self.data, self._at = data, at
        self._fields = at - self._int("<i", at)

    @classmethod
    def root(cls, data: bytes) -> _Table:
        first = cls._read(data, "<I", 0)
        return cls(data, first)

    def at(self, field: int) -> int:
        """Where a field stands; 0 if it has its usual value."""
        end = self._int("<H", self._fields)
        place = 4 + 2 * field
        where = self._int("<H", self._fields + place) if place < end else 0
        return self._at + where if where else 0

    def byte(self, field: int) -> int:
        at = self.at(field)
        return self._int("<B", at) if at else 0

    def long(self, field: int) -> int:
        at = self.at(field)
        return self._int("<q", at) if at else 0

    def table(self, field: int) -> _Table:
        at = self.at(field)
        if not at:
            raise MalformedFlatbufferError
        return _Table(self.data, at + self._int("<I", at))

    def items(self, field: int, *, size: int) -> Iterator[int]:
        """Where the items of a list stand."""
        at = self.at(field)
        if not at:
            return
        begin = at + self._int("<I", at)
        count = self._int("<I", begin)
        if count > _MOST or begin + 4 + count * size > len(self.data):
            raise MalformedFlatbufferError
        yield from range(begin + 4, begin + 4 + count * size, size)

    def _int(self, form: str, at: int) -> int:
        return self._read(self.data, form, at)

    @staticmethod
    def _read(data: bytes, form: str, at: int) -> int:
        if at < 0:
            raise MalformedFlatbufferError
        try:
            return int(struct.unpack_from(form, data, at)[0])
        except struct.error:
            raise MalformedFlatbufferError from None
