"""Turns free text into numbers: hashed n-grams, the same in every process and on every machine.

There is no vocabulary, so no word of anybody's text travels with the model. What decides the number
of an n-gram is fixed here: Unicode's NFKC and case folding, which its stability policy freezes for
every assigned character; the separators below; CRC-32 of the UTF-8 bytes. Python's own `hash`
differs from process to process.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from airlock.core.spec import Spec

Ngrams: TypeAlias = NDArray[np.int32]

NOTHING = 0
"""Fills the rows of shorter texts up."""

# The 54,000 n-grams of five thousand short messages get 26,000 of these numbers, and twice as many
# numbers made no better model; with 16 dimensions each this makes 2 MB of weights.
BUCKETS = 1 << 15
# The longest rows that are worth their memory: a letter of 128 words and their pairs.
_LONGEST = 256

# What took an identifier's place; a word; one mark. Which characters are marks is written out,
# because the classes that `\w` asks Unicode for may change with Python's version.
_TOKEN = re.compile(
    r"<[A-Z][A-Z_]*>"
    r"|[^\s!-/:-@\[-`{-~\u0080-\u00bf\u2000-\u206f\u3000-\u303f]+"
    r"|[!-/:-@\[-`{-~\u0080-\u00bf\u2000-\u206f\u3000-\u303f]",
    re.ASCII,
)


class Text(Spec):
    """A column of free text: words and pairs of words, each by its number.

    Args:
        name: of the column; equal words of two columns have different numbers.
        buckets: how many numbers there are, that of `NOTHING` included.
        length: n-grams of a row at most; of a longer text the beginning counts.
    """

    name: str
    buckets: int
    length: int

    def apply(self, column: Iterable[object]) -> Ngrams:
        """The n-grams of every row, int32 `[rows, length]`: 1 to buckets - 1, then `NOTHING`."""
        texts = list(column)
        found = np.full((len(texts), self.length), NOTHING, dtype=np.int32)
        for row, text in enumerate(texts):
            grams = ngrams(text)[: self.length]
            found[row, : len(grams)] = [self.number(gram) for gram in grams]
        return found

    def number(self, gram: str) -> int:
        """The number of one n-gram."""
        start = zlib.crc32(self.name.encode())
        return 1 + zlib.crc32(f"\0{gram}".encode(), start) % (self.buckets - 1)


def learn_text(name: str, column: Iterable[object]) -> Text:
    """How long the texts of the train fold are; nothing else is learnt."""
    longest = max((len(ngrams(text)) for text in column), default=0)
    return Text(name=name, buckets=BUCKETS, length=min(max(longest, 1), _LONGEST))


def ngrams(text: object) -> list[str]:
    """Each word or mark, followed by the pair that it makes with the next one.

    Args:
        text: no text, such as None or NaN, has no n-grams.
    """
    if not isinstance(text, str):
        return []
    words = [
        token if token.startswith("<") and len(token) > 1 else token.casefold()
        for token in _TOKEN.findall(unicodedata.normalize("NFKC", text))
    ]
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    return [gram for at, word in enumerate(words) for gram in (word, *pairs[at : at + 1])]
