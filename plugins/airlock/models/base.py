"""The base of all ready-made modules: loss, steps, optimizer, columns."""

from __future__ import annotations

from typing import ClassVar

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn import functional

from airlock.models.recipe import Recipe
from airlock.models.shape import Shape

Batch = tuple[Tensor, ...]
"""Numeric columns, category indices, n-grams if there is text, and last the target."""


class Base(LightningModule):
    """The loss, the two steps, and the optimizer. A subclass adds `forward`.

    Args:
        shape: of the table.
        learning_rate: of AdamW.
        weight_decay: of AdamW.

    Attributes:
        recipe: batches and epochs where the TrainSpec does not say.
    """

    recipe: ClassVar[Recipe] = Recipe()

    def __init__(self, shape: Shape, *, learning_rate: float, weight_decay: float) -> None:
        super().__init__()
        self.shape = shape
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        # No buffer: it is no part of what is sealed.
        self.class_weights: Tensor | None = None

    def weigh(self, weights: Tensor) -> None:
        """Let rows count by their class, in the order of the outputs; before the first step."""
        self.class_weights = weights

    def loss(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Cross-entropy for classes, mean squared error (of the scaled target) for one output."""
        if self.shape.outputs == 1:
            return functional.mse_loss(outputs[:, 0], target)
        weights = self.class_weights
        return functional.cross_entropy(
            outputs, target, None if weights is None else weights.to(outputs)
        )

    def training_step(self, batch: Batch) -> Tensor:
        """The loss of one batch."""
        *inputs, target = batch
        return self.loss(self(*inputs), target)

    def validation_step(self, batch: Batch) -> None:
        """Log `validation_loss`, by which training stops and weights are kept."""
        *inputs, target = batch
        loss = self.loss(self(*inputs), target)
        self.log("validation_loss", loss, on_epoch=True, batch_size=len(target))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW, all weights in one pass where Lightning lets it."""
        trainer = self._trainer
        # In mixed precision Lightning does not clip the gradients of a fused optimizer.
        unfused = trainer and trainer.gradient_clip_val and trainer.precision != "32-true"
        return torch.optim.AdamW(
            self.parameters(),
            lr=self.learning_rate,
            weight_decay=self.weight_decay,
            fused=not unfused,
        )


class Columns(nn.Module):
    """Numbers as they are and an embedding of each category, side by side.

    A value that was missing or that training did not know has an embedding of its own; a missing
    number is its column's median beside a flag (`airlock.bundle.preprocessing`).

    Attributes:
        width: columns that come out.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.embeddings = category_embeddings(shape)
        self.width = shape.numeric + sum(map(embedding_width, shape.categories))

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """`[rows, width]`."""
        embedded = [embedding(categorical[:, at]) for at, embedding in enumerate(self.embeddings)]
        return torch.cat([numeric, *embedded], dim=1)


def category_embeddings(shape: Shape) -> nn.ModuleList:
    """An embedding for each column of categories."""
    return nn.ModuleList(nn.Embedding(size, embedding_width(size)) for size in shape.categories)


def embedding_width(size: int) -> int:
    """Of a column with so many categories."""
    # Half the categories is the custom; a table's column needs no wide embedding.
    return min(16, (size + 1) // 2)
