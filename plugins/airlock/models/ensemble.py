"""A strong network for tables: many members that share most of their weights.

The form is TabM's (Gorishniy, Kotelnikov and Babenko, "TabM: Advancing Tabular Deep Learning with
Parameter-Efficient Ensembling", 2024), in its smallest variant: each member scales the columns in a
way of its own and has a head of its own; the layers between are common. Numbers go in as piecewise
linear functions of themselves (Gorishniy, Rubachev and Babenko, "On Embeddings for Numerical
Features in Tabular Deep Learning", 2022).
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from airlock.models.base import Base, Batch, category_embeddings, embedding_width
from airlock.models.recipe import Recipe
from airlock.models.shape import Shape

# Rows that the bins are learnt from, evenly spaced: more would not move a quantile.
_LOOKED_AT = 100_000

# Beyond these ranks a number counts as the rank: its end of the logistic scale is 3.8.
_ENDS = 1e-3

# Numbers, and differences between two, that single precision can compute with.
_MOST = 1e30

_LOGISTIC = math.pi / math.sqrt(3)  # its standard deviation


class Numbers(nn.Module):
    """Each number in two forms, summed: its share of every bin, and its rank on a logistic scale.

    The bins are the quantiles of the train fold, so that a column's spread and its far ends are no
    matter. They are buffers: they travel with the weights and within the graph.

    Args:
        columns: how many.
        bins: of each; fewer where a column has fewer values.
        dimensions: of what comes out for each.
    """

    left: Tensor
    slope: Tensor
    mass: Tensor
    start: Tensor

    def __init__(self, columns: int, bins: int, dimensions: int) -> None:
        super().__init__()
        self.bins = bins
        self.register_buffer("left", torch.zeros(columns, bins))
        self.register_buffer("slope", torch.zeros(columns, bins))  # 0 for a bin that is not there
        self.register_buffer("mass", torch.zeros(columns, bins))
        self.register_buffer("start", torch.full((columns,), 0.5))
        # What a bin adds is learnt from nothing, so that a network begins as one without bins.
        self.shares = nn.Parameter(torch.zeros(columns, bins, dimensions))
        self.slopes = nn.Parameter(torch.empty(columns, dimensions))
        self.biases = nn.Parameter(torch.empty(columns, dimensions))
        bound = 1 / math.sqrt(dimensions)
        nn.init.uniform_(self.slopes, -bound, bound)
        nn.init.uniform_(self.biases, -bound, bound)

    def adapt(self, numeric: Tensor) -> None:
        """Learn the bins of every column.

        Args:
            numeric: of the train fold, `[rows, columns]`; at least one row.
        """
        some = torch.linspace(0, len(numeric) - 1, min(len(numeric), _LOOKED_AT)).long()
        for at, column in enumerate(numeric[some].clamp(-_MOST, _MOST).T):
            edges, ranks = _quantiles(column.numpy(), self.bins)
            count = len(edges) - 1
            self.start[at] = float(ranks[0])
            for buffer, learnt in (
                (self.left, edges[:-1]),
                (self.slope, 1 / np.diff(edges).clip(1 / _MOST)),
                (self.mass, np.diff(ranks)),
            ):
                buffer[at] = 0
                buffer[at, :count] = torch.from_numpy(learnt.astype(np.float32))

    def forward(self, numeric: Tensor) -> Tensor:
        """`[rows, columns, dimensions]`."""
        from_left = numeric.clamp(-_MOST, _MOST).unsqueeze(2) - self.left
        shares = (from_left * self.slope).clamp(0, 1)
        rank = ((shares * self.mass).sum(2) + self.start).clamp(_ENDS, 1 - _ENDS)
        scaled = (rank / (1 - rank)).log() / _LOGISTIC
        binned = torch.einsum("rcb,cbd->rcd", shares, self.shares)
        return binned + scaled.unsqueeze(2) * self.slopes + self.biases


def _quantiles(
    values: NDArray[np.float32], bins: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The edges of the bins, rising, and the share of the values below each (ties count half)."""
    ordered = np.sort(values)
    # Values that occur: as single precision, the edges then rise by what a number can differ by.
    edges = np.unique(np.quantile(ordered, np.linspace(0, 1, bins + 1), method="nearest"))
    below = np.searchsorted(ordered, edges, "left") + np.searchsorted(ordered, edges, "right")
    return edges.astype(np.float64), below / (2 * len(ordered))


class TabularEnsemble(Base):
    """Sixteen small networks that share their layers; classes, or one number.

    Args:
        shape: of the table, without free text.
        members: how many; each learns by its own loss, and they predict the mean.
        hidden: width of the common layers.
        layers: how many.
        bins: of every number.
        dimensions: of a number's embedding.
        dropout: share of activations left out while training, 0 to 1.
        learning_rate: of AdamW.
        weight_decay: of AdamW.

    Raises:
        ValueError: a feature is free text.
    """

    recipe: ClassVar[Recipe] = Recipe(batch_size=256, max_epochs=100, patience=8)

    def __init__(
        self,
        shape: Shape,
        *,
        members: int = 16,
        hidden: int = 128,
        layers: int = 2,
        bins: int = 48,
        dimensions: int = 8,
        dropout: float = 0.1,
        learning_rate: float = 2e-3,
        weight_decay: float = 3e-4,
    ) -> None:
        if shape.text:
            raise ValueError("it reads no free text: take airlock.models.text:TextClassifier")
        super().__init__(shape, learning_rate=learning_rate, weight_decay=weight_decay)
        self.members = members
        self.numbers = Numbers(shape.numeric, bins, dimensions)
        self.embeddings = category_embeddings(shape)
        wide = shape.numeric * dimensions + sum(map(embedding_width, shape.categories))
        # What makes the members differ.
        self.scales = nn.Parameter(torch.randn(members, wide))
        self.layers = nn.ModuleList(
            nn.Linear(hidden if at else wide, hidden) for at in range(layers)
        )
        self.dropout = nn.Dropout(dropout)
        last = hidden if layers else wide
        self.heads = nn.Parameter(torch.empty(members, last, shape.outputs))
        self.biases = nn.Parameter(torch.zeros(members, shape.outputs))
        nn.init.uniform_(self.heads, -1 / math.sqrt(last), 1 / math.sqrt(last))

    def adapt(self, numeric: Tensor, categorical: Tensor) -> None:
        """Learn the bins from the train fold."""
        self.numbers.adapt(numeric)

    def each(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """What every member says, `[rows, members, outputs]`."""
        embedded = [one(categorical[:, at]) for at, one in enumerate(self.embeddings)]
        columns = torch.cat([self.numbers(numeric).flatten(1), *embedded], dim=1)
        state = columns.unsqueeze(1) * self.scales
        for layer in self.layers:
            state = self.dropout(functional.relu(layer(state)))
        return torch.einsum("rmh,mho->rmo", state, self.heads) + self.biases

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """The mean of the predictions; of classes the logarithm of the mean probabilities."""
        said = self.each(numeric, categorical)
        if self.shape.outputs == 1:
            return said.mean(1)
        return said.log_softmax(2).logsumexp(1) - math.log(self.members)

    def training_step(self, batch: Batch) -> Tensor:
        """The mean of the members' own losses: each must be right by itself."""
        numeric, categorical, target = batch
        said = self.each(numeric, categorical)
        asked = target.unsqueeze(1).expand(-1, self.members)
        return self.loss(said.flatten(0, 1), asked.flatten())
