"""Finds identifiers in texts of one language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer.budget import TextTimeBudget
from airlock.stages.redact.stage.analyzer.context import LazyWords, Tokens, Words, boosted
from airlock.stages.redact.stage.analyzer.ner import NerEngine
from airlock.stages.redact.stage.analyzer.prefilter import Condition, holds, possible
from airlock.stages.redact.stage.analyzer.recognizers import LoadedRecognizer, Way, recognizers
from airlock.stages.redact.stage.finding import Finding, added, distinct
from airlock.stages.redact.stage.names.completing import completed, named_by_form
from airlock.stages.redact.stage.names.folding import squeeze
from airlock.stages.redact.stage.names.matching import PersonName, found_names
from airlock.stages.redact.stage.names.plausible import plausible_people, plausible_places


class LanguageAnalyzer:
    """Finds identifiers as stock Presidio does when it is told the language.

    Args:
        language: two letters.
        column: what to look for, how sure a finding must be, and what is always or never found.
        ner: a language model, if it speaks this language.

    Attributes:
        entities: that can be found at all.
    """

    def __init__(self, language: str, column: ColumnRedaction, ner: NerEngine | None) -> None:
        self._column = column
        self._allowed = frozenset(column.allow)
        self._names = ner.names(language, column.entities) if ner else None
        self._tokens = Tokens(language)
        chosen = recognizers(language, column.entities, regions=column.regions, deny=column.deny)
        self.entities = {one.entity for one in chosen}
        self.entities |= self._names.entities if self._names else set()
        self._ways = [
            (number, recognizer, way, conditions)
            for number, recognizer in enumerate(chosen)
            for way in recognizer.ways
            if (conditions := self._conditions(recognizer, way)) is not None
        ]

    def findings(
        self, texts: Sequence[str], budgets: Sequence[TextTimeBudget]
    ) -> list[list[Finding] | None]:
        """The findings in each text; None where somebody gave up.

        Args:
            texts: that can be encoded.
            budgets: of each text.
        """
        hits = possible(texts, [conditions for *_, conditions in self._ways])
        hopeful = np.atleast_1d(hits.any(axis=0))
        found: list[list[Finding] | None] = []
        for at, words in enumerate(self._words(texts)):
            ways = np.flatnonzero(hits[:, at]).tolist() if hopeful[at] else []
            found.append(self._decided(texts[at], words, ways, budgets[at]))
        self._tokens.bound()
        return found

    def _words(self, texts: Sequence[str]) -> Iterable[Words]:
        if self._names is None:
            return (LazyWords(self._tokens, text) for text in texts)
        return self._names.words(texts)

    def _decided(
        self, text: str, words: Words, ways: Sequence[int], budget: TextTimeBudget
    ) -> list[Finding] | None:
        if not ways and self._names is None:
            return []
        try:
            with budget.spent():
                return self._found(text, words, ways, budget)
        except Exception:  # noqa: BLE001  # whatever went wrong, the text is not proven clean
            return None

    def _found(
        self, text: str, words: Words, ways: Sequence[int], budget: TextTimeBudget
    ) -> list[Finding]:
        found = list(words.named())
        if self._names and "PERSON" in self._column.entities:
            found = _people_made_whole(text, found)
        found += _elsewhere(text, found)
        for _, members in groupby(ways, lambda at: self._ways[at][0]):
            mine: list[Finding] = []
            for at in members:
                mine += self._ways[at][2].found(text, budget)
            recognizer = self._ways[at][1]
            if recognizer.beside:
                known = {(one.entity, one.start) for one in found}
                found = added(found, [one for one in mine if (one.entity, one.start) not in known])
            else:
                found += self._enhanced(text, words, recognizer, distinct(mine))
        sure = (one for one in found if one.score >= self._threshold(one.entity))
        return [one for one in distinct(sure) if text[one.start : one.end] not in self._allowed]

    def _enhanced(
        self, text: str, words: Words, recognizer: LoadedRecognizer, found: Sequence[Finding]
    ) -> Iterable[Finding]:
        if not recognizer.context or all(one.score >= 1 for one in found):
            return found
        # Without a model's lemmas a word stands in the text if it stands near a finding.
        if self._names is None or not self._names.lemmas:
            lowered = text.lower()
            if not any(word in lowered for word in recognizer.context):
                return found
        around = words.surroundings()
        return [around.enhanced(one, recognizer.context) for one in found]

    def _conditions(self, recognizer: LoadedRecognizer, way: Way) -> tuple[Condition, ...] | None:
        """What must hold for a way to matter; None if it never does."""
        threshold = self._threshold(recognizer.entity)
        if way.best >= threshold:
            return (way.condition, *way.also)
        if not recognizer.context or boosted(way.best) < threshold:
            return None
        # A model's lemma of a word may stand nowhere in the text.
        lemmas = self._names is not None and self._names.lemmas
        return (way.condition,) if lemmas else (way.condition, holds(recognizer.context))

    def _threshold(self, entity: str) -> float:
        return self._column.thresholds.get(entity, self._column.threshold)


# What a model is less sure of would take too much along.
_SURE_NAME = 0.6


def _people_made_whole(text: str, found: Sequence[Finding]) -> list[Finding]:
    """What a model found, its people with their whole names, and those whom their form tells."""
    people = plausible_people(text, [one for one in found if one.entity == "PERSON"])
    others = [one for one in found if one.entity != "PERSON"]
    return [*completed(text, [*people]), *plausible_places(text, others), *named_by_form(text)]


def _elsewhere(text: str, found: Sequence[Finding]) -> list[Finding]:
    """The names of people where else they stand in the text, whatever the model says there."""
    names = {
        text[one.start : one.end]: one.score
        for one in found
        if one.entity == "PERSON" and one.score >= _SURE_NAME
    }
    if not names:
        return []
    known = [
        ("PERSON", PersonName([squeeze(word) for word in re.findall(r"[^\W\d_]+", name)]))
        for name in names
    ]
    score = max(names.values())
    return [replace(one, score=score) for one in found_names(text, known)]
