"""Measures the smallest group of rows with the same quasi-identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from airlock.core.table import read_parts
from airlock.stages.redact.record import Anonymity

_RARE = 5
# Each pass over the parts counts the groups of as many rows as this: some 500 MB.
_AT_ONCE = 10_000_000


def anonymity(
    folder: Path, parts: Sequence[str], columns: Sequence[str], *, rows: int
) -> Anonymity | None:
    """k-anonymity (Sweeney, 2002) of what goes out; a missing value is a value like any other.

    Groups are told apart by 64 bits of a hash. Two of ten million that fall together, once in
    some 300,000 nights, would look like one.

    Args:
        folder: with the parts.
        columns: the quasi-identifiers.
        rows: in all parts.

    Returns:
        None without columns or rows.
    """
    if not columns or not rows:
        return None
    groups, smallest, rare = 0, rows, 0
    passes = -(-rows // _AT_ONCE)
    for number in range(passes):
        found = [
            hashes[hashes % passes == number]
            for table in read_parts(folder, parts, columns=list(columns))
            for hashes in [_hashes(table)]
        ]
        _, counts = np.unique(np.concatenate(found), return_counts=True)
        if len(counts):
            groups += len(counts)
            smallest = min(smallest, int(counts.min()))
            rare += int(counts[counts < _RARE].sum())
    return Anonymity(columns=tuple(columns), groups=groups, smallest=smallest, rare=rare)


def _hashes(table: pa.Table) -> npt.NDArray[np.uint64]:
    total = np.zeros(table.num_rows, np.uint64)
    for column in table.columns:
        encoded = column.cast(pa.string()).combine_chunks().dictionary_encode()
        # A missing value is the one behind the last text.
        texts = [f"={text}" for text in encoded.dictionary.to_pylist()] + [""]
        known = pd.util.hash_array(np.array(texts, dtype=object), categorize=False)
        places = encoded.indices.fill_null(len(texts) - 1).to_numpy()
        total = total * np.uint64(0x100000001B3) ^ known[places]
    return total
