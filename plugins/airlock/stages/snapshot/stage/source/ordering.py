"""Puts rows into an order that they decide themselves, in bounded memory.

A database gives rows in whatever order it finds them, and a table of a lake in that of its files.
They are sorted by the contract's key, or by all columns, so that the same rows have the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.contract import Contract

RUN_BYTES = 128 << 20
"""So many are sorted at a time; several such runs are merged from the disk."""

_HEAD_BYTES = 4 << 20  # of each run that are in memory while they are merged
_HEAD_ROWS = 50_000
_BY, _RUN, _LAST = "_by_", "_run", "_last"


def in_order(rows: Iterable[pa.Table], contract: Contract, scratch: Path) -> Iterator[pa.Table]:
    """The same rows, sorted.

    Args:
        rows: canonical tables of the contract.
        contract: whose key sorts; all columns if it has none.
        scratch: an empty folder for what memory does not hold; made if it is not there.
    """
    sort = _Sort(contract)
    runs: list[Path] = []
    waiting: list[pa.Table] = []
    size = 0
    for table in rows:
        waiting.append(table)
        size += table.nbytes
        if size >= RUN_BYTES:
            runs.append(_write(sort.sorted(waiting), scratch / f"run-{len(runs):05d}.arrow"))
            waiting, size = [], 0
    if not runs:
        if waiting:
            yield from _sliced(sort.sorted(waiting))
        return
    if waiting:
        runs.append(_write(sort.sorted(waiting), scratch / f"run-{len(runs):05d}.arrow"))
        waiting = []
    yield from _merged(runs, sort)


class _Sort:
    """Sorts tables by some of their columns; no two different rows stand where they like.

    Args:
        contract: names the columns.
    """

    def __init__(self, contract: Contract) -> None:
        self._names = list(contract.key or contract.columns)
        self._numbers = {name for name in self._names if contract.columns[name].type == "number"}

    def sorted(self, tables: Sequence[pa.Table]) -> pa.Table:
        whole = pa.concat_tables(tables)
        # By bits, as the digest tells them apart: 0 and -0 are equal to every comparison.
        by = pa.table(
            {f"{_BY}{at}": self._comparable(whole, name) for at, name in enumerate(self._names)}
        )
        order = pc.sort_indices(by, sort_keys=[(name, "ascending") for name in by.column_names])
        return whole.take(order)

    def _comparable(self, table: pa.Table, name: str) -> pa.ChunkedArray:
        column = table.column(name)
        return _bits(column) if name in self._numbers else column


def _bits(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([one.view(pa.int64()) for one in column.chunks], pa.int64())


def _rows_of(table: pa.Table) -> int:
    each: int = max(1, table.nbytes // max(1, table.num_rows))
    return max(1, min(_HEAD_ROWS, _HEAD_BYTES // each))


def _sliced(table: pa.Table) -> Iterator[pa.Table]:
    step = _rows_of(table)
    for start in range(0, table.num_rows, step):
        yield table.slice(start, step)


def _write(table: pa.Table, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    with pa.ipc.new_file(str(path), table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=_rows_of(table))
    return path


def _merged(runs: Sequence[Path], sort: _Sort) -> Iterator[pa.Table]:
    """The rows of sorted runs, as far as nothing that is still on the disk comes before them."""
    readers = [_Run(at, path) for at, path in enumerate(runs)]
    waiting = sort.sorted([reader.head() for reader in readers])
    while waiting.num_rows:
        # Whatever is left of a run comes behind the last row of its head.
        at = pc.index(waiting.column(_LAST), True).as_py()
        end = waiting.num_rows if at < 0 else at + 1
        yield waiting.slice(0, end).drop_columns([_RUN, _LAST])
        if at < 0:
            return
        more = readers[waiting.column(_RUN)[at].as_py()].head()
        waiting = sort.sorted([waiting.slice(end), more])


class _Run:
    """A sorted run on the disk, read from its front."""

    def __init__(self, number: int, path: Path) -> None:
        self._number = number
        self._reader = pa.ipc.open_file(pa.OSFile(str(path)))
        self._next = 0

    def head(self) -> pa.Table:
        """The next rows; the last of them is marked where others come behind it."""
        batch = self._reader.get_batch(self._next)
        self._next += 1
        table = pa.Table.from_batches([batch])
        last = [False] * table.num_rows
        last[-1] = self._next < self._reader.num_record_batches
        table = table.append_column(_RUN, pa.array([self._number] * len(last), pa.int32()))
        return table.append_column(_LAST, pa.array(last))
