"""Saves and restores a module's random generators in a checkpoint."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch


def generators() -> dict[str, Any]:
    """The state of every random generator that a module may use, as plain values."""
    kind, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [kind, [int(key) for key in keys], int(position), int(has_gauss), float(gauss)],
        "python": random.getstate(),
    }


def plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """The same, JSON-ready."""
    cuda = [one.tolist() for one in state["cuda"]]
    return {**state, "torch": state["torch"].tolist(), "cuda": cuda}


def set_generators(state: Mapping[str, Any]) -> None:
    """Go on from a state that `generators` gave, plain or not."""
    torch.set_rng_state(_bytes(state["torch"]))
    if state["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(map(_bytes, state["cuda"]))
    kind, keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state((kind, np.array(keys, dtype=np.uint32), position, has_gauss, gauss))
    version, numbers, spare = state["python"]
    random.setstate((version, tuple(numbers), spare))


def _bytes(state: Any) -> torch.Tensor:
    return torch.as_tensor(state, dtype=torch.uint8)
