"""Finds values that repeat over all parts of a table, with eight bytes per value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

BoolArray = npt.NDArray[np.bool_]
Keys = npt.NDArray[np.uint64]

# Of a value that is not there, among the columns of a compound key.
_NOTHING = np.uint64(0x9E3779B97F4A7C15)


@dataclass(slots=True)
class ValueCounts:
    """How often each value of a column, or of several columns together, was seen.

    Numbers, dates and booleans are their own keys. Texts and compound keys are hashed to 64 bits:
    two of ten million different ones share a key with a chance of 3 in a million, and then count as
    repeated; a repeated one is never missed.

    Args:
        columns: one, whose missing values are left out; or several, of which a row is left out if
            all of its values are missing.
    """

    columns: Sequence[str]
    counted: int = 0
    _keys: list[Keys] = field(default_factory=list)
    _counts: list[npt.NDArray[np.int64]] = field(default_factory=list)

    def watch(self, table: pa.Table) -> None:
        """Count some of the rows."""
        keys, _ = row_keys(table, self.columns)
        self.counted += len(keys)
        distinct, counts = np.unique(keys, return_counts=True)
        self._keys.append(distinct)
        self._counts.append(counts)

    def sums(self) -> tuple[int, Keys, int]:
        """How many distinct values there are, which of them repeat, and in how many rows those."""
        keys = np.concatenate([np.empty(0, np.uint64), *self._keys])
        if self.counted == len(keys):
            # Nothing repeats within a part, as in most keys: sorting without the counts is cheaper.
            keys.sort()
            starts = _starts(keys)
            counts = np.diff(starts, append=len(keys))
        else:
            order = np.argsort(keys)
            keys, counted = keys[order], np.concatenate(self._counts)[order]
            starts = _starts(keys)
            counts = np.add.reduceat(counted, starts)
        repeated = counts > 1
        return len(starts), keys[starts[repeated]], int(counts[repeated].sum())


def repeated_rows(table: pa.Table, columns: Sequence[str], repeated: Keys) -> BoolArray:
    """The rows whose key is one of those that `Tally.sums` found to repeat; true for such a row."""
    keys, there = row_keys(table, columns)
    rows = np.zeros(table.num_rows, np.bool_)
    rows[there] = np.isin(keys, repeated)
    return rows


def row_keys(table: pa.Table, columns: Sequence[str]) -> tuple[Keys, BoolArray]:
    """The keys of the rows that have one, and which rows those are."""
    pairs = [_column_keys(table.column(name)) for name in columns]
    there = np.logical_or.reduce([mask for _, mask in pairs])
    if len(pairs) == 1:
        return pairs[0][0][there], there
    keys = np.zeros(table.num_rows, np.uint64)
    for column, _ in pairs:
        keys = _mixed(keys ^ _mixed(column))
    return keys[there], there


def present(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """True where there is a value; NaN is none, as to Great Expectations."""
    return pc.invert(pc.is_null(column, nan_is_null=True))


def _column_keys(column: pa.ChunkedArray) -> tuple[Keys, BoolArray]:
    there = present(column).to_numpy()
    keys = np.full(len(column), _NOTHING)
    values = column if there.all() else column.filter(pa.array(there))
    keys[there] = _value_keys(values)
    return keys, there


def _value_keys(values: pa.ChunkedArray) -> Keys:
    if pa.types.is_string(values.type):
        coded = values.combine_chunks().dictionary_encode()
        texts = coded.dictionary.to_numpy(zero_copy_only=False).astype(object)
        hashed = pd.util.hash_array(texts, categorize=False)
        texts_keys: Keys = hashed[coded.indices.to_numpy()]
        return texts_keys
    if pa.types.is_floating(values.type):
        # Zero and minus zero are equal, and their bytes are not.
        floats: Keys = (values.to_numpy() + 0.0).view(np.uint64)
        return floats
    if pa.types.is_date32(values.type):
        values = values.cast(pa.int32())
    whole: Keys = values.cast(pa.int64()).to_numpy().view(np.uint64)
    return whole


def _starts(keys: Keys) -> npt.NDArray[np.intp]:
    """Where each new key begins among sorted ones."""
    return np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])


def _mixed(keys: Keys) -> Keys:
    """A bijection that spreads every bit: the finalizer of SplitMix64 (Steele et al., 2014)."""
    keys = keys + _NOTHING
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))
