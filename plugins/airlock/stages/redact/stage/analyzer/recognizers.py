"""Presidio's own recognizers for the chosen entities, and how each is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Protocol

import regex
import tldextract
from presidio_analyzer import EntityRecognizer, PatternRecognizer
from presidio_analyzer.predefined_recognizers import (
    EmailRecognizer,
    IbanRecognizer,
    PhoneRecognizer,
)

from airlock.hooks import registry
from airlock.stages.redact.stage import cards, ibans
from airlock.stages.redact.stage.analyzer.budget import TextTimeBudget
from airlock.stages.redact.stage.analyzer.forms import FORMS, Search
from airlock.stages.redact.stage.analyzer.phones import Phones, phone_condition
from airlock.stages.redact.stage.analyzer.prefilter import Condition, necessary
from airlock.stages.redact.stage.analyzer.stock import stock_recognizers
from airlock.stages.redact.stage.finding import Finding

_FLAGS = regex.DOTALL | regex.MULTILINE | regex.IGNORECASE


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which a recognizer finds something.

    Args:
        condition: without which it finds nothing.
        best: the highest score that it can give, before any context.
        found: everything in a text.
        also: other conditions, each of which must hold.
    """

    condition: Condition
    best: float
    found: Callable[[str, TextTimeBudget], list[Finding]]
    also: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRecognizer:
    """A recognizer of one entity.

    Args:
        context: words in lower case that make a finding surer if they stand near it.
        beside: adds only what no other finding of its entity contains, or begins at the same place.
    """

    entity: str
    context: tuple[str, ...]
    ways: tuple[Way, ...]
    beside: bool = False


def recognizers(
    language: str,
    entities: Sequence[str],
    *,
    regions: Sequence[str],
    deny: Mapping[str, Sequence[str]],
) -> list[LoadedRecognizer]:
    """What stock Presidio would ask about a text of this language.

    Args:
        entities: in Presidio's words; one that is found by a language model alone has none here.
        regions: countries whose phone numbers are found without a country code.
        deny: words that are always found, by what they are called.
    """
    stock = stock_recognizers(language)
    chosen = [_ours(one, regions) for one in stock if set(one.supported_entities) & set(entities)]
    denied = (
        PatternRecognizer(supported_entity=entity, deny_list=list(words))
        for entity, words in deny.items()
    )
    added = (
        registry.load(one.make)(language)
        for name, one in registry.recognizers().items()
        if name in entities
    )
    own = [one for one in _OWN if one.entity in entities]
    formed = [_formed(entity) for entity in FORMS if entity in entities]
    return [*chosen, *own, *(_ours(one, regions) for one in (*denied, *added)), *formed]


@cache
def pattern_entities(language: str) -> frozenset[str]:
    """Entities that need no language model, in texts of this language."""
    loaded = stock_recognizers(language)
    stock = frozenset(entity for one in loaded for entity in one.supported_entities)
    return stock | registry.recognizers().keys() | {one.entity for one in _OWN}


def _ours(stock: EntityRecognizer, regions: Sequence[str]) -> LoadedRecognizer:
    [entity] = stock.supported_entities
    return LoadedRecognizer(
        entity=entity,
        context=tuple(word.lower() for word in stock.context or ()),
        ways=tuple(_ways(stock, entity, regions)),
    )


def _formed(entity: str) -> LoadedRecognizer:
    return LoadedRecognizer(
        entity=entity,
        context=(),
        beside=True,
        ways=tuple(
            Way(
                condition=one.condition,
                also=(Condition(ascii=one.stands, other=None),) if one.stands else (),
                best=one.score,
                found=Search(entity, one),
            )
            for one in FORMS[entity]
        ),
    )


def _ways(stock: EntityRecognizer, entity: str, regions: Sequence[str]) -> Iterator[Way]:
    if isinstance(stock, PhoneRecognizer):
        phones = Phones(entity, regions)
        condition = phone_condition(regions)
        yield Way(condition=condition, best=phones.score, found=phones.found)
        return
    if not isinstance(stock, PatternRecognizer):
        raise TypeError(f"Presidio has a new kind of recognizer: {type(stock).__name__}.")
    flags = int(stock.global_regex_flags or _FLAGS)
    judge = _judge(stock)
    search = _ibans if isinstance(stock, IbanRecognizer) else _matches
    for pattern in stock.patterns:  # type: ignore[has-type]  # it is set without one
        expression = regex.compile(pattern.regex, flags)
        yield Way(
            condition=necessary(pattern.regex, ignore_case=bool(flags & regex.IGNORECASE)),
            # A check digit that is right makes any pattern certain.
            best=1.0 if _validates(stock) else float(pattern.score),
            found=partial(search, expression, entity, float(pattern.score), judge),
        )


class _Judge(Protocol):
    """The score of a match; 0 if it is none."""

    def __call__(self, match: str, score: float) -> float: ...


def _validates(stock: PatternRecognizer) -> bool:
    return type(stock).validate_result is not PatternRecognizer.validate_result


def _judge(stock: PatternRecognizer) -> _Judge:
    if isinstance(stock, EmailRecognizer):
        return _email_score

    def score_of(match: str, score: float) -> float:
        valid = stock.validate_result(match)
        if valid is not None:
            score = EntityRecognizer.MAX_SCORE if valid else EntityRecognizer.MIN_SCORE
        return EntityRecognizer.MIN_SCORE if stock.invalidate_result(match) else score

    return score_of


def _matches(
    expression: regex.Pattern[str],
    entity: str,
    score: float,
    judge: _Judge,
    text: str,
    budget: TextTimeBudget,
) -> list[Finding]:
    """As PatternRecognizer does it, but a time-out reaches the caller.

    Presidio skips an expression that takes too long, and so lets the text pass.
    """
    found = []
    for match in expression.finditer(text, timeout=budget.left()):
        start, end = match.span()
        if start < end and (sure := judge(match[0], score)) > EntityRecognizer.MIN_SCORE:
            found.append(Finding(start=start, end=end, entity=entity, score=sure))
    return found


def _ibans(
    expression: regex.Pattern[str],
    entity: str,
    score: float,
    judge: _Judge,
    text: str,
    budget: TextTimeBudget,
) -> list[Finding]:
    """As IbanRecognizer does it: what follows an IBAN may look like a part of it."""
    found = []
    for match in expression.finditer(text, timeout=budget.left()):
        for group in range(len(match.groups()), 0, -1):
            start, end = match.start(), match.end(group) if match.end(group) > 0 else match.end()
            if start < end and (sure := judge(text[start:end], score)) > EntityRecognizer.MIN_SCORE:
                found.append(Finding(start=start, end=end, entity=entity, score=sure))
                break
    return found


def _told(
    entity: str, possible: str, where: Callable[[str], Iterator[tuple[int, int]]]
) -> LoadedRecognizer:
    """A recognizer of our own, which is certain."""

    def found(text: str, budget: TextTimeBudget) -> list[Finding]:
        budget.left()
        score = float(EntityRecognizer.MAX_SCORE)
        spans = where(text)
        return [Finding(start=one, end=other, entity=entity, score=score) for one, other in spans]

    # What it looks for is ASCII, and \b of RE2 as well: no letter beside it may hide it.
    condition = Condition(ascii=possible, other=possible)
    return LoadedRecognizer(
        entity=entity, context=(), ways=(Way(condition=condition, best=1.0, found=found),)
    )


# Presidio knows no card of 12 or of more than 16 digits, none that begins with 2, and none at all
# in most languages; of IBANs in groups of four it takes a word that follows for a part.
_OWN = (
    _told("CREDIT_CARD", cards.POSSIBLE, cards.cards),
    _told("IBAN_CODE", ibans.POSSIBLE, ibans.ibans),
)

# Presidio's own asks the network for the public suffix list; this one reads the list it comes with.
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
# A host is read up to the first of these, even if they stand before the at sign.
_ENDS_A_HOST = re.compile("[/?#]")


def _email_score(match: str, score: float) -> float:
    """Certain at a host of the public suffix list, likely at another, such as mail.intern.

    Presidio leaves the second kind out; but a company's own hosts are on no list.
    """
    before, _, host = match.rpartition("@")
    if _is_public(match if _ENDS_A_HOST.search(before) else f"@{host}"):
        return float(EntityRecognizer.MAX_SCORE)
    return score if any(map(str.isalpha, host.rpartition(".")[2])) else EntityRecognizer.MIN_SCORE


@lru_cache(maxsize=4096)
def _is_public(address: str) -> bool:
    return _suffixes(address).fqdn != ""
