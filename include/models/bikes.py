"""How many bicycles will be rented in an hour?"""

from __future__ import annotations

from airlock.models.shape import Shape
from airlock.models.tabular import TabularRegressor


class BikeDemand(TabularRegressor):
    """Wide residual blocks: what an hour means depends on the day, the season and the weather.

    Args:
        shape: of the table.
        hidden: width of the blocks.
        dropout: share of activations left out while training.
    """

    def __init__(self, shape: Shape, *, hidden: int = 128, dropout: float = 0.1) -> None:
        super().__init__(shape, hidden=hidden, blocks=3, dropout=dropout)
