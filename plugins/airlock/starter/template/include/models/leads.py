"""Which leads become customers?"""

from __future__ import annotations

from airlock.models.shape import Shape
from airlock.models.tabular import TabularClassifier


class LeadModel(TabularClassifier):
    """A small network: a few thousand rows teach no large one.

    Args:
        shape: of the table.
        hidden: width of the dense layers.
        dropout: share of activations left out while training.
    """

    def __init__(self, shape: Shape, *, hidden: int = 16, dropout: float = 0.1) -> None:
        super().__init__(shape, hidden=hidden, dropout=dropout)
