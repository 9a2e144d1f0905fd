"""What two spellings of one name have in common."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from airlock.stages.redact.stage.finding import Unfolding

_REMEMBERED = 1 << 17

# Letters that Unicode does not take apart.
_BARE = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ħ": "h",
    "ı": "i",
    "ŋ": "n",
    "ŧ": "t",
    "ɖ": "d",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ə": "e",
    "ƒ": "f",
}


def _squeezed(character: str) -> str:
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(_BARE.get(one, one) for one in bare if one.isalnum())


SQUEEZED = Unfolding(_squeezed)
"""Letters and digits alone, without case, accents and width; ł is l, and æ is ae."""


def squeeze(text: str) -> str:
    """Letters and digits alone, without case, accents and width."""
    return text.translate(SQUEEZED)


# Transliterated by the tables of English passports; of Greek by ELOT 743.
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў",
        (
            *("a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch".split()),
            *("", "y", "", "e", "yu", "ya", "i", "i", "ye", "g", "u"),
        ),
        strict=True,
    )
)
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρσςτυφχψω",
        "a v g d e z i th i k l m n x o p r s s t y f ch ps o".split(),
        strict=True,
    )
)
_OTHER_SCRIPTS = str.maketrans(_CYRILLIC | _GREEK)
# Letters of those that look Latin, where they stand among Latin ones.
_LOOK_LATIN = {
    ord(pair[0]): pair[1]
    for pair in (
        "аa сc еe оo рp хx уy іi јj ѕs һh ԁd ԛq ԝw кk мm тt вb нh αa εe οo ρp τt υu νv κk ιi"
    ).split()
}
_LATIN = re.compile("[a-z]")
_OTHER = re.compile("[\u0370-\u03ff\u0400-\u04ff\u0500-\u052f]")
_DIGIT_LETTERS = str.maketrans("01345789", "oieastbg")
# Umlauts and rings are written out, or not; r and n run together in print.
_WRITTEN_OUT = re.compile("ae|oe|ue|aa|dj|ss")
_RUN_TOGETHER = {"rn": "m", "vv": "w"}


@lru_cache(maxsize=_REMEMBERED)
def latin(word: str) -> str:
    """A squeezed word in Latin letters, whatever its script was."""
    if not _OTHER.search(word):
        return word
    if _LATIN.search(word):
        return word.translate(_LOOK_LATIN)
    return word.replace("ου", "ou").translate(_OTHER_SCRIPTS)


@lru_cache(maxsize=_REMEMBERED)
def skeleton(word: str) -> str:
    """What is equal for "Søren" and "Soeren", "Åsa" and "Aasa", "Владимир" and "Vladimir".

    Args:
        word: squeezed.
    """
    return _WRITTEN_OUT.sub(lambda one: one[0][0], latin(word))


@lru_cache(maxsize=_REMEMBERED)
def printed(word: str) -> str:
    """What is equal for "Lambert" and "Larnbert", "L4mb3rt" and "1ambert".

    Args:
        word: squeezed.
    """
    bare = skeleton(word)
    for two, one in _RUN_TOGETHER.items():
        bare = bare.replace(two, one)
    return bare.translate(_DIGIT_LETTERS).replace("l", "i")
