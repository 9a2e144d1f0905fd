"""A text as it may have been meant, and where in the cell each of its characters came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from airlock.stages.redact.stage.finding import Finding


class TextReading:
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

    def rewritten(self, part: re.Pattern[str], word: Callable[[re.Match[str]], str]) -> TextReading:
        """With every match of an expression replaced; the replacement came from all of it.

        Args:
            part: never matches nothing.
            word: what takes a match's place; a match that is its own word stays as it is.
        """
        characters: list[str] = []
        origins: list[int] = []
        ends: list[int] = []
        at = 0
        for match in part.finditer(self.text):
            meant = word(match)
            if meant == match[0]:
                continue
            start, end = match.span()
            characters.append(self.text[at:start])
            origins += self._starts(at, start)
            ends += self._stops(at, start)
            characters.append(meant)
            origins += [self._starts(start, start + 1)[0]] * len(meant)
            ends += [self._stops(end - 1, end)[0]] * len(meant)
            at = end
        if not at:
            return self
        characters.append(self.text[at:])
        origins += self._starts(at, len(self.text))
        ends += self._stops(at, len(self.text))
        return TextReading("".join(characters), origins, ends)

    def _starts(self, start: int, end: int) -> Sequence[int]:
        return range(start, end) if self._origins is None else self._origins[start:end]

    def _stops(self, start: int, end: int) -> Sequence[int]:
        return range(start + 1, end + 1) if self._origins is None else self._ends[start:end]
