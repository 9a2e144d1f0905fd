"""Makes synthetic identifiers that belong to nobody."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import phonenumbers

from airlock.hooks import registry

_SYLLABLES = "bra cor dal fen gor hul jas kem lor mav nor pel quin rus sten tov ulm vek wex zan"
# Surnames have accents now and then.
_ENDINGS = ("berg", "sen", "ovic", "mann", "dóttir", "ström", "ez", "son")
_DIGITS = "0123456789"


def synthetic(entity: str, chance: random.Random, regions: Sequence[str] = ("US",)) -> str:
    """An identifier of a kind; of one that has no form, words that nobody is called by.

    Args:
        entity: in Presidio's words, or a word of a redaction file.
        regions: of phone numbers.
    """
    if entity == "PHONE_NUMBER":
        return _phone(chance, regions)
    if (added := registry.recognizers().get(entity)) is not None:
        return str(registry.load(added.synthetic)(chance))
    return _MAKERS.get(entity, _words)(chance)


def known_kinds(entities: Sequence[str]) -> list[str]:
    """Those with a form of their own, which can be made up so that a pattern knows them."""
    return [one for one in entities if one in {*_FORMED, "PHONE_NUMBER", *registry.recognizers()}]


def variants(entity: str, value: str) -> list[tuple[str, str]]:
    """Ways in which a text may spell an identifier, and the part of each that must not be left."""
    if entity == "PERSON":
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


def squeezed(text: str) -> str:
    """Letters and digits alone, in one case: what is left of an identifier however it is spelt."""
    bare = text.casefold().replace("(at)", "")
    return "".join(one for one in bare if one.isalnum())


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES.split(), k=2)).capitalize()


def _words(chance: random.Random) -> str:
    return f"{_word(chance)} {_word(chance)}"


def _person(chance: random.Random) -> str:
    return f"{_word(chance)} {_word(chance)}{chance.choice(_ENDINGS)}"


def _email(chance: random.Random) -> str:
    # RFC 2606 keeps these names for examples.
    host = chance.choice(("example.com", "example.org", "example.net"))
    return f"{_word(chance)}.{_word(chance)}{_number(chance, 2)}@{host}".lower()


def _number(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(_DIGITS, k=length))


def _phone(chance: random.Random, regions: Sequence[str]) -> str:
    region = chance.choice(list(regions))
    mobile = phonenumbers.PhoneNumberType.MOBILE
    # One of the Atlantic islands has no mobile numbers.
    usual = phonenumbers.example_number_for_type(region, mobile) or phonenumbers.example_number(
        region
    )
    assert usual is not None
    form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    for _ in range(50):
        number = phonenumbers.PhoneNumber(
            country_code=usual.country_code,
            national_number=(usual.national_number or 0) // 100 * 100 + chance.randrange(100),
        )
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, form))
    return str(phonenumbers.format_number(usual, form))


def _card(chance: random.Random) -> str:
    # 400000 is what payment services test with.
    start = f"400000{_number(chance, 9)}"
    doubled = (sum(divmod(2 * int(one), 10)) for one in start[::-2])
    check = -(sum(doubled) + sum(map(int, start[-2::-2]))) % 10
    return f"{start}{check}"


def _iban(chance: random.Random) -> str:
    # A bank code of zeros is no bank's.
    account = f"00000000{_number(chance, 10)}"
    check = 98 - int(f"{account}131400") % 97
    return f"DE{check:02d}{account}"


def _ssn(chance: random.Random) -> str:
    return f"{chance.randint(100, 660)}-{chance.randint(10, 99)}-{chance.randint(1000, 9999)}"


def _address(chance: random.Random) -> str:
    # RFC 5737 keeps these networks for documents.
    return f"{chance.choice(('192.0.2', '198.51.100', '203.0.113'))}.{chance.randint(1, 254)}"


def _place(chance: random.Random) -> str:
    return f"{chance.randint(1, 99)} {_word(chance)} Street, {_word(chance)}"


_FORMED: Mapping[str, Callable[[random.Random], str]] = {
    "EMAIL_ADDRESS": _email,
    "CREDIT_CARD": _card,
    "IBAN_CODE": _iban,
    "IP_ADDRESS": _address,
    "US_SSN": _ssn,
}
_MAKERS: Mapping[str, Callable[[random.Random], str]] = {
    **_FORMED,
    "PERSON": _person,
    "LOCATION": _place,
}
