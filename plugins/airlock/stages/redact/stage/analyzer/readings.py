"""Decodes texts (escapes, look-alike letters, …) in which an identifier may be hidden."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from airlock.stages.redact.stage.finding import Finding, Unfolding

# Full-width digits and zero-width blanks hide an identifier from every pattern.
_PLAIN = Unfolding(
    lambda c: "" if unicodedata.category(c) == "Cf" else unicodedata.normalize("NFKC", c)
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"\\/bfnrt]))")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


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


def readings(cell: str) -> Iterator[Reading]:
    """The cell as it is; without width and what does not show; and without JSON's escapes.

    What would say the same again does not come.
    """
    yield Reading(cell)
    if not cell.isascii() and (plain := cell.translate(_PLAIN)) != cell:
        origins = _PLAIN.origins(cell)
        yield Reading(plain, origins, [at + 1 for at in origins])
    if "\\" in cell and _ESCAPE.search(cell):
        yield _unescaped(cell)


def _unescaped(cell: str) -> Reading:
    characters: list[str] = []
    origins: list[int] = []
    ends: list[int] = []
    at = 0
    while at < len(cell):
        escape = _ESCAPE.match(cell, at) if cell[at] == "\\" else None
        end = escape.end() if escape else at + 1
        # Half of a pair that JSON needs beyond U+FFFF is a letter of no identifier.
        for character in (_meant(escape) if escape else cell[at]).translate(_PLAIN):
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
