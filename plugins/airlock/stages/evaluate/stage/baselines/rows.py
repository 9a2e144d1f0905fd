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

from airlock.bundle.preprocessing import Matrices, Preprocessing
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
