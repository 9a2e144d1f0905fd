"""Leaves out what a language model took for a person or a place, and what is none.

Small models read tables of results as addresses, and rare verbs as names. Words that say something
else, days, nationalities and rows of numbers are no names; what is left of a finding stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from airlock.stages.redact.stage.finding import Finding
from airlock.stages.redact.stage.names.folding import squeeze
from airlock.stages.redact.stage.names.lists import (
    is_calendar,
    is_common,
    is_given_name,
    is_nationality,
    is_street_word,
)

_WORD = re.compile(r"[^\W\d_]+")
# Letters of fewer are a unit, a letter of a postcode or of a house.
_SHORTEST_WORD = 3
# What stands between a number and the street or town that it belongs to; in an address of several
# lines also a country that no model knows.
_APART = re.compile(r"[ \t]{0,3}[^\w\n]{0,3}(?:\n[ \t>]{0,12})?")
_LINES_APART = 40
_OWN_LINE_END = re.compile(r"[ \t]*(?:\n|$)")
_POSTCODE = re.compile(
    r"(?i)[\W_]*(?:\d{5}(?:-\d{4})?|\d{6}|\d{3} ?\d{2}|\d{2}-\d{3}|\d{4} ?[a-z]{2}"
    r"|[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d|[a-z]{1,2}-\d{4,5})[\W_]*"
)
# A word that says what a number alone is.
_CALLED = re.compile(
    r"(?i)\b(?:zip|post\s?codes?|postal|plz|postleitzahl|c\.?p\.?|ap(?:t|artment)|unit|suite|room"
    r"|flat|floor|house|building|block|lot|no|nr|number|nummer|hausnummer|box)\b[^\n\d]{0,16}$"
)
_DAY = re.compile(r"\D*(?:19|20)\d{2}[-./]\d{1,2}(?:[-./]\d{1,2})?\D*|.*\d[-./]\d{1,2}[-./]\d{2,4}")
# Four numbers in a row, decimals, scores and fractions are a table's, and no address.
_NUMBER = r"(?:[^\W\d_]{0,2}[-+.(]?\d[\d.,/:%()-]*[^\W\d_]{0,2}[.)]?)"
_TABLE = re.compile(
    rf"(?<![^\W_]){_NUMBER}(?:[ \t/]{{1,3}}{_NUMBER}){{3,}}(?![^\W_])"
    r"|(?<!\d)\d{0,6}[.,]\d{1,4}(?![\d.])|\d+-[^\W\d_]{2,}-[^\W\d_]{2,}"
)
_PLACED = re.compile(
    r"(?i)\b(?:in|at|to|from|near|of|via|city|town|county|lives?|live[ds]|moved|bei|aus|nach)"
    r"[ \t]+$"
)


def plausible_places(text: str, found: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, but for places that are none; of a place without the numbers of a table.

    Args:
        found: of one text; what is no LOCATION stays as it is.
    """
    places = [one for one in found if one.entity == "LOCATION"]
    if len(places) < len(found):
        yield from (one for one in found if one.entity != "LOCATION")
    cased = has_both_cases(text)
    whole = [cut for one in places if (cut := _without_tables(text, one))]
    worded = [one for one in whole if _words(text, one) and _is_place(text, one, cased=cased)]
    yield from worded
    for one in whole:
        if not _words(text, one) and (
            _is_postcode(text, one) or any(_belongs(text, one, other) for other in worded)
        ):
            yield one


def plausible_people(text: str, found: Sequence[Finding]) -> Iterator[Finding]:
    """The people, but for words that are written small among others, and for nationalities."""
    cased = has_both_cases(text)
    for one in found:
        words = _WORD.findall(text[one.start : one.end])
        if not words:
            continue
        squeezed = [*map(squeeze, words)]
        if all(map(_says_who_a_people_is, squeezed)):
            continue
        small = cased and not any(map(str.isupper, text[one.start : one.end]))
        if small and all(is_common(word) and not is_given_name(word) for word in squeezed):
            continue
        yield one


def has_both_cases(text: str) -> bool:
    """Whether capitals say something in a text."""
    return any(map(str.islower, text)) and any(map(str.isupper, text))


def _says_who_a_people_is(word: str) -> bool:
    return is_nationality(word) or is_calendar(word)


def _without_tables(text: str, place: Finding) -> Finding | None:
    """What stands before the first number that belongs to no address; None if that is no word."""
    table = _TABLE.search(text, place.start, place.end)
    if table is None:
        return place
    end = place.start + len(text[place.start : table.start()].rstrip())
    cut = replace(place, end=end) if end > place.start else None
    return cut if cut and _words(text, cut) else None


def _words(text: str, place: Finding) -> list[str]:
    """Its words; of what holds no number the short ones, too (U.S., Po)."""
    words = [*map(squeeze, _WORD.findall(text[place.start : place.end]))]
    if not any(map(str.isdigit, text[place.start : place.end])):
        return words
    return [word for word in words if len(word) >= _SHORTEST_WORD]


def _is_place(text: str, place: Finding, *, cased: bool) -> bool:
    words = _words(text, place)
    if all(map(_says_who_a_people_is, words)):
        return False
    if not all(map(is_common, words)):
        return True
    street = any(map(is_street_word, words))
    numbered = any(map(str.isdigit, text[place.start : place.end]))
    if street and (numbered or _NUMBER_BEFORE.search(text, 0, place.start)):
        return True
    if cased:
        return any(map(str.isupper, text[place.start : place.end]))
    return _PLACED.search(text, max(0, place.start - 24), place.start) is not None


_NUMBER_BEFORE = re.compile(r"\d[^\W\d_]?[ ,]{1,2}$")


def _belongs(text: str, number: Finding, place: Finding) -> bool:
    """Whether a number is that of a street or a town beside it, or ends a line of its address."""
    first, second = sorted((number, place), key=lambda one: one.start)
    if first.end >= second.start or _APART.fullmatch(text, first.end, second.start):
        return True
    return (
        second is number
        and number.start - place.end <= _LINES_APART
        and "\n" in text[place.end : number.start]
        and _OWN_LINE_END.match(text, number.end) is not None
    )


def _is_postcode(text: str, place: Finding) -> bool:
    if _DAY.fullmatch(text, place.start, place.end):
        return False
    if _POSTCODE.fullmatch(text, place.start, place.end):
        return True
    return _CALLED.search(text, max(0, place.start - 32), place.start) is not None
