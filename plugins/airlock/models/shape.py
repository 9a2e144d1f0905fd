"""The number and width of a table's columns as tensors."""

from __future__ import annotations

from typing import NamedTuple


class Shape(NamedTuple):
    """What a module is built for.

    Args:
        numeric: columns of the float tensor: standardised numbers, then flags "was missing".
        categories: for each column of the index tensor, how many indices it has; 0 is a value
            that training did not know, 1 is no value.
        outputs: classes (2 for yes and no), or 1 for a regression.
        text: how many indices an n-gram of the text tensor may have, the 0 of "nothing here"
            included; 0 if no feature is text, and there is no such tensor.
    """

    numeric: int
    categories: tuple[int, ...]
    outputs: int
    text: int = 0
