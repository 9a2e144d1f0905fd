"""What around a word says that it names somebody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from airlock.stages.redact.stage.names.lists import is_given_name

_TITLES = frozenset(
    """
    mr mrs ms miss mx dr prof sir madam lady lord herr herrn frau frl hr fr doktor professor
    monsieur madame mademoiselle mme mlle senor senora senorita sr sra srta signor signora
    signorina pan pani panem mevrouw meneer
    """.split()
)
# Words behind which, and before which, people stand.
_BEFORE = frozenset(
    """
    with to by from and called call met told asked rang phoned emailed thanked dear hi hello
    hey named mit von an und hallo liebe lieber avec a de con da dal dalla s so
    """.split()
)
_DOES = frozenset(
    """
    asked asks called calls said says told tells wrote writes phoned phones rang rings wants
    wanted needs complained complains replied replies reported reports requested requests
    confirmed mentioned emailed thanked paid signed moved left came lives lived works worked
    thinks thought spoke speaks felt agreed refused insists insisted hopes hoped claims
    claimed bought ordered returned apologised fragt fragte rief ruft sagt sagte schrieb
    schreibt bat bittet will wollte meldet meldete
    """.split()
)
_SENTENCE_ENDS = re.compile(r"(?:^|[.!?:;\n\r•–—>|(\[\"'“„«-])\s*$")
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text.

    Args:
        word: squeezed.
        typed: as it stands there.
    """

    start: int
    end: int
    word: str
    typed: str

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.typed[:1].isupper() or not self.typed[:1].islower()


class NameEvidence:
    """The words of one text, and what surrounds them."""

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text = text
        self._tokens = tokens
        cased = [
            one.typed
            for one in tokens
            if len(one.typed) > 1 and one.typed.upper() != one.typed.lower()
        ]
        self._shouts = bool(cased) and all(one.isupper() for one in cased)
        self._whispers = not any(one[:1].isupper() for one in cased)

    @property
    def whispers(self) -> bool:
        """Whether the text has no capitals at all."""
        return self._whispers

    def is_titled(self, at: int) -> bool:
        """Whether "Mr" and the like stand before a word."""
        return self._before(at) in _TITLES

    def is_addressed(self, at: int) -> bool:
        """Whether something stands before it that people stand behind."""
        return self._tokens[at].is_capital and self._before(at) in _BEFORE

    def names(self, at: int) -> bool:
        """Whether a word that is no name in itself is one here."""
        token = self._tokens[at]
        if self._whispers:
            return is_given_name(token.word) and self._before(at) in _BEFORE
        if self._shouts or not token.is_capital:
            return False
        return not self.begins_sentence(at) or self._after(at) in _DOES

    def begins_sentence(self, at: int) -> bool:
        """Whether a capital says nothing, because a sentence begins here."""
        start = self._tokens[at].start
        return _SENTENCE_ENDS.search(self._text, max(0, start - 12), start) is not None

    def acts(self, at: int) -> bool:
        """Whether a word follows for what people do."""
        return self._tokens[at].is_capital and self._after(at) in _DOES

    def _before(self, at: int) -> str:
        start = self._tokens[at].start
        return (
            self._tokens[at - 1].word if at and self._near(self._tokens[at - 1].end, start) else ""
        )

    def _after(self, at: int) -> str:
        if at + 1 == len(self._tokens):
            return ""
        following = self._tokens[at + 1]
        return following.word if self._near(self._tokens[at].end, following.start) else ""

    def _near(self, start: int, end: int) -> bool:
        return end - start <= 2 and "\n" not in self._text[start:end]
