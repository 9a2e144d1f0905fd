"""Which leads become customers?"""

from __future__ import annotations

from airlock.models.ensemble import TabularEnsemble
from airlock.models.shape import Shape


class LeadModel(TabularEnsemble):
    """Few members and narrow layers: a few thousand rows teach no large network.

    Args:
        shape: of the table.
        members: how many small networks share the layers.
        hidden: width of the layers.
        dropout: share of activations left out while training.
    """

    def __init__(
        self, shape: Shape, *, members: int = 8, hidden: int = 64, dropout: float = 0.1
    ) -> None:
        super().__init__(shape, members=members, hidden=hidden, dropout=dropout)
