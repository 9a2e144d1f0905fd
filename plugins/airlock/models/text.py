"""A small network for free text: the mean of its n-grams' embeddings."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from airlock.models.base import Base, Columns
from airlock.models.shape import Shape


class TextClassifier(Base):
    """Embeddings of hashed n-grams, averaged, beside the other columns; then one dense layer.

    The form is that of Joulin et al., "Bag of Tricks for Efficient Text Classification" (2016). The
    hashing is part of the preprocessing (`airlock.bundle.text`), so the bundle carries it.

    Args:
        shape: of the table; at least one feature is text.
        dimensions: of an n-gram's embedding.
        dropout: share of the averaged embedding left out while training, 0 to 1.
        learning_rate: of AdamW.
        weight_decay: of AdamW.

    Raises:
        ValueError: no feature is text.
    """

    def __init__(
        self,
        shape: Shape,
        *,
        dimensions: int = 16,
        dropout: float = 0.2,
        learning_rate: float = 5e-3,
        weight_decay: float = 1e-4,
    ) -> None:
        if not shape.text:
            raise ValueError("no feature is text: name one that the redaction scans in features")
        super().__init__(shape, learning_rate=learning_rate, weight_decay=weight_decay)
        self.columns = Columns(shape)
        # Index 0 fills short rows up: it has no weight in the mean, and a row of zeros no n-gram.
        self.ngrams = nn.EmbeddingBag(shape.text, dimensions, mode="mean", padding_idx=0)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(dimensions + self.columns.width, shape.outputs)

    def forward(self, numeric: Tensor, categorical: Tensor, text: Tensor) -> Tensor:
        """Logits `[rows, outputs]`."""
        words = self.dropout(self.ngrams(text))
        logits: Tensor = self.head(torch.cat([self.columns(numeric, categorical), words], dim=1))
        return logits
