"""Reads the train fold for the baselines, as the candidate's preprocessing sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow.dataset import dataset, field
from scipy import sparse

from airlock.bundle.preprocessing import Matrices, Preprocessing
from airlock.bundle.text import NOTHING
from airlock.core.errors import DataError
from airlock.stages.redact.record import Redaction

MOST = 100_000
"""Rows of the train fold that a baseline learns from; of more, these are drawn by the seed."""

_AT_ONCE = 65_536  # rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows as tensors, and what is true of them.

    Args:
        matrices: what the candidate's `forward` would be given.
        truth: class indices, or the scaled target of a regression; empty where it is not needed.
    """

    matrices: Matrices
    truth: NDArray[Any]

    def __len__(self) -> int:
        return len(self.matrices[0])


def converted(frame: pd.DataFrame, preprocessing: Preprocessing, *, truth: bool) -> Rows:
    """Rows of the redacted table; of the columns that no feature is, nothing is read.

    Args:
        truth: whether the target is read as well.

    Raises:
        DataError: a column is missing or of another type.
    """
    target = preprocessing.target
    return Rows(
        matrices=preprocessing.apply(frame),
        truth=target.encode(frame[target.name]) if truth else np.empty(0),
    )


def train_rows(
    redaction: Redaction, table: Path, preprocessing: Preprocessing, *, seed: int
) -> Rows:
    """The train fold, or `MOST` rows of it.

    Args:
        table: local, verified folder of the redacted parts.
        seed: of the draw.

    Raises:
        DataError: it cannot be read.
    """
    names = [name for name, _ in preprocessing.features]
    columns = list(dict.fromkeys((*names, preprocessing.target.name)))
    paths = [table / part.path for part in redaction.parts]
    drawn = _drawn(sum(map(len, _frames(paths, ["fold"]))), seed)
    found, at = [], 0
    for frame in _frames(paths, columns):
        within = drawn[(drawn >= at) & (drawn < at + len(frame))] - at
        found.append(converted(frame.iloc[within], preprocessing, truth=True))
        at += len(frame)
    if not found:
        found = [converted(pd.DataFrame(columns=columns), preprocessing, truth=True)]
    return Rows(
        matrices=tuple(  # type: ignore[arg-type]  # as many as there were
            np.concatenate(same) for same in zip(*(one.matrices for one in found), strict=True)
        ),
        truth=np.concatenate([one.truth for one in found]),
    )


def _drawn(rows: int, seed: int) -> NDArray[np.int64]:
    if rows <= MOST:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, MOST, replace=False))


def _frames(paths: Sequence[Path], columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    for path in paths:
        try:
            # Filtered while it is read: no baseline learns from a row of the holdout.
            batches = dataset(path, format="parquet").to_batches(
                columns=list(columns), filter=field("fold") == "train", batch_size=_AT_ONCE
            )
            for batch in batches:
                if batch.num_rows:
                    yield batch.to_pandas()
        except (pa.ArrowException, OSError, KeyError) as error:
            # Arrow's own text may quote a cell.
            raise DataError(
                f"{path.name} of the redacted table cannot be read ({type(error).__name__}).",
                do="Recompute the run.",
            ) from None


def for_linear(rows: Rows, preprocessing: Preprocessing) -> Any:
    """Numbers as they are, and a column for every category and every n-gram; a sparse matrix."""
    floats, indices, *text = rows.matrices
    blocks = [sparse.csr_matrix(floats)]
    blocks += [_one_hot(indices[:, at], size) for at, size in enumerate(preprocessing.sizes)]
    blocks += [_bag(ngrams, preprocessing.buckets) for ngrams in text]
    return sparse.hstack(blocks, format="csr")


def for_trees(rows: Rows, preprocessing: Preprocessing) -> tuple[Any, list[int]]:
    """Numbers with their gaps, then categories by index, then n-grams; which are categories."""
    floats, indices, *text = rows.matrices
    numbers = floats[:, : len(preprocessing.numeric)].astype(np.float64)
    flagged = [at for at, column in enumerate(preprocessing.numeric) if column.flag]
    for flag, at in enumerate(flagged, start=len(preprocessing.numeric)):
        # Trees have a way of their own with what is missing.
        numbers[floats[:, flag] > 0, at] = np.nan
    table = np.hstack([numbers, indices.astype(np.float64)])
    categories = list(range(numbers.shape[1], table.shape[1]))
    if not text:
        return table, categories
    bags = [_bag(ngrams, preprocessing.buckets) for ngrams in text]
    return sparse.hstack([sparse.csr_matrix(table), *bags], format="csr"), categories


def _one_hot(indices: NDArray[np.int64], size: int) -> Any:
    count = len(indices)
    return sparse.csr_matrix((np.ones(count), (np.arange(count), indices)), shape=(count, size))


def _bag(ngrams: NDArray[np.int32], buckets: int) -> Any:
    """Which n-grams a text has; how often says little of a short one."""
    at, place = np.nonzero(ngrams != NOTHING)
    found = sparse.csr_matrix(
        (np.ones(len(at)), (at, ngrams[at, place])), shape=(len(ngrams), buckets)
    )
    found.data[:] = 1.0
    return found
