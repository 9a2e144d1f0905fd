"""Asks RE2 which expressions could match which texts, for all texts at once.

A necessary condition is derived from an expression, never written beside it: what looks around is
left out, a class means at least as much, and a long repetition has no end. So it holds wherever the
expression matches, and RE2 answers in time that is linear in the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

BoolMatrix = npt.NDArray[np.bool_]

# RE2 writes out {1,253} two hundred and fifty-three times.
_LONGEST_REPETITION = 20
_LOOKS_AROUND = ("(?=", "(?!", "(?<=", "(?<!")
# Presidio's \s knows more blanks than RE2's.
_ASCII = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\x09-\x0d\x1c-\x20"}
_ANY = {kind: members + r"\x{80}-\x{10ffff}" for kind, members in _ASCII.items()}
# The only characters beyond ASCII that match an ASCII letter when case does not count.
_LIKE_ASCII = {0x130: "i", 0x131: "i", 0x17F: "s", 0x212A: "k"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """RE2 expressions without which nothing can match; None: anything can.

    Args:
        ascii: for texts of ASCII characters.
        other: for all others.
    """

    ascii: str | None
    other: str | None


@cache
def necessary(expression: str, *, ignore_case: bool = True) -> Condition:
    """The condition of an expression with the flags DOTALL and MULTILINE."""
    if not expression.isascii():
        return Condition(ascii=None, other=None)
    flags = "(?ims)" if ignore_case else "(?ms)"
    try:
        return Condition(
            ascii=_accepted(flags + _Rewriting(expression, _ASCII, borders=True).done()),
            other=_accepted(flags + _Rewriting(expression, _ANY, borders=False).done()),
        )
    except _Unknown:
        return Condition(ascii=None, other=None)


def holds(words: Sequence[str]) -> Condition:
    """One of these words stands in the text, in any case."""
    if not all(map(str.isascii, words)):
        return Condition(ascii=None, other=None)
    escaped = "|".join("".join(f"\\x{ord(c):02x}" for c in word) for word in sorted(words))
    return Condition(ascii=f"(?i){escaped}", other=f"(?i){escaped}")


def possible(texts: Sequence[str], conditions: Sequence[tuple[Condition, ...]]) -> BoolMatrix:
    """Which texts meet which conditions.

    Args:
        texts: that can be encoded.
        conditions: several that must all be met count as one row.

    Returns:
        Of shape (conditions, texts).
    """
    ascii_at = np.fromiter(map(str.isascii, texts), np.bool_, len(texts))
    met = np.ones((len(conditions), len(texts)), np.bool_)
    for kind, chosen in (("ascii", ascii_at), ("other", ~ascii_at)):
        if not chosen.any():
            continue
        some = [text for text, wanted in zip(texts, chosen, strict=True) if wanted]
        if kind == "other":
            some = [text.translate(_LIKE_ASCII) for text in some]
        met[:, chosen] = _met(pa.array(some, pa.string()), kind, conditions)
    return met


def _met(texts: pa.Array, kind: str, conditions: Sequence[tuple[Condition, ...]]) -> BoolMatrix:
    answers: dict[str | None, npt.NDArray[np.bool_]] = {None: np.ones(len(texts), np.bool_)}
    rows = []
    for together in conditions:
        row = answers[None]
        for condition in together:
            wanted: str | None = getattr(condition, kind)
            if wanted not in answers:
                matches = pc.match_substring_regex(texts, wanted)
                answers[wanted] = matches.to_numpy(zero_copy_only=False)
            row = row & answers[wanted]
        rows.append(row)
    return np.array(rows, np.bool_).reshape(len(conditions), len(texts))


def _accepted(condition: str) -> str | None:
    try:
        pc.match_substring_regex(pa.array([""]), condition)
    except pa.ArrowInvalid:
        return None
    return condition


class _Unknown(Exception):
    """Nobody taught us this."""


class _Rewriting:
    r"""Reads an expression from left to right and writes its condition.

    Args:
        classes: the members of \d, \w and \s.
        borders: whether \b means the same to RE2.
    """

    def __init__(self, expression: str, classes: dict[str, str], *, borders: bool) -> None:
        self._from = expression.replace("(?i)", "")
        self._classes = classes
        self._borders = borders
        self._at = 0

    def done(self) -> str:
        parts = []
        while self._at < len(self._from):
            parts.append(self._next())
        return "".join(parts)

    def _next(self) -> str:
        rest = self._from[self._at :]
        if rest.startswith(_LOOKS_AROUND):
            self._skip_group()
            return ""
        if rest[0] == "\\":
            return self._escape()
        if rest[0] == "[":
            return self._class()
        if rest[0] == "{":
            return self._repetition()
        self._at += 1
        return rest[0]

    def _escape(self) -> str:
        letter = self._from[self._at + 1]
        self._at += 2
        if letter in self._classes:
            return f"[{self._classes[letter]}]"
        if letter.isdigit():  # what an earlier group matched: perhaps anything
            return ".*"
        if letter == "b":
            return r"\b" if self._borders else ""
        if letter.isalpha() and letter not in "DWSnrt":
            raise _Unknown
        return f"\\{letter}"

    def _class(self) -> str:
        negated = self._from.startswith("[^", self._at)
        start = self._at = self._at + (2 if negated else 1)
        parts = []
        # A bracket that comes first is a member.
        while self._from[self._at] != "]" or self._at == start:
            parts.append(self._member(negated))
        self._at += 1
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def _member(self, negated: bool) -> str:
        character = self._from[self._at]
        if character != "\\":
            self._at += 1
            # V1 sets and POSIX classes are for others to write.
            if character == "[":
                raise _Unknown
            return character
        letter = self._from[self._at + 1]
        self._at += 2
        # Less in a negated class leaves more outside of it; RE2's own classes are the smaller ones.
        if letter in self._classes and not negated:
            return self._classes[letter]
        if letter.isalnum() and letter not in "dwsnrt":
            raise _Unknown
        return f"\\{letter}"

    def _repetition(self) -> str:
        end = self._from.index("}", self._at)
        bounds = self._from[self._at + 1 : end]
        self._at = end + 1
        least, _, most = bounds.partition(",")
        if most.isdigit() and int(most) > _LONGEST_REPETITION:
            return f"{{{least or 0},}}"
        return f"{{{bounds}}}"

    def _skip_group(self) -> None:
        """Go behind the bracket that closes the group which begins here."""
        depth = 0
        in_class = False
        while True:
            character = self._from[self._at]
            if character == "\\":
                self._at += 1
            elif in_class:
                in_class = character != "]"
            elif character == "[":
                in_class = True
            elif character in "()":
                depth += 1 if character == "(" else -1
            self._at += 1
            if depth == 0:
                return
