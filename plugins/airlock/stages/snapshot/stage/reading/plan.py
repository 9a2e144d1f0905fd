"""Plans how a Parquet file is read in bounded memory, from its pages, not its footer."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.errors import DataError
from airlock.stages.snapshot.stage.reading.bounds import check_count
from airlock.stages.snapshot.stage.reading.file import DeliveredFile
from airlock.stages.snapshot.stage.reading.pages import (
    Fields,
    MalformedThrift,
    PageHeader,
    children,
    chunk,
    footer,
    groups,
    pages,
    structs,
)

FOOTER_BYTES = 16 << 20
"""What a footer may hold: some hundred thousand column chunks."""

PAGES_BYTES = 1 << 30
"""What the pages may hold that are unpacked at one time, one or two a column."""

BATCH_BYTES = 64 << 20
"""What the rows of a batch hold."""

_BATCH_ROWS = 50_000
_NESTED = 64
_MAGIC = b"PAR1"
_TAIL = 8
_FIXED = 16  # bytes of the widest cell that is no text
_FROM_DICTIONARY = frozenset({2, 8})
_DELTAS = frozenset({5, 6, 7})
_DELTA_OF_TEXTS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlan:
    """How to read one file.

    Args:
        batch: rows at a time.
        coded: columns of texts that stay numbers of a dictionary until their length is known.
    """

    batch: int
    coded: tuple[str, ...]


@dataclass(slots=True)
class _Needs:
    """What a column takes, over all of its chunks.

    Args:
        row: bytes that a row may take in a batch.
        pages: bytes of the largest page of cells and the largest dictionary.
        dictionary: bytes of the largest dictionary that cells point into.
    """

    row: int = _FIXED
    pages: int = 0
    dictionary: int = 0


@dataclass(slots=True)
class _Chunk:
    largest: int = 0
    dictionary: int = 0
    values: int = 0
    coded: bool = False
    row: int = 0
    texts: bool = field(default=False, kw_only=True)

    def add(self, page: PageHeader) -> None:
        if page.is_dictionary:
            self.dictionary = max(self.dictionary, page.bytes)
            return
        self.values += page.values
        # Lengths and differences of a whole page are unpacked at once.
        self.largest = max(self.largest, page.bytes + 8 * page.values * (page.encoding in _DELTAS))
        if page.encoding in _FROM_DICTIONARY:
            self.coded = True
        elif self.texts and page.encoding == _DELTA_OF_TEXTS:
            # Each text may be the one before and a little more.
            self.row = max(self.row, page.bytes)
        elif self.texts:
            self.row = max(self.row, -(-page.bytes // max(page.values, 1)))


def checked_footer(file: DeliveredFile) -> Fields:
    """A footer that takes neither much memory nor time, read before Arrow reads it.

    Raises:
        DataError: it is too large, too wide or too deep.
        Malformed: it is none.
    """
    with file.path.open("rb") as opened:
        total = os.fstat(opened.fileno()).st_size
        tail = os.pread(opened.fileno(), _TAIL, max(0, total - _TAIL))
        if tail[-4:] != _MAGIC:
            raise MalformedThrift
        size = int.from_bytes(tail[:4], "little")
        if size > min(FOOTER_BYTES, total - _TAIL):
            raise DataError(
                f"{file.name} has a footer of {size:,} bytes, more than {FOOTER_BYTES:,} or than "
                "the file.",
                do="Write fewer and larger row groups, and leave out columns.",
            )
        said = footer(opened.fileno(), at=total - _TAIL - size, size=size)
    elements = structs(said, 2)
    check_count(file, sum(not children(element) for element in elements))
    if _depth(elements) > _NESTED:
        raise DataError(
            f"{file.name} has columns that are nested more than {_NESTED} deep.",
            do="Deliver a flat table.",
        )
    return said


def planned(file: DeliveredFile, said: Fields, leaves: Mapping[int, str], *, rows: int) -> ReadPlan:
    """Look at the pages of the wanted columns.

    Args:
        file: for its bytes.
        said: its footer.
        leaves: the wanted columns by their place among all; flat ones, of known types.
        rows: how many Arrow believes that there are.

    Raises:
        DataError: footer and pages contradict each other, or take too much memory.
        Malformed: the footer lacks what every footer has.
    """
    needs = {name: _Needs() for name in leaves.values()}
    with file.path.open("rb") as data:
        for count, columns in groups(said):
            rows -= count
            _look_at(file, data.fileno(), count, columns, leaves, needs)
    if rows:
        raise _contradiction(file)
    if sum(one.pages for one in needs.values()) > PAGES_BYTES:
        raise DataError(
            f"{file.name} has pages that take more than {PAGES_BYTES >> 20:,} MiB at a time.",
            do="Write it with pages of the usual size, 1 MiB.",
        )
    # Of a short dictionary all cells of a batch fit: no need to wait for their lengths.
    short = BATCH_BYTES // _BATCH_ROWS
    coded = tuple(name for name, one in needs.items() if one.dictionary > short)
    width = sum(one.row for one in needs.values())
    return ReadPlan(batch=max(1, min(_BATCH_ROWS, BATCH_BYTES // max(width, 1))), coded=coded)


def pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The same rows, a few at a time where texts from a dictionary would take much memory."""
    ends = _ends(batch)
    start = 0
    for end in ends:
        yield batch.slice(start, end - start)
        start = end


def _ends(batch: pa.RecordBatch) -> list[int]:
    """Where to cut, so that a piece holds little or one row."""
    lengths = np.zeros(batch.num_rows, np.int64)
    for column in batch.columns:
        if pa.types.is_dictionary(column.type) and not _is_fixed(column.type.value_type):
            each = pc.fill_null(pc.binary_length(column.dictionary), 0)
            lengths += pc.fill_null(pc.take(each, column.indices), 0).to_numpy(zero_copy_only=False)
        elif pa.types.is_string_view(column.type):
            lengths += _view_lengths(column)
    total = np.cumsum(lengths)
    if not len(total) or total[-1] <= BATCH_BYTES:
        return [batch.num_rows]
    ends, start = [], 0
    while start < batch.num_rows:
        before = int(total[start - 1]) if start else 0
        end = int(np.searchsorted(total, before + BATCH_BYTES, side="right"))
        start = max(end, start + 1)
        ends.append(start)
    return ends


def _view_lengths(column: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """How long the texts are that are views of some bytes, many perhaps of the same ones."""
    views = np.frombuffer(column.buffers()[1], np.int32).reshape(-1, 4)
    lengths = views[column.offset : column.offset + len(column), 0].astype(np.int64)
    return np.where(column.is_valid().to_numpy(zero_copy_only=False), lengths, 0)


def _is_fixed(arrow: pa.DataType) -> bool:
    return bool(pa.types.is_primitive(arrow) or pa.types.is_null(arrow))


def _look_at(
    file: DeliveredFile,
    data: int,
    rows: int,
    columns: Sequence[Fields],
    leaves: Mapping[int, str],
    needs: Mapping[str, _Needs],
) -> None:
    packed = 0
    for at, name in leaves.items():
        if at >= len(columns):
            raise MalformedThrift
        one, need = chunk(columns[at]), needs[name]
        packed += one.size
        found = _Chunk(texts=one.texts)
        # Without rows there may be no page, and none is read.
        for page in pages(data, start=one.start, size=one.size) if rows else ():
            found.add(page)
        if not found.values == one.values == rows:
            raise _contradiction(file)
        need.pages = max(need.pages, found.largest + found.dictionary)
        need.row = max(need.row, found.row)
        if found.coded and found.texts:
            need.dictionary = max(need.dictionary, found.dictionary)
    if packed > file.path.stat().st_size:
        # Several columns point to the same bytes.
        raise _contradiction(file)


def _contradiction(file: DeliveredFile) -> DataError:
    return DataError(f"{file.name} holds other rows than its footer says.", do="Deliver it again.")


def _depth(elements: Sequence[Fields]) -> int:
    """How deep a schema is nested; its elements stand in the order of a walk from the root."""
    deepest = 0
    left: list[int] = []
    for element in elements:
        while left and not left[-1]:
            left.pop()
        if left:
            left[-1] -= 1
        left.append(children(element))
        deepest = max(deepest, len(left))
    return deepest
