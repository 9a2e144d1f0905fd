"""Raises a finding's score by context words, as Presidio's LemmaContextAwareEnhancer does."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

import spacy
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts
from spacy.attrs import IDX, LENGTH, LOWER
from spacy.language import Language
from spacy.vocab import Vocab

from airlock.stages.redact.stage.analyzer.budget import Undecided
from airlock.stages.redact.stage.finding import Finding

_STOCK = LemmaContextAwareEnhancer()
# Presidio leaves them out of a text's keywords, beside stop words and punctuation.
_NO_KEYWORDS = ("-PRON-", "be")
# spaCy takes one character after another off both ends of a long word, and looks at it anew.
_MOST_AFFIXES = 3_000_000
_MOST_WORDS = 200_000  # some 100 MB


def boosted(score: float) -> float:
    """The score of a finding with a context word before it."""
    more = score + _STOCK.context_similarity_factor
    return float(min(max(more, _STOCK.min_score_with_context_similarity), 1.0))


class Surroundings:
    """The words of one text.

    Args:
        ends: where each word ends.
        lemmas: of each word.
        keywords: lemmas that count, in lower case.
    """

    def __init__(self, ends: Sequence[int], lemmas: Sequence[str], keywords: set[str]) -> None:
        self._ends = ends
        self._lemmas = lemmas
        self._keywords = keywords

    def enhanced(self, finding: Finding, context: Sequence[str]) -> Finding:
        """The finding, surer if one of the context words stands near it.

        Args:
            context: in lower case.
        """
        if not self._ends:
            return finding
        around = self._around(finding.start)
        if any(word in keyword for word in context for keyword in around):
            return replace(finding, score=boosted(finding.score))
        return finding

    def _around(self, start: int) -> list[str]:
        """Keywords up to the finding's first word and from it on, as many as Presidio takes.

        Presidio counts one more than it says on either side: the first word itself, which may be
        joined to what stands before it; if it is no keyword, the next one takes its place.
        """
        at = bisect_right(self._ends, start)
        if at == len(self._ends):
            raise Undecided  # Presidio raises here, too
        before = self._keywords_at(range(at, -1, -1), _STOCK.context_prefix_count + 1)
        after = self._keywords_at(range(at, len(self._ends)), _STOCK.context_suffix_count + 1)
        return [*before, *after]

    def _keywords_at(self, places: Iterable[int], count: int) -> Iterable[str]:
        words = (self._lemmas[at].lower() for at in places)
        return islice((word for word in words if word in self._keywords), count)


def of_artifacts(artifacts: NlpArtifacts) -> Surroundings:
    """The words as a language model sees them."""
    places = zip(artifacts.tokens_indices, artifacts.tokens, strict=True)
    ends = [start + len(token) for start, token in places]
    return Surroundings(ends, artifacts.lemmas, set(artifacts.keywords))


class Tokens:
    """Splits texts of one language into words; in the place of a lemma stands the word itself."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._nlp: Language | None = None
        self._words: dict[int, tuple[str, tuple[str, ...]]] = {}

    def bound(self) -> None:
        """Forget all words if they are many.

        spaCy remembers every word that it meets. Its own memory zones forget, but in them it does
        not remember how a word is split either, and takes many times as long.
        """
        if self._nlp and len(self._nlp.vocab.strings) > _MOST_WORDS:
            self._nlp = None
            self._words.clear()

    def of(self, text: str) -> Surroundings:
        """The words of a text.

        Raises:
            Undecided: it would take too long.
        """
        refuse_endless(text)
        # Numbers instead of tokens: most words have been met before.
        nlp = self._nlp = self._nlp or _blank(self._language)
        places = nlp.make_doc(text).to_array([IDX, LENGTH, LOWER]).tolist()
        words = [self._words.get(lower) or self._word(lower, nlp.vocab) for *_, lower in places]
        return Surroundings(
            [start + length for start, length, _ in places],
            [word for word, _ in words],
            {piece for _, pieces in words for piece in pieces},
        )

    def _word(self, lower: int, vocab: Vocab) -> tuple[str, tuple[str, ...]]:
        """A word in lower case, and what of it is a keyword."""
        word = vocab.strings[lower]
        lexeme = vocab[word]
        counts = not (lexeme.is_stop or lexeme.is_punct or word in _NO_KEYWORDS)
        pieces = tuple(word.lower().split(":")) if counts else ()
        self._words[lower] = word, pieces
        return word, pieces


def _blank(language: str) -> Language:
    """A pipeline that splits words; one for any language if spaCy has none of this one's own."""
    try:
        return spacy.blank(language)
    except ImportError:
        return spacy.blank("xx")


class Words(Protocol):
    """What is known of one text's words."""

    def named(self) -> Iterable[Finding]:
        """What a language model found."""

    def surroundings(self) -> Surroundings:
        """The words, to look for context.

        Raises:
            Undecided: they cannot be told.
        """


class LazyWords:
    """Words that are told apart when somebody asks.

    Args:
        tokens: of the text's language.
    """

    def __init__(self, tokens: Tokens, text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._around: Surroundings | None = None

    def named(self) -> Iterable[Finding]:
        """Nothing: there is no model."""
        return ()

    def surroundings(self) -> Surroundings:
        """The words, told apart once."""
        if self._around is None:
            self._around = self._tokens.of(self._text)
        return self._around


def refuse_endless(text: str) -> None:
    """Refuse a text whose words spaCy would need seconds to tell apart.

    Raises:
        Undecided: it is one, such as "!!!!…".
    """
    if len(text) ** 2 < _MOST_AFFIXES:
        return
    if sum(len(run) * _affixes(run) for run in text.split()) > _MOST_AFFIXES:
        raise Undecided


def _affixes(run: str) -> int:
    return sum(not character.isalnum() for character in run)
