"""Degrades copies of the holdout, to measure how much a model depends on clean data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from airlock.bundle.preprocessing import numbers
from airlock.serve import Scorer


def with_missing(scorer: Scorer, holdout: pd.DataFrame, *, share: float, seed: int) -> pd.DataFrame:
    """The rows with a share of every feature's cells blanked, each by itself.

    Args:
        share: 0 to 1.
        seed: the same gives the same blanks.
    """
    chance = np.random.default_rng(seed)
    worse = holdout.copy()
    for name, kind in scorer.preprocessing.features:
        gone = chance.random(len(holdout)) < share
        if kind == "numeric":
            worse[name] = np.where(gone, np.nan, numbers(holdout[name]))
        else:
            # A column of booleans or of text would not take None as it is.
            worse[name] = holdout[name].astype(object).where(~gone, None)
    return worse


def with_noise(scorer: Scorer, holdout: pd.DataFrame, *, noise: float, seed: int) -> pd.DataFrame:
    """The rows with normal noise on every number.

    Args:
        noise: in standard deviations of the column within these rows.
        seed: the same gives the same noise.
    """
    chance = np.random.default_rng(seed)
    worse = holdout.copy()
    for name, kind in scorer.preprocessing.features:
        if kind == "numeric":
            values = numbers(holdout[name])
            spread = np.nanstd(values) if np.isfinite(values).any() else 0.0
            worse[name] = values + chance.normal(size=len(values)) * spread * noise
    return worse
