"""How long and in which batches a module is trained where a TrainSpec does not say."""

from __future__ import annotations

from typing import NamedTuple


class Recipe(NamedTuple):
    """What suits a module on a table that is large enough; smaller ones get smaller batches.

    Args:
        batch_size: rows of a batch at most.
        max_epochs: upper bound.
        patience: epochs without a better validation loss before training stops.
    """

    batch_size: int = 1024
    max_epochs: int = 20
    patience: int = 3
