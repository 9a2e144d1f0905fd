"""Turns rows into tensors: learnt once from the train fold, applied alike everywhere."""

from __future__ import annotations

from airlock.bundle.preprocessing.apply import Preprocessing
from airlock.bundle.preprocessing.columns import (
    FIRST,
    MISSING,
    RARE,
    UNKNOWN,
    Categorical,
    FeatureType,
    Floats,
    Ints,
    Matrices,
    Numeric,
    Target,
    numbers,
)
from airlock.bundle.preprocessing.learn import learn, learn_target

__all__ = [
    "FIRST",
    "MISSING",
    "RARE",
    "UNKNOWN",
    "Categorical",
    "FeatureType",
    "Floats",
    "Ints",
    "Matrices",
    "Numeric",
    "Preprocessing",
    "Target",
    "learn",
    "learn_target",
    "numbers",
]
