"""Tensors of rows as the tables that libraries other than torch take."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from airlock.bundle.preprocessing import Ints, Matrices, Preprocessing
from airlock.bundle.text import NOTHING


def for_linear(matrices: Matrices, preprocessing: Preprocessing) -> Any:
    """Numbers as they are, and a column for every category and every n-gram; a sparse matrix."""
    floats, indices, *text = matrices
    blocks = [sparse.csr_matrix(floats)]
    blocks += [_one_hot(indices[:, at], size) for at, size in enumerate(preprocessing.sizes)]
    blocks += [_bag(ngrams, preprocessing.buckets) for ngrams in text]
    return sparse.hstack(blocks, format="csr")


def linear_width(preprocessing: Preprocessing) -> int:
    """How many columns `for_linear` has."""
    return preprocessing.width + sum(preprocessing.sizes) + preprocessing.buckets


def for_trees(matrices: Matrices, preprocessing: Preprocessing) -> tuple[Any, list[int]]:
    """Numbers with their gaps, then categories by index, then n-grams; which are categories."""
    floats, indices, *text = matrices
    rows, numbers = len(floats), len(preprocessing.numeric)
    table = np.empty((rows, numbers + indices.shape[1]), dtype=np.float64)
    table[:, :numbers] = floats[:, :numbers]
    flagged = [at for at, column in enumerate(preprocessing.numeric) if column.flag]
    for flag, at in enumerate(flagged, start=numbers):
        # Trees have a way of their own with what is missing.
        table[floats[:, flag] > 0, at] = np.nan
    table[:, numbers:] = indices
    categories = list(range(numbers, table.shape[1]))
    if not text:
        return table, categories
    bags = [_bag(ngrams, preprocessing.buckets) for ngrams in text]
    return sparse.hstack([sparse.csr_matrix(table), *bags], format="csr"), categories


def trees_width(preprocessing: Preprocessing) -> int:
    """How many columns `for_trees` has."""
    return len(preprocessing.numeric) + len(preprocessing.categorical) + preprocessing.buckets


def _one_hot(indices: Ints, size: int) -> Any:
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
