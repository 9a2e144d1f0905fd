"""Who gives notice within the next 30 days?"""

from __future__ import annotations

from torch import Tensor, nn

from airlock.models.shape import Shape
from airlock.models.tabular import TabularClassifier


class ChurnClassifier(TabularClassifier):
    """Wide and deep: what is linear in a column takes the short way, the rest is learnt.

    Args:
        shape: of the table.
        hidden: width of the deep layers.
        dropout: share of activations left out while training.
        learning_rate: of AdamW.
    """

    def __init__(
        self, shape: Shape, *, hidden: int = 64, dropout: float = 0.1, learning_rate: float = 3e-3
    ) -> None:
        super().__init__(shape, hidden=hidden, dropout=dropout, learning_rate=learning_rate)
        self.wide = nn.Linear(self.width, shape.outputs)

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Logits of staying and leaving."""
        columns = self.columns(numeric, categorical)
        return self.wide(columns) + self.deep(columns)
