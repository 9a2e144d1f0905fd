"""Finds a row's own identifiers in the row's own text, however they are spelt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from airlock.stages.redact.stage.finding import Finding, Unfolding
from airlock.stages.redact.stage.names import PersonName, found_names

# "Li" alone would be found in too much; as part of a whole name it is found with it.
_SHORTEST_PART = 3
_SHORTEST_NUMBER = 7
_LETTERS = re.compile(r"[^\W\d_]+")
# Customers come back; their values are taken apart once.
_REMEMBERED = 1 << 16


class Needles:
    """Looks for the values of linked columns.

    Letters and digits are compared without case, accents and width, and without whatever stands
    between them: "Zoë O'Dowd" is found in "ZOE ODOWD", and 4000-0012 in "4000 0012". A find begins
    and ends where a word does, so that "Ann" is not found in "annoyed". Phone numbers are found
    with and without their country's code, e-mail addresses also with "(at)", and names also with
    initials and with small typing errors.

    Args:
        linked: the word that takes each column's place, by column.
    """

    def __init__(self, linked: Mapping[str, str]) -> None:
        self._entities = tuple(linked.values())

    def found(self, text: str, values: Sequence[Any]) -> Iterator[Finding]:
        """Findings in one text.

        Args:
            values: of the linked columns in the row; None where there is none.
        """
        squeezed = text.translate(_SQUEEZED)
        origins: list[int] | None = None
        names = []
        for entity, value in zip(self._entities, values, strict=True):
            if value is None:
                continue
            known = _taken_apart(str(value))
            if known.name:
                names.append((entity, known.name))
            for needle in known.needles:
                if needle not in squeezed:
                    continue
                origins = origins or _SQUEEZED.origins(text)
                for start in _starts(needle, squeezed, origins):
                    end = _with_accents(text, origins[start + len(needle) - 1] + 1)
                    yield Finding(start=origins[start], end=end, entity=entity)
        if names:
            yield from found_names(text, names, squeeze)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A value, taken apart.

    Args:
        needles: squeezed, to be found as they are.
        name: its words, if it is a name; they are found less strictly.
    """

    needles: tuple[str, ...]
    name: PersonName | None


@lru_cache(maxsize=_REMEMBERED)
def _taken_apart(text: str) -> _Known:
    needles = dict.fromkeys(_needles(text))
    words = tuple(word.translate(_SQUEEZED) for word in _LETTERS.findall(text))
    is_name = "@" not in text and not any(map(str.isdigit, text)) and words
    return _Known(needles=tuple(needles), name=PersonName(words) if is_name else None)


def _needles(text: str) -> Iterator[str]:
    """The whole value, its other spellings, and the words of a name or an address."""
    whole = text.translate(_SQUEEZED)
    if whole:
        yield whole
    if "@" in text:
        # Its words are "example" and "com".
        local, _, host = text.rpartition("@")
        for dot in ("", "dot"):
            yield f"{local}at{host.replace('.', dot)}".translate(_SQUEEZED)
        return
    if whole.isdecimal() and len(whole) >= _SHORTEST_NUMBER:
        yield from _numbers(whole, international=text.lstrip(" (").startswith(("+", "00")))
    words = (word.translate(_SQUEEZED) for word in _LETTERS.findall(text))
    yield from (word for word in words if len(word) >= _SHORTEST_PART)


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


def _starts(needle: str, squeezed: str, origins: Sequence[int]) -> Iterator[int]:
    """Where the needle stands between two borders of words."""
    start = squeezed.find(needle)
    while start >= 0:
        if _is_border(start, origins) and _is_border(start + len(needle), origins):
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


def squeeze(text: str) -> str:
    """Letters and digits alone, without case, accents and width."""
    return text.translate(_SQUEEZED)


def _squeezed(character: str) -> str:
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(one for one in bare if one.isalnum())


_SQUEEZED = Unfolding(_squeezed)
