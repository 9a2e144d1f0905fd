"""Measures the smallest group of people with the same quasi-identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from airlock.core.table import read_parts
from airlock.stages.redact.record import Anonymity
from airlock.stages.redact.stage.as_text import as_text

Hashes = npt.NDArray[np.uint64]

_RARE = 5
# Each pass over the parts counts the groups of as many rows as this: some 500 MB.
_AT_ONCE = 5_000_000


def anonymity(
    folder: Path,
    parts: Sequence[str],
    columns: Sequence[str],
    *,
    rows: int,
    entity: str,
    target: str | None = None,
) -> Anonymity | None:
    """k-anonymity (Sweeney, 2002) of what goes out; a missing value is a value like any other.

    People are counted, not rows: somebody with many rows hides behind nobody. Groups and people are
    told apart by 64 bits of a hash. Two of ten million that fall together, once in some 300,000
    nights, would look like one.

    Args:
        folder: with the parts.
        columns: the quasi-identifiers.
        rows: in all parts.
        entity: the column that names people.
        target: what is learnt; its distinct values in a group are l-diversity (Machanavajjhala,
            2007). None where nothing is.

    Returns:
        None without columns or rows.
    """
    if not columns or not rows:
        return None
    groups, smallest, rare, least = 0, rows, 0, rows
    passes = -(-rows // _AT_ONCE)
    wanted = [*columns, entity, *([target] if target else [])]
    for number in range(passes):
        found = []
        for table in read_parts(folder, parts, columns=list(dict.fromkeys(wanted))):
            quasi = _hashes(table, columns)
            mine = quasi % passes == number
            others = [_hashes(table, [one])[mine] for one in wanted[len(columns) :]]
            found.append((quasi[mine], *others))
        quasi, people, *learnt = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
        if not len(quasi):
            continue
        counts = _distinct_in(quasi, people)
        groups += len(counts)
        smallest = min(smallest, int(counts.min()))
        rare += int(counts[counts < _RARE].sum())
        if learnt:
            least = min(least, int(_distinct_in(quasi, learnt[0]).min()))
    return Anonymity(
        columns=tuple(columns),
        groups=groups,
        smallest=smallest,
        rare=rare,
        target=target,
        diversity=least if target else None,
    )


def _distinct_in(groups: Hashes, values: Hashes) -> npt.NDArray[np.int64]:
    """How many different values each group has."""
    order = np.lexsort((values, groups))
    groups, values = groups[order], values[order]
    other_group = np.append(True, groups[1:] != groups[:-1])
    new = other_group | np.append(True, values[1:] != values[:-1])
    counts: npt.NDArray[np.int64] = np.add.reduceat(
        new.astype(np.int64), np.flatnonzero(other_group)
    )
    return counts


def _hashes(table: pa.Table, columns: Sequence[str]) -> Hashes:
    total = np.zeros(table.num_rows, np.uint64)
    for name in columns:
        # As a reader sees them: 0.0 and -0.0 are one number.
        encoded = as_text(name, table.column(name)).dictionary_encode()
        # A missing value is the one behind the last text.
        texts = [f"={text}" for text in encoded.dictionary.to_pylist()] + [""]
        known = pd.util.hash_array(np.array(texts, dtype=object), categorize=False)
        places = encoded.indices.fill_null(len(texts) - 1).to_numpy()
        total = total * np.uint64(0x100000001B3) ^ known[places]
    return total
