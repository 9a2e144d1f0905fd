"""Decides which rows a challenger answers: a fraction of the keys, the same ones every night.

A key has a place in [0, 1) that depends on the model and the key alone. The challenger answers the
keys below its share; as the share grows keys come to it, and none ever leaves.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

_BYTES = 6  # 48 bits fit a double exactly, so that a place is the same number everywhere


def place(model: str, key: str) -> float:
    """Where a key stands, in [0, 1); uniform over keys.

    Args:
        model: its name is part of the hash, so that two models try on different people.
        key: of a row, pseudonymised.
    """
    hashed = sha256(f"canary\0{model}\0{key}".encode()).digest()
    return int.from_bytes(hashed[:_BYTES], "big") / float(1 << 8 * _BYTES)


def routed(model: str, keys: Iterable[str], share: float) -> NDArray[np.bool_]:
    """Whether the challenger answers each row.

    Args:
        share: of the keys, 0 to 1. One that is not a number is nobody's.
    """
    return np.array([place(model, key) < share for key in keys], dtype=np.bool_)
