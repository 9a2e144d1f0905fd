"""Days in the spellings in which people write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_REMEMBERED = 1 << 16

# Names of the months in English, German, French, Spanish, Italian, Dutch, Portuguese and Polish.
_MONTHS = (
    "january januar janvier enero gennaio januari janeiro stycznia",
    "february februar février febrero febbraio februari fevereiro lutego",
    "march märz mars marzo maart março marca",
    "april avril abril aprile kwietnia",
    "may mai mayo maggio mei maio maja",
    "june juni juin junio giugno junho czerwca",
    "july juli juillet julio luglio julho lipca",
    "august août agosto augustus sierpnia",
    "september septembre septiembre settembre setembro września",
    "october oktober octobre octubre ottobre outubro października",
    "november novembre noviembre novembro listopada",
    "december dezember décembre diciembre dicembre dezembro grudnia",
)
# Of a name its first letters are written as well.
_SHORT = 3


def is_day(value: str) -> bool:
    """Whether a value is a day, as `as_text` or a CSV file has it."""
    return _parts(value) is not None


def dates_in(text: str, value: str) -> bool:
    """Whether the day's year stands in a text: without it, it is no birth date."""
    parts = _parts(value)
    return parts is not None and parts[0][2:] in text


@lru_cache(maxsize=_REMEMBERED)
def spellings(value: str) -> tuple[str, ...]:
    """A day as people write it, in lower case."""
    parts = _parts(value)
    if parts is None:
        return ()
    year, month, day = parts
    spelt = dict.fromkeys(_in_digits(year, int(month), int(day)))
    return (*spelt, *dict.fromkeys(_in_words(year, int(month), int(day))))


def _parts(value: str) -> tuple[str, str, str] | None:
    """Year, month and day."""
    if iso := _ISO.match(value):
        year, month, day = iso.groups()
    elif first := _DAY_FIRST.fullmatch(value):
        day, month, year = first.groups()
        if int(month) > 12:
            day, month = month, day
    else:
        return None
    return (year, month, day) if 1 <= int(month) <= 12 and 1 <= int(day) <= 31 else None


def _in_digits(year: str, month: int, day: int) -> Iterator[str]:
    pairs = ((f"{day:02}", f"{month:02}"), (str(day), str(month)))
    for sign in "./- ":
        for one, other in pairs:
            for years in (year, year[2:]):
                yield f"{one}{sign}{other}{sign}{years}"
                yield f"{other}{sign}{one}{sign}{years}"
            yield f"{year}{sign}{other}{sign}{one}"
    yield f"{year}{month:02}{day:02}"
    yield f"{day:02}{month:02}{year}"
    for one, other in pairs:
        yield f"{one}. {other}. {year}"


def _in_words(year: str, month: int, day: int) -> Iterator[str]:
    for name in _MONTHS[month - 1].split():
        for word in (name, name[:_SHORT], f"{name[:_SHORT]}.", name[: _SHORT + 1]):
            for ordinal in (str(day), f"{day:02}", f"{day}{_ending(day)}", f"{day}."):
                yield f"{ordinal} {word} {year}"
                yield f"{ordinal} {word}, {year}"
                yield f"{ordinal} of {word} {year}"
                yield f"{ordinal} de {word} de {year}"
                yield f"{word} {ordinal}, {year}"
                yield f"{word} {ordinal} {year}"
            yield f"{day:02}-{word}-{year}"
            yield f"{day}-{word}-{year}"


def _ending(day: int) -> str:
    if day in {11, 12, 13}:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
