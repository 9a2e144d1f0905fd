"""Decodes texts (escapes, look-alike letters, …) in which an identifier may be hidden."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from airlock.stages.redact.stage.finding import Finding, Unfolding

# Full-width digits and zero-width blanks hide an identifier from every pattern.
_PLAIN = Unfolding(
    lambda c: "" if unicodedata.category(c) == "Cf" else unicodedata.normalize("NFKC", c)
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"\\/bfnrt]))")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

# What word processors, mail clients and HTML make of identifiers. A soft hyphen is a dash here.
_SOFT = "\u00ad"
_SHOWN = Unfolding(lambda c: c if c == _SOFT else _PLAIN[ord(c)])
_STILL_SOFT = re.compile(_SOFT)
_ANY = re.compile(r"[^\x00-\x7f]")
_DASH = re.compile(r"(?<=[^\W_])[\u00ad\u2010-\u2015\u2212](?=[^\W_])")
_ENCODED = re.compile(
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});|%[2-7][0-9a-fA-F]|<br ?/?>"
)
# A line may end behind a dash, and the next one begin as mail quotes it.
_WRAPPED_DASH = re.compile(r"(?<=[0-9]-)\s*[\r\n][\s>]*(?=[0-9])")
_BLANKS = r"(?:\s*[\r\n\v\f\x85\u2028\u2029][\s>]*|\s{2,}|[^\S ])"
_WRAPPED = re.compile(rf"(?<=[0-9)]){_BLANKS}(?=[0-9(A-Z])|(?<=[A-Z]){_BLANKS}(?=[0-9])")
_POINT = re.compile(r"(?<=\b[0-9]{4})\.(?=[0-9]{4}\b)")
_PERHAPS = re.compile(rf"{_ENCODED.pattern}|{_BLANKS}|{_POINT.pattern}")


class Reading:
    """A text as it may have been meant.

    Args:
        text: what is read.
        origins: for each of its characters the place in the cell of the one that it came from; None
            if nothing was changed.
        ends: for each of its characters the place in the cell where that one ends.
    """

    def __init__(
        self, text: str, origins: Sequence[int] | None = None, ends: Sequence[int] = ()
    ) -> None:
        self.text = text
        self._origins = origins
        self._ends = ends

    def in_the_cell(self, finding: Finding) -> Finding:
        """The same finding, in the cell's own places."""
        if self._origins is None:
            return finding
        return Finding(
            start=self._origins[finding.start],
            end=self._ends[finding.end - 1],
            entity=finding.entity,
            score=finding.score,
        )

    def rewritten(self, part: re.Pattern[str], word: Callable[[re.Match[str]], str]) -> Reading:
        """With every match of an expression replaced; the replacement came from all of it."""
        characters: list[str] = []
        origins: list[int] = []
        ends: list[int] = []
        at = 0
        for match in (*part.finditer(self.text), None):
            start, end = match.span() if match else (len(self.text), len(self.text))
            characters += self.text[at:start]
            origins += (self._start(one) for one in range(at, start))
            ends += (self._end(one) for one in range(at, start))
            for character in word(match) if match else "":
                characters.append(character)
                origins.append(self._start(start))
                ends.append(self._end(end - 1))
            at = end
        return Reading("".join(characters), origins, ends)

    def _start(self, at: int) -> int:
        return at if self._origins is None else self._origins[at]

    def _end(self, at: int) -> int:
        return at + 1 if self._origins is None else self._ends[at]


def readings(cell: str) -> Iterator[Reading]:
    """The cell as it is; without width and what does not show; without JSON's escapes; as typeset.

    What would say the same again does not come.
    """
    yield Reading(cell)
    said = {cell}
    if not cell.isascii() and (plain := cell.translate(_PLAIN)) != cell:
        origins = _PLAIN.origins(cell)
        yield Reading(plain, origins, [at + 1 for at in origins])
        said.add(plain)
    meant = Reading(cell)
    if "\\" in cell and _ESCAPE.search(cell):
        yield _unescaped(cell)
        # With its soft hyphens, which are dashes below.
        meant = _unescaped(cell, _SHOWN)
        said.add(meant.text.replace(_SOFT, ""))
    if not meant.text.isascii() or _PERHAPS.search(meant.text):
        typeset = _typeset(meant)
        if typeset.text not in said:
            yield typeset


def _typeset(meant: Reading) -> Reading:
    """With the signs of a keyboard, and a number on one line.

    Dashes are "-", a line break or several blanks inside of a number one blank, points between
    groups of four digits dashes, and what HTML or an address encodes is decoded.
    """
    if _ENCODED.search(meant.text):
        meant = meant.rewritten(_ENCODED, _decoded)
    if not meant.text.isascii():
        meant = meant.rewritten(_ANY, lambda one: one[0].translate(_SHOWN))
    for part, sign in ((_DASH, "-"), (_STILL_SOFT, ""), (_WRAPPED_DASH, ""), (_WRAPPED, " ")):
        if part.search(meant.text):
            meant = meant.rewritten(part, _always(sign))
    return meant.rewritten(_POINT, _always("-")) if _POINT.search(meant.text) else meant


def _always(sign: str) -> Callable[[re.Match[str]], str]:
    return lambda _: sign


def _decoded(encoded: re.Match[str]) -> str:
    if encoded[0].startswith("%"):
        return chr(int(encoded[0][1:], 16))
    character = "\n" if encoded[0].startswith("<") else html.unescape(encoded[0])
    # Half of a pair is a letter of no identifier, and no library agrees on it.
    return "".join("\ufffd" if 0xD800 <= ord(one) < 0xE000 else one for one in character)


def _unescaped(cell: str, shown: Unfolding = _PLAIN) -> Reading:
    characters: list[str] = []
    origins: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(cell):
        escape = _ESCAPE.match(cell, at) if cell[at] == "\\" else None
        end = escape.end() if escape else at + 1
        # Half of a pair that JSON needs beyond U+FFFF is a letter of no identifier.
        for character in (_meant(escape) if escape else cell[at]).translate(shown):
            characters.append(character)
            origins.append(at)
            ends.append(end)
        at = end
    return Reading("".join(characters), origins, ends)


def _meant(escape: re.Match[str]) -> str:
    if escape[1]:
        code = int(escape[1], 16)
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
    return _SHORT.get(escape[2], escape[2])
