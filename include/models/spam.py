"""Is a message spam?"""

from __future__ import annotations

from airlock.models.shape import Shape
from airlock.models.text import TextClassifier


class SmsSpam(TextClassifier):
    """Words and pairs of words; what was redacted speaks as `<PHONE_NUMBER>`.

    Much dropout and large steps: four thousand short messages are soon learnt by heart.

    Args:
        shape: of the table.
        dimensions: of an n-gram's embedding.
        dropout: share of the averaged embedding left out while training.
    """

    def __init__(self, shape: Shape, *, dimensions: int = 16, dropout: float = 0.5) -> None:
        super().__init__(shape, dimensions=dimensions, dropout=dropout, learning_rate=2e-2)
