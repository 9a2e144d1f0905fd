"""Finds a row's own identifiers in the row's own text, however they are spelt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from airlock.stages.redact.stage.dates import is_day, spellings
from airlock.stages.redact.stage.finding import Finding
from airlock.stages.redact.stage.names.folding import SQUEEZED, squeeze
from airlock.stages.redact.stage.names.lists import is_common
from airlock.stages.redact.stage.names.matching import PersonName, found_names

_SHORTEST_PART, _SHORTEST_NUMBER = 3, 7
# Fewer characters, or letters alone, name too much.
_SHORTEST_LOCAL = 5
_LETTERS = re.compile(r"[^\W\d_]+")
_JOINED = re.compile(r"[^\W\d_]+['’ʼ`´-][^\W\d_]+")
# Scripts whose words have no borders.
_UNBROKEN = re.compile("[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]{2,}")
_STREET_PARTS = frozenset(
    """
    street road lane avenue drive court place square way close terrace rue strasse str weg
    platz gasse allee via calle plaza avenida the old new north south east west upper lower
    """.split()
)
# Customers come back; their values are taken apart once.
_REMEMBERED = 1 << 16
_ENDING = re.compile(
    r"(?i)\b(?:ending|ends|last|endet|endziffern?|letzte[nr]?|final|xxx+|\*+)"
    r"[^\d\n]{0,24}(?P<it>\d{4,6})(?!\d)"
)
_HOUSE = re.compile(
    r"(?i)\b(?:house|no|nr|number|nummer|hausnummer|haus)\b[ .:#]{0,3}(?P<it>\d{1,4}[a-z]?)\b"
)


class Needles:
    """Looks for the values of linked columns.

    Letters and digits are compared without case, accents and width, and without whatever stands
    between them: "Zoë O'Dowd" is found in "ZOE ODOWD", and 4000-0012 in "4000 0012". A find begins
    and ends where a word does, so that "Ann" is not found in "annoyed". Phone numbers are found
    with and without their country's code and by their last digits, e-mail addresses also with
    "(at)" and by what stands before the sign, days as people write them, a house number where it
    is called one, and names also with initials, nicknames and small typing errors.

    Args:
        linked: the word that takes each column's place, by column.
    """

    def __init__(self, linked: Mapping[str, str]) -> None:
        self._entities = tuple(linked.values())

    def found(self, text: str, values: Sequence[Any]) -> Iterator[Finding]:
        """Findings in one text.

        Args:
            values: of the linked columns in the row; None where there is none.

        Raises:
            Undecided: text and values have so many words that looking would take seconds.
        """
        squeezed = text.translate(SQUEEZED)
        origins: list[int] | None = None
        names = []
        for entity, value in zip(self._entities, values, strict=True):
            if value is None:
                continue
            known = _taken_apart(str(value))
            if known.name is not None:
                names.append((entity, known.name))
            if known.said:
                yield from known.said.found(text, entity)
            for needle in known.needles:
                if needle not in squeezed:
                    continue
                origins = origins or SQUEEZED.origins(text)
                unbroken = _UNBROKEN.fullmatch(needle) is not None
                for start in _starts(needle, squeezed, origins, unbroken=unbroken):
                    end = _with_accents(text, origins[start + len(needle) - 1] + 1)
                    yield Finding(start=origins[start], end=end, entity=entity)
        if names:
            yield from found_names(text, names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A value, taken apart.

    Args:
        needles: squeezed, to be found as they are.
        name: its words, if it is a name; they are found less strictly.
        said: the end of a number or a house's, as people say it.
    """

    needles: tuple[str, ...]
    name: PersonName | None
    said: _Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The end of a number, or a house's number, as people say it.

    Args:
        pattern: of anybody's; compiling one for each row would take longer than all the rest.
        wanted: this row's, in small letters.
    """

    pattern: re.Pattern[str]
    wanted: str

    def found(self, text: str, entity: str) -> Iterator[Finding]:
        for one in self.pattern.finditer(text):
            it = one["it"].lower()
            if it == self.wanted or (self.pattern is _ENDING and it.endswith(self.wanted)):
                yield Finding(start=one.start("it"), end=one.end("it"), entity=entity)


@lru_cache(maxsize=_REMEMBERED)
def _taken_apart(text: str) -> _Known:
    needles = dict.fromkeys(_needles(text))
    words = tuple(squeeze(word) for word in _LETTERS.findall(text))
    is_name = "@" not in text and not any(map(str.isdigit, text)) and words
    return _Known(
        needles=tuple(needles),
        name=PersonName(words, [*map(squeeze, _JOINED.findall(text))]) if is_name else None,
        said=None if is_name else _end_of(text),
    )


def _needles(text: str) -> Iterator[str]:
    """The whole value, its other spellings, and the words of an address."""
    whole = squeeze(text)
    # "Joy Black" is no name in "no joy, black screen".
    if whole and not all(is_common(squeeze(word)) for word in text.split()):
        yield whole
    if "@" in text:
        # Its words are "example" and "com".
        local, _, host = text.rpartition("@")
        for dot in ("", "dot"):
            yield squeeze(f"{local}at{host.replace('.', dot)}")
        bare = squeeze(local)
        if len(bare) >= _SHORTEST_LOCAL and not local.isalpha():
            yield bare
        return
    if is_day(text):
        # A day without its year is anybody's.
        yield from (squeeze(one) for one in spellings(text))
        return
    if whole.isdecimal() and len(whole) >= _SHORTEST_NUMBER:
        yield from _numbers(whole, international=text.lstrip(" (").startswith(("+", "00")))
    if any(map(str.isdigit, text)):
        # The words of a name are looked for with more care.
        words = (squeeze(word) for word in _LETTERS.findall(text))
        yield from (one for one in words if len(one) >= _SHORTEST_PART and not _says_more(one))


def _says_more(word: str) -> bool:
    return word in _STREET_PARTS or is_common(word)


def _end_of(text: str) -> _Said | None:
    """The last digits of a number, or the number of a house, behind a word that says so."""
    digits = squeeze(text)
    if digits.isdecimal() and len(digits) >= _SHORTEST_NUMBER:
        return _Said(pattern=_ENDING, wanted=digits[-4:])
    house = re.search(r"(?<!\d)(\d{1,4}[a-zA-Z]?)(?![\w-])", text)
    if house is None or not _LETTERS.search(text) or "@" in text:
        return None
    return _Said(pattern=_HOUSE, wanted=house[1].lower())


def _numbers(digits: str, *, international: bool) -> Iterator[str]:
    """A phone number as it is dialled at home and from abroad."""
    if not international:
        national = digits.lstrip("0")
        if digits[0] == "0" and len(national) >= _SHORTEST_NUMBER:
            yield national
        return
    number = digits.lstrip("0")
    code = next((n for n in (1, 2, 3) if int(number[:n] or 0) in COUNTRY_CODE_TO_REGION_CODE), 0)
    national = number[code:]
    if code and len(national) >= _SHORTEST_NUMBER:
        yield from (number, f"00{number}", national, f"0{national}", f"{number[:code]}0{national}")


def _starts(needle: str, squeezed: str, origins: Sequence[int], *, unbroken: bool) -> Iterator[int]:
    """Where the needle stands between two borders of words, if its script has any."""
    start = squeezed.find(needle)
    while start >= 0:
        if unbroken or (_is_border(start, origins) and _is_border(start + len(needle), origins)):
            yield start
        start = squeezed.find(needle, start + 1)


def _with_accents(text: str, end: int) -> int:
    """The end of a find that takes along the accents that stand apart from its last letter."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end


def _is_border(at: int, origins: Sequence[int]) -> bool:
    """Whether something stood between this character and the one before it."""
    return at in {0, len(origins)} or origins[at] > origins[at - 1] + 1
