"""Finds phone numbers as Presidio does, with less work.

Presidio asks libphonenumber's matcher once for every region, and keeps the longest finds. Which
stretches of a text could be a number is the same for all regions; so is a stretch that is a number
as a whole, because nothing longer can be found in it. And most stretches can be refused for a
region by their digits alone.

What Presidio finds, and is no phone number to people, is left out: see `is_reference`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    PhoneNumberDesc,
    PhoneNumberMatch,
    example_number,
)
from phonenumbers import phonenumbermatcher as libphonenumber
from presidio_analyzer.predefined_recognizers import PhoneRecognizer

from airlock.compat import phonenumbers as compat
from airlock.stages.redact.stage.analyzer.budget import TextTimeBudget
from airlock.stages.redact.stage.analyzer.prefilter import Condition
from airlock.stages.redact.stage.finding import Finding, distinct

_VALID = 1  # the leniency that Presidio asks for
_CANDIDATE = compat.PATTERN
_UNWANTED_END = compat.UNWANTED_END_CHAR_PATTERN
_SECOND_NUMBER = compat.SECOND_NUMBER_START_PATTERN
# Beside digits, what a simple stretch is made of: nothing here begins an extension or stands for a
# carrier. And it reaches no limit of the matcher, so that wherever one begins to read, it ends at
# the same place.
_MOST_DIGITS = 20
_NO_DIGIT = dict.fromkeys(map(ord, "-+().[]/ "))
# The shortest valid number has six digits, its country code included:
# tests/integration/test_presidio.py counts.
_SHORTEST = 6
# At home, fewer digits than these are a price or a ticket more often than a number that one calls.
_SHORTEST_AT_HOME = 7
# Invoice 2026-339229; tax number 21/815/08150; 16.88 EUR.
_REFERENCE = re.compile(r"(?:19|20)[0-9]{2}[-/._][0-9]{3,8}|[1-9][0-9]{1,2}/[0-9]{3,4}/[0-9]{4,5}")
# A row of a table (15 4 4 7 22 16) and scores (15-7 15-12). Numbers are written in pairs, too, but
# then a single digit leads (6 12 34 56 78), and trunk codes begin with 0.
_ROW = re.compile(
    r"[1-9][0-9]?(?=.*[ ][0-9](?![0-9]))(?:[ ][0-9]{1,2}){3,}"
    r"|[0-9]{1,2}-[0-9]{1,2}(?:[ ]{1,2}[0-9]{1,2}-[0-9]{1,2})+"
)

# In the prefix of a country whose callers name a carrier, such as Brazil.
_WHOLE_NUMBER = re.compile(r"\(\\d\{[\d,]+\}\)")

_KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number"),
    *("voip", "pager", "uan", "voicemail"),
)


class Phones:
    """Finds the numbers that stock Presidio finds for these regions.

    Args:
        regions: countries whose numbers are found without a country code.
    """

    score = PhoneRecognizer.SCORE

    def __init__(self, entity: str, regions: Sequence[str]) -> None:
        self._entity = entity
        self._matchers = [_Matcher(region) for region in regions]
        self._regions = tuple(regions)
        self._shortest = min(_SHORTEST_AT_HOME, *map(_usual_length, regions))

    def found(self, text: str, budget: TextTimeBudget) -> list[Finding]:
        """All numbers in a text.

        Raises:
            Undecided: there was no time.
        """
        for matcher in self._matchers:
            matcher.turn_to(text, budget)
        spans: set[tuple[int, int]] = set()
        candidate = _CANDIDATE.search(text)
        while candidate:
            start, end = candidate.span()
            digits = candidate[0].translate(_NO_DIGIT)
            if not digits.isdecimal() or not digits.isascii() or len(digits) > _MOST_DIGITS:
                # From here on every region may read the text in its own way.
                spans.update(span for one in self._matchers for span in one.spans(start, len(text)))
                break
            if len(digits) >= min(_SHORTEST, self._shortest):
                spans.update(self._spans(candidate[0], start))
            candidate = _CANDIDATE.search(text, end)
        return distinct(
            Finding(start=start, end=end, entity=self._entity, score=self.score)
            for start, end in spans
            if not is_reference(text[start:end], self._shortest)
        )

    def _spans(self, candidate: str, start: int) -> set[tuple[int, int]]:
        """What the regions find in one simple stretch."""
        if "/" in candidate and compat.SLASH_SEPARATED_DATES.search(candidate):
            return set()
        # One question about all regions answers most: a reference is a number nowhere.
        stretches = [candidate, *_inner(candidate)]
        if not any(_may_be_anywhere(self._regions, one) for one in stretches):
            return set()
        end = start + len(candidate)
        if any(one.is_number(candidate, start) for one in self._matchers):
            return {(start, end)}
        hopeful = [one for one in self._matchers if any(map(one.may_be, stretches))]
        return {span for one in hopeful for span in one.spans(start, end)}


def _usual_length(region: str) -> int:
    """Of a number at home; on some islands it is five digits."""
    usual = example_number(region)
    return len(str(usual.national_number)) if usual else _SHORTEST_AT_HOME


def is_reference(number: str, shortest: int = _SHORTEST_AT_HOME) -> bool:
    """Whether a number without a country code is written as references, dates and prices are.

    Behind a word such as "call" it is found all the same: `forms` has the words.
    """
    if "+" in number or "＋" in number:
        return False
    return sum(map(str.isdigit, number)) < shortest or bool(
        _REFERENCE.fullmatch(number) or _ROW.fullmatch(number)
    )


def phone_condition(regions: Sequence[str]) -> Condition:
    """What stands in every text that holds a number of these regions."""
    shortest = min(_SHORTEST, *map(_usual_length, regions))
    return Condition(ascii=_digits("0-9", "", shortest), other=_digits(*_BEYOND_ASCII, shortest))


_BEYOND_ASCII = (r"0-9\x{80}-\x{10ffff}", r"\x{80}-\x{10ffff}")


def _digits(digit: str, between: str, shortest: int) -> str:
    punctuation = "".join(
        f"\\x{code:02x}"
        for code in range(128)
        if re.match(f"[{compat.VALID_PUNCTUATION}]", chr(code), re.IGNORECASE)
    )
    gap, one = f"[{punctuation}{between}]{{0,4}}", f"[{digit}]"
    return f"{one}(?:{gap}{one}){{{shortest - 1}}}"


def _inner(candidate: str) -> Iterator[str]:
    """The parts in which the matcher looks for a number when the whole is none."""
    for separator in compat.INNER_MATCHES:
        part = separator.search(candidate)
        if part:
            yield _UNWANTED_END.split(candidate[: part.start()])[0]
        while part:
            yield _UNWANTED_END.split(part[1])[0]
            part = separator.search(candidate, part.start() + 1)


class _Matcher(libphonenumber.PhoneNumberMatcher):
    """The matcher of one region, which does not parse what cannot be a number there."""

    def __init__(self, region: str) -> None:
        super().__init__("", region, leniency=_VALID)
        self._most_tries = self._max_tries
        self._budget = TextTimeBudget(0)

    def turn_to(self, text: str, budget: TextTimeBudget) -> None:
        """Begin anew with another text."""
        self.text = text
        self._budget = budget
        self._max_tries = self._most_tries

    def is_number(self, candidate: str, start: int) -> bool:
        """Whether a stretch is a number as a whole."""
        # Perhaps a time stamp goes on behind it: that is for spans() to see.
        if not self.may_be(candidate) or compat.TIME_STAMPS.search(candidate):
            return False
        return self._parse_and_verify(candidate, start) is not None

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The numbers that begin between two places, as the matcher itself reads the text."""
        candidate = _CANDIDATE.search(self.text, start)
        while candidate and candidate.start() < end:
            start = candidate.start()
            stretch = self._trim_after_first_match(_SECOND_NUMBER, candidate[0])
            match = self._extract_match(stretch, start)
            if match is not None:
                yield match.start, match.end
            candidate = _CANDIDATE.search(self.text, match.end if match else start + len(stretch))

    def _parse_and_verify(self, candidate: str, offset: int) -> PhoneNumberMatch | None:
        self._budget.left()
        return super()._parse_and_verify(candidate, offset) if self.may_be(candidate) else None

    def may_be(self, candidate: str) -> bool:
        """Whether a stretch has digits that could be a number in this region."""
        return _may_be_anywhere((str(self.preferred_region),), candidate)


def _may_be_anywhere(regions: tuple[str, ...], candidate: str) -> bool:
    digits = candidate.translate(_NO_DIGIT)
    if not digits.isdecimal() or not digits.isascii():
        return True
    if "+" in candidate:
        return len(digits) >= _SHORTEST
    return _could_be(regions, digits)


@lru_cache(maxsize=32_768)
def _could_be(regions: tuple[str, ...], digits: str) -> bool:
    return _numbers_of(regions).fullmatch(digits) is not None


@cache
def _numbers_of(regions: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{_home_numbers(one)})" for one in dict.fromkeys(regions)))


@cache
def _home_numbers(region: str) -> str:
    """The digits of everything that libphonenumber could take for a number when it is at home here.

    It takes off what leads abroad, the country's own code, and the prefixes that a call within the
    country needs; what is left must be a number of a country with that code.
    """
    home = _metadata(region)
    code = home.country_code
    prefix = home.national_prefix_for_parsing or ""
    if home.national_prefix_transform_rule:
        # The prefix holds the number itself as its last group; elsewhere anything may happen.
        prefix = _WHOLE_NUMBER.sub("", prefix) if _WHOLE_NUMBER.search(prefix) else r"\d*"
    numbers = "|".join(
        f"(?:{kind.national_number_pattern})"
        for other in COUNTRY_CODE_TO_REGION_CODE[int(code or 0)]
        for kind in _kinds(other)
    )
    return (
        f"(?:{home.international_prefix})\\d{{{_SHORTEST},}}"
        f"|(?:{code})?(?:{prefix}){{0,2}}(?:{numbers})"
    )


def _metadata(region: str) -> PhoneMetadata:
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise ValueError(f"libphonenumber does not know the region {region}.")
    return metadata


def _kinds(region: str) -> Iterator[PhoneNumberDesc]:
    metadata = _metadata(region)
    for name in _KINDS:
        kind = getattr(metadata, name)
        if kind is not None and kind.national_number_pattern:
            yield kind
