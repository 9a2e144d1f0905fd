"""Finds names with initials and typing errors: "J. Smith", "Smith, J." and "Jon Smiht"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from airlock.stages.redact.stage.finding import Finding

_SHORTEST_PART = 3
_WORD = re.compile("(?:[^\\W\\d_][\u0300-\u036f]*)+")
# What may stand between two parts of one name.
_GAP = re.compile(r"[.,'’]?[ \t]?[ \t-]?")
# Damerau (1964): four in five typing errors are one wrong, missing, added or swapped letter. A
# shorter word with one is too often another word.
_ONE_ERROR, _TWO_ERRORS = 5, 9
_REMEMBERED = 1 << 17


class PersonName:
    """The words of one name.

    Args:
        words: squeezed.

    Attributes:
        words: long enough to be found alone.
        others: found only beside one of those: initials, and short words.
    """

    __slots__ = ("others", "words")

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(
            (word, _letters(word), _errors(word)) for word in words if len(word) >= _SHORTEST_PART
        )
        self.others = frozenset(words) | {word[0] for word in words if word}

    def knows(self, word: str) -> bool:
        """Whether a word of a text is one of the name, typed well enough."""
        letters = _letters(word)
        length = len(word)
        for mine, its_letters, errors in self.words:
            if word == mine:
                return True
            # Every error changes at most two letters of those that occur.
            if errors and abs(length - len(mine)) <= errors:
                different = (letters ^ its_letters).bit_count()
                if different <= 2 * errors and distance(word, mine, errors) <= errors:
                    return True
        return False


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    word: str


def found_names(
    text: str, names: Sequence[tuple[str, PersonName]], squeeze: Callable[[str], str]
) -> Iterator[Finding]:
    """Names in a text, each with the initials and short words beside it.

    Args:
        names: with the word that takes each one's place.
        squeeze: makes words of the text comparable with those of a name.
    """
    tokens = [
        _Token(one.start(), one.end(), one[0].lower() if text.isascii() else squeeze(one[0]))
        for one in _WORD.finditer(text)
    ]
    for entity, name in names:
        taken = -1
        for at, token in enumerate(tokens):
            if at <= taken or len(token.word) < _SHORTEST_PART or not name.knows(token.word):
                continue
            first = _reach(text, tokens, at, -1, name)
            taken = _reach(text, tokens, at, 1, name)
            end = tokens[taken].end
            # An initial has a full stop of its own.
            if len(tokens[taken].word) == 1 and text[end : end + 1] == ".":
                end += 1
            yield Finding(start=tokens[first].start, end=end, entity=entity)


def _reach(text: str, tokens: Sequence[_Token], at: int, step: int, name: PersonName) -> int:
    """The last token on one side that still belongs to the name."""
    while 0 <= at + step < len(tokens):
        left, right = sorted((tokens[at], tokens[at + step]), key=lambda one: one.start)
        word = tokens[at + step].word
        if not _GAP.fullmatch(text, left.end, right.start):
            break
        if word not in name.others and not name.knows(word):
            break
        at += step
    return at


def _errors(word: str) -> int:
    return 2 if len(word) >= _TWO_ERRORS else int(len(word) >= _ONE_ERROR)


@lru_cache(maxsize=_REMEMBERED)
def _letters(word: str) -> int:
    """The letters that occur, one bit for each; some share one."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits


@lru_cache(maxsize=_REMEMBERED)
def distance(one: str, other: str, most: int) -> int:
    """Wrong, missing, added and swapped letters between two words (optimal string alignment).

    Args:
        most: a larger distance may be told as any number above it.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        last, before, row = before, row, [i]
        for j, theirs in enumerate(other, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                best = min(best, last[j - 2] + 1)
            row.append(best)
        if min(row) > most and (not before or min(before) > most):
            return most + 1
    return row[-1]
