"""Splits a snapshot in one pass: every row is passed on or set aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from airlock.core.table import read_parts
from airlock.stages.validate.spec import Expectation
from airlock.stages.validate.stage.keys import Keys, ValueCounts, repeated_rows
from airlock.stages.validate.stage.sentences import sentence
from airlock.stages.validate.stage.suite import ExpectationOutcome, Judge

Bits = npt.NDArray[np.uint8]

# Enough for what Great Expectations costs a part not to count, and some 100 MB of twenty columns.
BLOCK_ROWS = 250_000

_UNIQUE = frozenset({"expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"})


class Partitioner:
    """Judges a table once, in bounded memory.

    Args:
        folder: with the table's parts, verified.
        parts: their paths, in row order.
        expectations: by their place in the file. Those with `on_fail: quarantine` are judged of all
            rows, the others of those that stay.

    Raises:
        SpecError: Great Expectations refuses an argument.
    """

    def __init__(
        self, folder: Path, parts: Sequence[str], expectations: Mapping[int, Expectation]
    ) -> None:
        self._folder, self._parts = folder, parts
        self._strict = {at: one for at, one in expectations.items() if one.on_fail == "quarantine"}
        others = {at: one for at, one in expectations.items() if at not in self._strict}
        self._first, self._then = Judge(self._strict), Judge(others)
        self._broken: list[dict[int, Bits]] = []
        self.schema: pa.Schema = pq.read_schema(folder / parts[0])

    def passed(self) -> Iterator[pa.Table]:
        """The rows that stay; to be read once, and to its end."""
        repeated = self._repeated()
        for block in blocks(read_parts(self._folder, self._parts), self.schema):
            masks = self._first.watch(block)
            for at, keys in repeated.items():
                masks[at] = repeated_rows(block, self._strict[at].columns, keys)
            broken = {at: rows for at, rows in masks.items() if rows.any()}
            # A bit a row: by then the rows are gone.
            self._broken.append({at: np.packbits(rows) for at, rows in broken.items()})
            stays = block
            if broken:
                stays = block.filter(pa.array(~np.logical_or.reduce([*broken.values()])))
            self._then.watch(stays)
            yield stays

    def outcomes(self) -> dict[int, ExpectationOutcome]:
        """What became of each expectation, once all rows have passed."""
        return self._first.outcomes() | self._then.outcomes()

    def set_aside(self) -> Iterator[pa.Table]:
        """The other rows with their reasons in `_reasons`, once all rows have passed."""
        if not any(self._broken):
            return
        tables = blocks(read_parts(self._folder, self._parts), self.schema)
        for block, broken in zip(tables, self._broken, strict=True):
            if broken:
                yield self._with_reasons(block, broken)

    def _with_reasons(self, block: pa.Table, packed: Mapping[int, Bits]) -> pa.Table:
        at_all = {
            at: np.unpackbits(bits, count=block.num_rows).astype(np.bool_)
            for at, bits in packed.items()
        }
        bad = np.flatnonzero(np.logical_or.reduce([*at_all.values()]))
        said = [(sentence(self._strict[at]), at_all[at][bad]) for at in sorted(at_all)]
        texts = ["; ".join(words for words, rows in said if rows[row]) for row in range(len(bad))]
        return block.take(pa.array(bad)).append_column("_reasons", pa.array(texts, pa.string()))

    def _repeated(self) -> dict[int, Keys]:
        """The keys that quarantine asks about: known only when all rows were seen."""
        tallies = {
            at: ValueCounts(one.columns) for at, one in self._strict.items() if one.type in _UNIQUE
        }
        if not tallies:
            return {}
        names = sorted({name for tally in tallies.values() for name in tally.columns})
        for table in read_parts(self._folder, self._parts, columns=names):
            for tally in tallies.values():
                tally.watch(table)
        return {at: tally.sums()[1] for at, tally in tallies.items()}


def blocks(tables: Iterable[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """The same rows in larger tables; at least one, if without rows."""
    waiting, rows, told = [schema.empty_table()], 0, False
    for table in tables:
        waiting.append(table)
        rows += table.num_rows
        if rows >= BLOCK_ROWS:
            yield pa.concat_tables(waiting)
            waiting, rows, told = [schema.empty_table()], 0, True
    if rows or not told:
        yield pa.concat_tables(waiting)
