"""Small networks for tables: embeddings of categories, then dense layers or residual blocks."""

from __future__ import annotations

from torch import Tensor, nn

from airlock.models.base import Base, Columns
from airlock.models.shape import Shape


class Tabular(Base):
    """Base of a module of your own over numbers and categories. A subclass adds `forward`.

    Attributes:
        columns: gives all columns side by side, `[rows, columns.width]`.
    """

    def __init__(self, shape: Shape, *, learning_rate: float, weight_decay: float) -> None:
        super().__init__(shape, learning_rate=learning_rate, weight_decay=weight_decay)
        self.columns = Columns(shape)


class TabularClassifier(Tabular):
    """Dense layers over the numbers and an embedding of each category.

    With one output it is a regressor: the base class chooses the loss by the shape.

    Args:
        shape: of the table.
        hidden: width of each dense layer.
        layers: how many.
        dropout: share of activations left out while training, 0 to 1.
        learning_rate: of AdamW.
        weight_decay: of AdamW.
    """

    def __init__(
        self,
        shape: Shape,
        *,
        hidden: int = 64,
        layers: int = 2,
        dropout: float = 0.1,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(shape, learning_rate=learning_rate, weight_decay=weight_decay)
        self.width = self.columns.width
        blocks: list[nn.Module] = []
        for at in range(layers):
            wide = self.width if at == 0 else hidden
            blocks += [
                nn.Linear(wide, hidden),
                nn.LayerNorm(hidden),
                nn.ReLU(),
                nn.Dropout(dropout),
            ]
        self.deep = nn.Sequential(
            *blocks, nn.Linear(hidden if layers else self.width, shape.outputs)
        )

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """Logits `[rows, outputs]`."""
        logits: Tensor = self.deep(self.columns(numeric, categorical))
        return logits


class TabularRegressor(Tabular):
    """Residual blocks over the numbers and an embedding of each category; one number comes out.

    The blocks are those of Gorishniy et al., "Revisiting Deep Learning Models for Tabular Data"
    (2021), with layer instead of batch normalisation: a row's prediction does not depend on its
    neighbours, not even while training.

    Args:
        shape: of the table; one output.
        hidden: width of the blocks.
        blocks: how many.
        dropout: share of activations left out while training, 0 to 1.
        learning_rate: of AdamW.
        weight_decay: of AdamW.

    Raises:
        ValueError: the shape has classes.
    """

    def __init__(
        self,
        shape: Shape,
        *,
        hidden: int = 64,
        blocks: int = 2,
        dropout: float = 0.1,
        learning_rate: float = 3e-3,
        weight_decay: float = 1e-2,
    ) -> None:
        if shape.outputs != 1:
            raise ValueError("a regressor has one output: set task='regression' in the TrainSpec")
        super().__init__(shape, learning_rate=learning_rate, weight_decay=weight_decay)
        self.first = nn.Linear(self.columns.width, hidden)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(hidden),
                nn.Linear(hidden, 2 * hidden),
                nn.ReLU(),
                nn.Dropout(dropout),
                nn.Linear(2 * hidden, hidden),
            )
            for _ in range(blocks)
        )
        self.last = nn.Sequential(nn.LayerNorm(hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """The scaled target, `[rows, 1]`."""
        state = self.first(self.columns(numeric, categorical))
        for block in self.blocks:
            state = state + block(state)
        predicted: Tensor = self.last(state)
        return predicted
