"""Makes synthetic identifiers that belong to nobody."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from airlock.hooks import registry
from airlock.stages.redact.entities import is_pattern
from airlock.stages.redact.stage.forms import everywhere
from airlock.stages.redact.stage.forms.countries import COUNTRIES
from airlock.stages.redact.stage.forms.everywhere import word

_FORMS = {**everywhere.EVERYWHERE, **COUNTRIES}
# Surnames have accents now and then.
_ENDINGS = ("berg", "sen", "ovic", "mann", "dóttir", "ström", "ez", "son")
_NATIONALITIES = ("Norwegian", "Brazilian", "Buddhist", "Lutheran", "Kenyan", "Estonian")
# What Presidio asks a language model for is tried so often.
_BY_MODEL = 8
_BRACKETED = re.compile("<[^<>]*>")
_PIECE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelt:
    """An identifier in one of the forms in which it is written.

    Args:
        text: the identifier.
        context: words that stand before it where people name it; none if nobody knows some.
    """

    text: str
    context: str | None = None


def forms(entity: str, chance: random.Random, regions: Sequence[str] = ("US",)) -> list[Spelt]:
    """One in every form (network, country, region, spelling); none if nobody can make one up.

    Args:
        entity: in Presidio's words.
        regions: of phone numbers.
    """
    if (added := registry.recognizers().get(entity)) is not None:
        return [Spelt(text=str(registry.load(added.synthetic)(chance)))]
    if entity in _FORMS:
        form = _FORMS[entity]
        return [Spelt(text=text, context=form.context) for text in form.texts(chance)]
    if entity == "PHONE_NUMBER":
        texts = everywhere.phones(chance, regions)
    elif entity in everywhere.MAKERS:
        texts = everywhere.MAKERS[entity](chance)
    elif entity in _NAMES and not is_pattern(entity):
        return [Spelt(text=_NAMES[entity](chance)) for _ in range(_BY_MODEL)]
    else:
        return []
    return [Spelt(text=text, context=everywhere.CONTEXTS[entity]) for text in texts]


def synthetic(entity: str, chance: random.Random, regions: Sequence[str] = ("US",)) -> str:
    """An identifier of a kind; of one that has no form, words that nobody is called by.

    Args:
        entity: in Presidio's words, or a word of a redaction file.
        regions: of phone numbers.
    """
    if entity in _NAMES:
        return _NAMES[entity](chance)
    made = forms(entity, chance, regions)
    return chance.choice(made).text if made else f"{word(chance)} {word(chance)}"


def variants(entity: str, value: str) -> list[tuple[str, str]]:
    """Ways in which a text may spell an identifier, and the part of each that must not be left."""
    if entity == "PERSON" and " " in value:
        first, last = value.split(" ", 1)
        return [
            (value, last),
            (value.upper(), last),
            (f"{last}, {first}", last),
            (f"{first[0]}. {last}", last),
            (first, first),
        ]
    if entity in {"PHONE_NUMBER", "CREDIT_CARD"}:
        digits = [one for one in value if one.isdigit()]
        fours = ["".join(digits[at : at + 4]) for at in range(0, len(digits), 4)]
        return [(value, value), (" ".join(fours), value), ("-".join(fours), value)]
    if entity == "EMAIL_ADDRESS":
        return [(value, value), (value.upper(), value), (value.replace("@", " (at) "), value)]
    return [(value, value), (value.upper(), value)]


def messy(text: str, chance: random.Random) -> str:
    """A text as programs and phones disguise it, or as it is."""
    match chance.randrange(8):
        case 0:
            return "".join(chr(ord(one) + 0xFEE0) if one.isdecimal() else one for one in text)
        case 1:
            middle = len(text) // 2
            return f"{text[:middle]}\u200b{text[middle:]}"
        case 2:
            return text.replace(" ", "\u00a0")
        case 3:
            return re.sub("(?<=[0-9])-(?=[0-9])", "\u2011", text)
        case _:
            return text


def squeezed(text: str) -> str:
    """Letters and digits alone, in one case: what is left of an identifier however it is spelt."""
    bare = unicodedata.normalize("NFKC", text).casefold().replace("(at)", "")
    return "".join(one for one in bare if one.isalnum())


def is_left(hidden: str, text: str, before: str) -> bool:
    """Whether an identifier is left in a text, or a piece of it: half of one is not hidden.

    Args:
        hidden: the identifier, squeezed.
        text: what came out.
        before: what stood around the identifier; pieces that stand there too say nothing.
    """
    left, around = squeezed(_BRACKETED.sub(" ", text)), squeezed(before)
    if hidden in left:
        return True
    pieces = {hidden[at : at + _PIECE] for at in range(len(hidden) - _PIECE + 1)}
    return any(piece in left and piece not in around for piece in pieces)


def _person(chance: random.Random) -> str:
    return f"{word(chance)} {word(chance)}{chance.choice(_ENDINGS)}"


def _place(chance: random.Random) -> str:
    return f"{chance.randint(1, 99)} {word(chance)} Street, {word(chance)}"


_NAMES: Mapping[str, Callable[[random.Random], str]] = {
    "PERSON": _person,
    "LOCATION": _place,
    "ORGANIZATION": lambda chance: f"{word(chance)} {word(chance)} Ltd",
    "NRP": lambda chance: chance.choice(_NATIONALITIES),
    "AGE": lambda chance: f"{chance.randint(21, 89)} years old",
    "ID": lambda chance: f"ID-{chance.randrange(10**7, 10**8)}",
}
