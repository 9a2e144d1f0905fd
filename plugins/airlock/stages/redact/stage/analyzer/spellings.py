"""How people and programs spell identifiers so that no pattern knows them, and what they mean.

All repetitions have an end: no text takes more than time that is linear in its length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from airlock.stages.redact.stage.analyzer.encodings import (
    ENCODED,
    ESCAPE,
    PACKED,
    TAG,
    decoded,
    unescaped,
    unpacked,
    untagged,
)
from airlock.stages.redact.stage.analyzer.reading import TextReading
from airlock.stages.redact.stage.finding import Unfolding

Step = Callable[[TextReading], TextReading]
Word = Callable[[re.Match[str]], str]


def _shown(character: str) -> str:
    """Without width; nothing for what does not show; a digit of any script as 0 to 9."""
    category = unicodedata.category(character)
    if category == "Cf":
        return ""
    digit = unicodedata.digit(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


PLAIN = Unfolding(_shown)
"""Full-width digits and zero-width blanks hide an identifier from every pattern."""

# A soft hyphen is a dash here, and what combines with a letter or a digit is left out.
_SOFT = "\u00ad"
_MARKS = ("Mn", "Me")
_TYPED = Unfolding(
    lambda one: one if one == _SOFT else "" if unicodedata.category(one) in _MARKS else _shown(one)
)
# A sign with what combines with it is one.
_ANY = re.compile("[\x00-\x7f][\u0300-\u036f\ufe00-\ufe0f\u20d0-\u20ff]{1,16}|[^\x00-\x7f]")
_DASH = re.compile(r"(?<=[^\W_])[\u00ad\u2010-\u2015\u2212](?=[^\W_])")
_STILL_SOFT = re.compile(_SOFT)
# Faces and bullets between groups of digits.
_PICTURE = re.compile(r"(?<=[0-9])[^\x00-\x7f\w\s]{1,8}(?=[0-9+])")

# Letters for digits, where digits stand.
_OH, _EL = "OoОоΟο", "lI|"
_LIKE_DIGITS = str.maketrans({**dict.fromkeys(_OH, "0"), **dict.fromkeys(_EL, "1"), "З": "3"})
_LETTERS = f"[{_OH}{_EL}З]"
_DIGIT_LETTERS = re.compile(
    rf"(?<=[0-9]){_LETTERS}{{1,8}}(?=[ ./-]?[0-9{_OH}{_EL}]|\b(?![A-Za-z]))"
    rf"|(?<![A-Za-z0-9]){_LETTERS}{{1,4}}(?=[0-9]{{2}})"
)

# A line may end behind a dash, and the next one begin as mail quotes it.
_WRAPPED_DASH = re.compile(r"(?<=[0-9]-)\s{0,40}[\r\n][\s>]{0,40}(?=[0-9])")
_BLANKS = (
    r"(?:\s{0,40}[\r\n\v\f\x85\u2028\u2029][\s>]{0,40}"
    r"|\s{2,40}|[\t\u00a0\u2000-\u200a\u202f\u3000])"
)
_WRAPPED = re.compile(rf"(?<=[0-9)]){_BLANKS}(?=[0-9(A-Z])|(?<=[A-Z]){_BLANKS}(?=[0-9])")
_UNDERSCORES = re.compile(r"(?<=[0-9])_{1,3}(?=[0-9])")
_COMMAS = re.compile(r"\+[0-9]{1,3}(?:,[0-9]{2,8}){1,4}")
_FOURS = re.compile(r"(?<![0-9])[0-9]{4}(?:[./:|_*][0-9]{4,6}){1,2}(?:[./:|_*][0-9]{1,5}){1,2}")
_IBAN_GROUPS = re.compile(r"\b[A-Za-z]{2}[0-9]{2}(?:[._/-][A-Za-z0-9]{1,4}){3,8}\b")
_IBAN_SPLIT = re.compile(r"\b[A-Z]{2}[ -]{1,2}[0-9]{2}(?=(?:[ -][A-Z0-9]{4}){3})")
# A letter that touches a long number; the number is what counts.
_GLUED = re.compile(r"[A-Za-z_](?=[0-9]{13,19}(?![0-9]))|(?<=[0-9]{13})[A-Za-z_](?![0-9])")

_BRACKETED = r"[\[({<]\s{0,2}(?i:%s)\s{0,2}[\])}>]"
_AT_SIGNS, _DOTS = "at|ät|aet|arroba|@", r"dot|punkt|punto|point|ponto|\."
_BRACKETED_AT = re.compile(rf"\s{{0,2}}{_BRACKETED % _AT_SIGNS}\s{{0,2}}")
_BRACKETED_DOT = re.compile(rf"\s{{0,2}}{_BRACKETED % _DOTS}\s{{0,2}}")
_LOCAL, _LABEL = r"[\w.+-]{1,64}", r"[\w-]{1,63}"
_SPOKEN = re.compile(
    rf"(?P<local>[\w+-]{{1,40}}(?:(?:\.|\s{{1,3}}(?i:dot)\s{{1,3}})[\w+-]{{1,40}}){{0,4}})"
    r"(?:\s{1,3}|[_-])(?P<at>(?i:at|ät))(?:\s{1,3}|[_-])"
    rf"(?P<host>{_LABEL}(?:(?:\.|\s{{1,3}}(?i:dot)\s{{1,3}}){_LABEL}){{1,4}})"
)
_DOT = re.compile(r"\s{1,3}dot\s{1,3}", re.I)
_SPACED_AT = re.compile(rf"{_LOCAL}\s{{0,9}}@\s{{0,9}}(?:{_LABEL}\.){{1,8}}[A-Za-z]{{2,12}}\b")
# Not "it", "at" and the like, with which a sentence may go on.
_TOPS = "com|org|net|edu|gov|info|biz|io|de|fr|uk|nl|pl|es|pt|ch|eu|ru|se|dk|fi|cz|br|jp|cn|intern"
_SPACED_DOT = re.compile(
    rf"@{_LABEL}(?:\.{_LABEL}){{0,4}}(?:\s{{1,3}}\.\s{{0,3}}|\.\s{{1,3}})(?:{_TOPS})\b"
)
_MAIL = re.compile(r"(?i:mail|write|contact|reach|schreib|adress)[^\n]{0,24}$")

_ONES: Mapping[str, Sequence[str]] = {
    "0": ("zero", "oh", "null", "cero", "zéro"),
    "1": ("one", "eins", "uno", "un"),
    "2": ("two", "zwei", "zwo", "dos", "deux"),
    "3": ("three", "drei", "tres", "trois"),
    "4": ("four", "vier", "cuatro", "quatre"),
    "5": ("five", "fünf", "fuenf", "cinco", "cinq"),
    "6": ("six", "sechs", "seis"),
    "7": ("seven", "sieben", "siete", "sept"),
    "8": ("eight", "acht", "ocho", "huit"),
    "9": ("nine", "neun", "nueve", "neuf"),
}
_DIGIT_OF = {word: digit for digit, words in _ONES.items() for word in words}
_ANY_ONE = "|".join(sorted(_DIGIT_OF, key=len, reverse=True))
_SAID = re.compile(rf"(?i)\b(?:{_ANY_ONE})(?:[\s,.-]{{1,3}}(?:{_ANY_ONE})){{6,14}}\b")
_SAYING = re.compile(r"[^\W\d_]+")
# Numbers that are words on a keypad (ITU-T E.161), of the services that callers pay nothing for.
_VANITY = re.compile(
    r"(?<![0-9])(?:1[ .-]?)?8(?:00|33|44|55|66|77|88)[ .-](?=[A-Z-]*[A-Z]{3})[A-Z0-9-]{7,12}\b"
)
_KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


def _always(sign: str) -> Word:
    return lambda _: sign


def _digits(match: re.Match[str]) -> str:
    return match[0].translate(_LIKE_DIGITS)


def _spoken(match: re.Match[str]) -> str:
    """An address, if it is more than "look at example.com"."""
    before = match.string[max(0, match.start() - 40) : match.start()]
    local, at, host = match["local"], match["at"], match["host"]
    evident = (
        re.search(r"[\d._+]|\sdot\s", local, re.I)
        or _DOT.search(host)
        or (at.isupper() and not local.isupper())
        or _MAIL.search(before)
    )
    top = host[-2:].isalpha()
    return f"{_DOT.sub('.', local)}@{_DOT.sub('.', host)}" if evident and top else match[0]


def _unspaced(match: re.Match[str]) -> str:
    return re.sub(r"\s+", "", match[0])


def _said(match: re.Match[str]) -> str:
    return "".join(_DIGIT_OF[one.lower()] for one in _SAYING.findall(match[0]))


def _keyed(match: re.Match[str]) -> str:
    """Callers may type more letters than the number has digits."""
    digits = re.sub(r"\D", "", match[0].translate(_KEYS)).removeprefix("1")
    return f"+1{digits[:10]}" if len(digits) >= 10 else match[0]


def _each(pattern: re.Pattern[str], word: Word) -> Step:
    return lambda reading: reading.rewritten(pattern, word)


def _groups(sign: str) -> Word:
    return lambda match: re.sub(r"[./:|_*,-]", sign, match[0])


def _decoded(reading: TextReading) -> TextReading:
    """Without what a program wrote for a character, also if two programs did."""
    for _ in range(3):
        before = reading.text
        if "\\" in before:
            reading = reading.rewritten(ESCAPE, unescaped)
        reading = reading.rewritten(ENCODED, decoded).rewritten(TAG, untagged)
        if reading.text == before:
            break
    return reading.rewritten(PACKED, unpacked)


def _typed(reading: TextReading) -> TextReading:
    """With the signs of a keyboard."""
    if reading.text.isascii():
        return reading
    reading = reading.rewritten(_ANY, lambda one: one[0].translate(_TYPED))
    return (
        reading.rewritten(_DASH, _always("-"))
        .rewritten(_STILL_SOFT, _always(""))
        .rewritten(_PICTURE, _always(" "))
    )


@dataclass(frozen=True, slots=True)
class Spelling:
    """One kind of spelling.

    Args:
        trigger: stands in every text that the step changes; RE2 reads it, too, so nothing in
            it looks around.
        step: rewrites what is spelt so.
    """

    trigger: str
    step: Step


_WORD_AT = r"(?i:at|ät|Ät|aet|arroba|@)"
_WORD_DOT = r"(?i:dot|punkt|punto|point|ponto|\.)"

SPELLINGS: Sequence[Spelling] = (
    Spelling(
        r"\\[ux0-7U\"\\/bfnrt]|&#|&[A-Za-z]{2,8};|%[2-7][0-9a-fA-F]|=[2-7][0-9A-F]|=\r?\n"
        r"|<(?:!--|/?[A-Za-z])[^<>@]*>|[A-Za-z0-9+/_-]{20}",
        _decoded,
    ),
    # What is typed as it is needs no translation.
    Spelling(r"[^\x00-\x7f]", _typed),
    Spelling(rf"[\[({{<]\s{{0,2}}{_WORD_AT}\s{{0,2}}[\])}}>]", _each(_BRACKETED_AT, _always("@"))),
    Spelling(
        rf"[\[({{<]\s{{0,2}}{_WORD_DOT}\s{{0,2}}[\])}}>]", _each(_BRACKETED_DOT, _always("."))
    ),
    Spelling(
        r"\S(?:\s+|[_-])(?i:at|ät|Ät)(?:\s+|[_-])[^\s.]+(?:\.|\s+(?i:dot)\s+)\S",
        _each(_SPOKEN, _spoken),
    ),
    Spelling(r"\S(?:\s+@\s*|@\s+)[^\s.]+\.\S", _each(_SPACED_AT, _unspaced)),
    Spelling(r"@[^\s@]+(?:\s+\.|\.\s)", _each(_SPACED_DOT, _unspaced)),
    Spelling(rf"[0-9]{_LETTERS}|{_LETTERS}[0-9]{{2}}", _each(_DIGIT_LETTERS, _digits)),
    Spelling(r"[0-9]-\s*[\r\n]", _each(_WRAPPED_DASH, _always(""))),
    Spelling(
        r"[0-9A-Z)](?:\s*[\t\n\v\f\r][\s>]*|\s\s+)[0-9(A-Z]",
        _each(_WRAPPED, _always(" ")),
    ),
    Spelling(r"\b[A-Za-z]{2}[0-9]{2}[._/-][A-Za-z0-9]", _each(_IBAN_GROUPS, _groups(" "))),
    Spelling(r"[0-9]{4}[./:|_*][0-9]{4}", _each(_FOURS, _groups("-"))),
    Spelling(r"[0-9]_+[0-9]", _each(_UNDERSCORES, _always(" "))),
    Spelling(r"\+[0-9]{1,3},[0-9]", _each(_COMMAS, _groups(" "))),
    Spelling(r"\b[A-Z]{2}[ -]{1,2}[0-9]{2}[ -][A-Z0-9]{4}", _each(_IBAN_SPLIT, _unspaced)),
    Spelling(r"[A-Za-z_][0-9]{13}|[0-9]{13}[A-Za-z_]", _each(_GLUED, _always(" "))),
    Spelling(rf"(?i:\b(?:{_ANY_ONE})(?:[\s,.-]{{1,3}}(?:{_ANY_ONE})){{6}})", _each(_SAID, _said)),
    Spelling(r"8(?:00|33|44|55|66|77|88)[ .-][A-Z0-9-]*[A-Z]{3}", _each(_VANITY, _keyed)),
)
"""In the order in which they are undone: what an escape hides may be spelt in another way, too."""
