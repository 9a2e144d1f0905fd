"""Finds names with initials, nicknames, typing errors and in other spellings, where they are meant.

A word that says something without a person ("will", "price") is a name only where something around
it says so; so is a word that is merely similar to a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from airlock.stages.redact.stage.analyzer.budget import Undecided
from airlock.stages.redact.stage.finding import Finding
from airlock.stages.redact.stage.names.evidence import NameEvidence, Token
from airlock.stages.redact.stage.names.folding import latin, printed, skeleton, squeeze
from airlock.stages.redact.stage.names.lists import (
    ABBREVIATIONS,
    is_calendar,
    is_common,
    is_given_name,
    nicknames,
)
from airlock.stages.redact.stage.names.typing_errors import (
    ONE_ERROR,
    distance,
    errors_allowed,
    letters_of,
)

_SHORTEST_PART = 3
# Words of a text times words of names: a second of a slow core. A cell of 10,000 characters may
# hold a thousand people, and a linked one any number of words.
MOST_COMPARISONS = 1_000_000
# With marks and hyphens that do not show.
_WORD = re.compile("(?:[^\\W_][\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]*)+")
# What may stand between two parts of one name.
_GAP = re.compile(r"[.,'’_]?[ \t]?[ \t-]?")
# Diminutives, genitives, and the cases of Slavic names and of Finnish.
_ENDINGS = frozenset(
    """
    s es chen lein li erl ito ita inho inha ino ina ette ou ovi em om u y e a i ové ova ovi
    ovou ou owi iem ie a u y om em oi oy yu iu ei ey lle lla lta sta sti n ym ymi
    """.split()
)
_STEMS = re.compile("(?:nen|a|o|i|y|e|us|os|aya|iy)$")
_DOTTED = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.[ ]?){2,4}")

Match: TypeAlias = Literal["", "sure", "common", "similar", "weak"]
"""Of a word with a name: none; surely it; its word, which says something else, too; like it; like a
word of it that says something else, too."""


@dataclass(frozen=True, slots=True)
class _Part:
    word: str
    skeleton: str
    printed: str
    letters: int
    errors: int
    common: bool


class PersonName:
    """The words of one name.

    Args:
        words: squeezed.
        joined: several of them as they may be written in one (OCONNOR).

    Attributes:
        initials: of all its words, in their order.
        others: found only beside a longer word: initials, and short words.
        short: words of two letters.
    """

    __slots__ = ("_exact", "_nicknames", "_parts", "initials", "others", "short")

    def __init__(self, words: Sequence[str], joined: Sequence[str] = ()) -> None:
        self._parts = tuple(
            _Part(
                word,
                skeleton(word),
                printed(word),
                letters_of(skeleton(word)),
                errors_allowed(word),
                is_common(word),
            )
            for word in (*words, *joined)
            if len(word) >= _SHORTEST_PART
        )
        self._exact = {one.skeleton: one.common for one in self._parts}
        self._nicknames = frozenset().union(*(nicknames(one.word) for one in self._parts))
        self.short = frozenset(skeleton(word) for word in words if len(word) == _SHORTEST_PART - 1)
        self.others = frozenset(map(skeleton, words)) | {word[0] for word in words if word}
        self.initials = "".join(word[0] for word in words if word)

    def __len__(self) -> int:
        """How many words a word of a text is compared with."""
        return len(self._parts) + 1

    def match(self, token: Token) -> Match:
        """Whether a word of a text is one of the name, typed well enough."""
        word = skeleton(token.word)
        common = self._exact.get(word)
        if common is not None:
            return "common" if common else "sure"
        if len(word) < _SHORTEST_PART or not token.is_capital:
            return ""
        if token.word in self._nicknames:
            return "common" if is_common(token.word) else "similar"
        if any(_is_printed_so(token, word, one) or _is_inflected(word, one) for one in self._parts):
            return "similar"
        return self._mistyped(word)

    def _mistyped(self, word: str) -> Match:
        letters = letters_of(word)
        for one in self._parts:
            if not one.errors or abs(len(word) - len(one.skeleton)) > one.errors:
                continue
            # Every error changes at most two letters of those that occur; few are in the first one.
            if (letters ^ one.letters).bit_count() > 2 * one.errors or word[0] != one.skeleton[0]:
                continue
            if distance(word, one.skeleton, one.errors) <= one.errors:
                return "" if is_given_name(word) else "weak" if one.common else "similar"
        return ""


def _is_printed_so(token: Token, word: str, part: _Part) -> bool:
    """Digits for letters, letters that run together, and letters that somebody crossed out."""
    if len(word) < ONE_ERROR - 1:
        return False
    if printed(token.word) == part.printed and (word != part.skeleton):
        return any(map(str.isdigit, token.word)) or "m" in part.word or "w" in part.word
    return _is_crossed_out(latin(token.word), part.word)


def _is_crossed_out(word: str, name: str) -> bool:
    if not len(word) == len(name) >= ONE_ERROR or word[0] != name[0]:
        return False
    crossed = [(mine, theirs) for mine, theirs in zip(word, name, strict=True) if mine != theirs]
    return 0 < len(crossed) <= len(word) // 2 and all(mine == "x" for mine, _ in crossed)


def _is_inflected(word: str, part: _Part) -> bool:
    """The name with another ending: Novákovou, Virtaselle, Rossichen."""
    name = part.skeleton
    if part.common or len(name) < _SHORTEST_PART + 1 or word[:_SHORTEST_PART] != name[:3]:
        return False
    if word.startswith(name):
        return word[len(name) :] in _ENDINGS
    stem = _STEMS.sub("", name)
    if name.endswith("nen"):
        return word.startswith(f"{stem}s") and len(word) <= len(stem) + 5
    return len(stem) >= _SHORTEST_PART and word.startswith(stem) and word[len(stem) :] in _ENDINGS


def found_names(text: str, names: Sequence[tuple[str, PersonName]]) -> Iterator[Finding]:
    """Names in a text, each with the initials and short words beside it.

    Args:
        names: with the word that takes each one's place.

    Raises:
        Undecided: so many words and names would take seconds.
    """
    ascii_text = text.isascii()
    tokens = [
        Token(one.start(), one.end(), one[0].lower() if ascii_text else squeeze(one[0]), one[0])
        for one in _WORD.finditer(text)
    ]
    if len(tokens) * sum(len(name) for _, name in names) > MOST_COMPARISONS:
        raise Undecided
    around = NameEvidence(text, tokens)
    for entity, name in names:
        matches = [name.match(one) for one in tokens]
        taken = -1
        for at in range(len(tokens)):
            if at <= taken or not _is_meant(text, tokens, around, name, matches, at):
                continue
            first = _reach(text, tokens, at, -1, name, matches)
            taken = _reach(text, tokens, at, 1, name, matches)
            end = tokens[taken].end
            # An initial has a full stop of its own.
            if len(tokens[taken].word) == 1 and text[end : end + 1] == ".":
                end += 1
            yield Finding(start=tokens[first].start, end=end, entity=entity)
        yield from _initials(text, entity, name)


def _is_meant(
    text: str,
    tokens: Sequence[Token],
    around: NameEvidence,
    name: PersonName,
    matches: Sequence[Match],
    at: int,
) -> bool:
    """Whether a word stands for the person."""
    match, token = matches[at], tokens[at]
    if match == "sure":
        return True
    if match == "":
        return _is_short_name(text, tokens, around, name, at)
    if around.is_titled(at) or _has_neighbour(text, tokens, around, name, matches, at):
        return True
    if match == "weak":
        return False
    if match == "similar":
        return not is_common(token.word)
    if is_calendar(token.word):
        return around.acts(at)
    return around.names(at)


def _is_short_name(
    text: str, tokens: Sequence[Token], around: NameEvidence, name: PersonName, at: int
) -> bool:
    """Whether a word of two letters is the person's: "Mr Li", "spoke to Bo", "Wu, Xu"."""
    token = tokens[at]
    if skeleton(token.word) not in name.short or not token.is_capital:
        return False
    if text[token.end : token.end + 1] == "-":
        return False
    if around.is_titled(at) or around.is_addressed(at):
        return True
    return any(
        0 <= other < len(tokens)
        and skeleton(tokens[other].word) in name.others
        and len(tokens[other].word) > 1
        and tokens[other].is_capital
        and _touch(text, tokens, at, other)
        for other in (at - 1, at + 1)
    )


def _has_neighbour(
    text: str,
    tokens: Sequence[Token],
    around: NameEvidence,
    name: PersonName,
    matches: Sequence[Match],
    at: int,
) -> bool:
    """Whether another part of the name stands beside it."""
    for other in (at - 1, at + 1):
        if not (0 <= other < len(tokens) and _touch(text, tokens, at, other)):
            continue
        near = tokens[other]
        if matches[other] == "sure":
            return True
        initial = len(near.word) == 1 and near.word in name.others and near.typed.isupper()
        if not (matches[other] or initial or skeleton(near.word) in name.short):
            continue
        # Two words that both say something are a name only where they are written as one.
        if tokens[at].is_capital and near.is_capital:
            return True
        left, right = sorted((tokens[at], near), key=lambda one: one.start)
        if around.whispers and text[left.end : right.start] == " " and not initial:
            return name.initials.startswith(left.word[0] + right.word[0])
    return False


def _touch(text: str, tokens: Sequence[Token], at: int, other: int) -> bool:
    left, right = sorted((tokens[at], tokens[other]), key=lambda one: one.start)
    return _GAP.fullmatch(text, left.end, right.start) is not None


def _reach(
    text: str,
    tokens: Sequence[Token],
    at: int,
    step: int,
    name: PersonName,
    matches: Sequence[Match],
) -> int:
    """The last token on one side that still belongs to the name."""
    while 0 <= at + step < len(tokens):
        if not _touch(text, tokens, at, at + step):
            break
        if skeleton(tokens[at + step].word) not in name.others and not matches[at + step]:
            break
        at += step
    return at


def _initials(text: str, entity: str, name: PersonName) -> Iterator[Finding]:
    """The initials of the whole name, each with its full stop: M.R."""
    if len(name.initials) < 2 or "." not in text:
        return
    for one in _DOTTED.finditer(text):
        letters = squeeze(one[0])
        wanted = {name.initials, name.initials[::-1]}
        if letters in wanted and letters not in ABBREVIATIONS and one[0][0].isupper():
            yield Finding(start=one.start(), end=len(one[0].rstrip()) + one.start(), entity=entity)
