"""How many letters of a name may be typed wrong, and how many are."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

# Damerau (1964): four in five typing errors are one wrong, missing, added or swapped letter. A
# shorter word with one is too often another word.
ONE_ERROR, _TWO_ERRORS = 5, 9
_REMEMBERED = 1 << 17


def errors_allowed(word: str) -> int:
    """How many letters may be wrong in a word of its length."""
    return 2 if len(word) >= _TWO_ERRORS else int(len(word) >= ONE_ERROR)


@lru_cache(maxsize=_REMEMBERED)
def letters_of(word: str) -> int:
    """The letters that occur, one bit for each; some share one."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits


def distance(one: str, other: str, most: int) -> int:
    """Wrong, missing, added and swapped letters between two words (optimal string alignment).

    Args:
        most: a larger distance is told as one above it.
    """
    return OSA.distance(one, other, score_cutoff=most)
