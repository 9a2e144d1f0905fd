"""Makes texts of a form: what is written how, and what its check digits must say."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PIECE = re.compile(r"(\[[^]]+\]|#|@|.)(?:\{(\d+)\})?", re.DOTALL)
_RANGE = re.compile("(.)-(.)")
# Of the rarest check one in some hundred holds.
_TRIES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedForm:
    """How identifiers of one kind are written.

    Args:
        templates: `#` is a digit, `@` a letter, `[A-C4]` one of these, `{3}` says how often.
        holds: whether a text that looks so is one; check digits are found by trying.
        context: words that stand before one where people name it.
    """

    templates: tuple[str, ...]
    context: str
    holds: Callable[[str], bool] = bool

    def texts(self, chance: random.Random) -> list[str]:
        """One of every template."""
        return [made(template, self.holds, chance) for template in self.templates]


def made(template: str, holds: Callable[[str], bool], chance: random.Random) -> str:
    """A text that looks like its template and holds."""
    pieces = [(_members(one[1]), int(one[2] or 1)) for one in _PIECE.finditer(template)]
    last = pieces[-1][0]
    for _ in range(_TRIES):
        text = "".join("".join(chance.choices(members, k=times)) for members, times in pieces)
        # Most often the last sign checks the others.
        for sign in (text[-1], *last):
            checked: str = text[:-1] + sign
            if holds(checked):
                return checked
    raise ValueError(f"No text of the form {template} holds.")


def _members(piece: str) -> str:
    if piece == "#":
        return _DIGITS
    if piece == "@":
        return _LETTERS
    if len(piece) == 1:
        return piece
    inside = piece[1:-1]
    singles = str(_RANGE.sub("", inside))
    ranges = ((ord(one[1]), ord(one[2])) for one in _RANGE.finditer(inside))
    return singles + "".join(chr(code) for low, high in ranges for code in range(low, high + 1))
