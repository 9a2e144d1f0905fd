"""Presidio as it comes, offline: what the fast path is held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, PatternRecognizer
from presidio_analyzer.nlp_engine import NlpEngine, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import PhoneRecognizer
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider
from spacy.language import Language
from spacy.tokens import Doc

from airlock.stages.redact.spec import ColumnRedaction
from airlock.stages.redact.stage.analyzer.budget import TextTimeBudget
from airlock.stages.redact.stage.analyzer.forms import FORMS, Search
from airlock.stages.redact.stage.analyzer.phones import is_reference
from airlock.stages.redact.stage.finding import Finding


@Language.component("words_for_lemmas")
def words_for_lemmas(doc: Doc) -> Doc:
    """A blank pipeline has no lemmas, and without them no context word counts."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


def blank_engine(languages: Sequence[str]) -> NlpEngine:
    """An engine that splits words and knows nothing else."""
    engine = SpacyNlpEngine()
    engine.nlp = {}
    for language in languages:
        engine.nlp[language] = spacy.blank(language)
        engine.nlp[language].add_pipe("words_for_lemmas")
    return engine


def stock(column: ColumnRedaction, engine: NlpEngine | None = None) -> AnalyzerEngine:
    """An AnalyzerEngine with every recognizer that it loads by itself, told what the column says.

    Args:
        engine: with a language model; a blank one if there is none.
    """
    registry = RecognizerRegistryProvider(
        registry_configuration={"supported_languages": list(column.languages)}
    ).create_recognizer_registry()
    if engine:
        registry.add_nlp_recognizer(engine)
    for one in registry.recognizers:
        one.score_thresholds = dict(column.thresholds)
        if isinstance(one, PhoneRecognizer):
            one.supported_regions = column.regions
    for language in column.languages:
        for entity, words in column.deny.items():
            registry.add_recognizer(
                PatternRecognizer(
                    entity,
                    supported_language=language,
                    deny_list=list(words),
                    name=f"{entity} deny",
                )
            )
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=engine or blank_engine(column.languages),
        supported_languages=list(column.languages),
        default_score_threshold=column.threshold,
    )


@contextmanager
def offline() -> Iterator[None]:
    """Let Presidio read the public suffix list that is installed."""
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    with patch("tldextract.extract", extract):
        yield


def found_by(engine: AnalyzerEngine, text: str, column: ColumnRedaction, **more: Any) -> Told:
    """What stock Presidio finds in a text of the column's first language."""
    results = engine.analyze(
        text,
        column.languages[0],
        entities=[*column.entities, *column.deny],
        allow_list=list(column.allow) or None,
        **more,
    )
    return [(one.entity_type, one.start, one.end, one.score) for one in results]


Told = list[tuple[str, int, int, float]]
"""Entity, start, end and score, in Presidio's order."""


def told(findings: Sequence[Finding] | None) -> Told | None:
    """Our findings as Presidio would tell them."""
    if findings is None:
        return None
    return [(one.entity, one.start, one.end, one.score) for one in findings]


# Of these we know more, by check digits: stage/cards.py and stage/ibans.py.
_MORE = ("CREDIT_CARD", "IBAN_CODE")


def but_for_our_own(text: str, findings: Told, stock: Told) -> Told:
    """Without what only we find in a plain text: private hosts, cards, IBANs, our own forms.

    Presidio is certain of an e-mail address, or does not tell it. It takes a word of four letters
    behind an IBAN for a part of it, and then finds none.
    """
    own = {
        (one.entity, one.start, one.end)
        for entity, forms in FORMS.items()
        for form in forms
        for one in Search(entity, form)(text, _Endless())
    }
    return [
        one
        for one in findings
        if one in stock
        or (
            (one[0] not in _MORE and (one[0] != "EMAIL_ADDRESS" or one[3] == 1))
            and one[:3] not in own
        )
    ]


def but_for_longer_cards(stock: Told, findings: Told) -> Told:
    """Presidio's without cards and IBANs that are a part of one that only we know."""
    longer = [one for one in findings if one[0] in _MORE and one not in stock]
    return [
        one
        for one in stock
        if not any(one[0] == mine[0] and mine[1] <= one[1] and one[2] <= mine[2] for mine in longer)
    ]


def but_for_references(text: str, stock: Told) -> Told:
    """Presidio's without the invoices and prices that it takes for phone numbers."""
    return [
        one for one in stock if one[0] != "PHONE_NUMBER" or not is_reference(text[one[1] : one[2]])
    ]


class _Endless(TextTimeBudget):
    def __init__(self) -> None:
        super().__init__(0)

    def left(self) -> float:
        return 60


ENTITIES: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("CREDIT_CARD", "CRYPTO", "DATE_TIME", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS"),
        *("MAC_ADDRESS", "MEDICAL_LICENSE", "PHONE_NUMBER", "UK_NHS", "URL", "US_BANK_NUMBER"),
        *("US_DRIVER_LICENSE", "US_ITIN", "US_PASSPORT", "US_SSN", "UUID"),
    ),
    "es": ("ES_NIF", "ES_NIE", "CREDIT_CARD", "EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE"),
    "it": (
        *("IT_FISCAL_CODE", "IT_DRIVER_LICENSE", "IT_VAT_CODE", "IT_IDENTITY_CARD"),
        *("IT_PASSPORT", "PHONE_NUMBER", "DATE_TIME"),
    ),
    "pl": ("PL_PESEL", "PHONE_NUMBER", "IBAN_CODE", "URL"),
}
"""All entities of English that Presidio looks for by itself, and some of other languages."""
