"""Who leaves the telephone company?"""

from __future__ import annotations

from airlock.models.ensemble import TabularEnsemble
from airlock.models.shape import Shape


class TelcoChurn(TabularEnsemble):
    """Narrow layers, because seven thousand rows teach no wide ones.

    Args:
        shape: of the table.
        hidden: width of the common layers.
        dropout: share of activations left out while training.
    """

    def __init__(self, shape: Shape, *, hidden: int = 64, dropout: float = 0.2) -> None:
        super().__init__(shape, hidden=hidden, dropout=dropout)
