"""What is written alike in all countries: cards, accounts, addresses, times."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

import phonenumbers

from airlock.stages.redact.stage.forms import checks
from airlock.stages.redact.stage.forms.template import PlantedForm, made

Makers = Mapping[str, Callable[[random.Random], list[str]]]

_SYLLABLES = "bra cor dal fen gor hul jas kem lor mav nor pel quin rus sten tov ulm vek wex zan"
_BASE_58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH_32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_HEX = "[0-9a-f]"
# A network's first numbers, as a template; the rest is free, and adds up.
_CARDS: tuple[tuple[str, int], ...] = (
    *(("400000", 13), ("400000", 16), ("400000", 19), ("51", 16), ("55", 16), ("2221", 16)),
    *(("2720", 16), ("34", 15), ("37", 15), ("300", 14), ("36", 14), ("6011", 16), ("644", 16)),
    *(("65", 16), ("3528", 16), ("3589", 16), ("213176", 15), ("1800", 15), ("62", 16)),
    *(("62", 19), ("50386", 12), ("5018", 13), ("6304", 16), ("6759", 19), ("508", 16)),
    *(("60", 16), ("81", 16), ("2200", 16), ("2204", 19), ("9792", 16), ("8600", 16)),
    *(("5060", 16), ("5078", 18), ("4011", 16), ("1354", 15), ("5019", 16), ("637", 16)),
    *(("6360", 16), ("357111", 16), ("9860", 16)),
)
# From SWIFT's registry: n digits, a letters, c both.
_ACCOUNTS = (
    "AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BR23n1a1c BY4c4n16c CH5n12c "
    "CR18n CY8n16c CZ20n DE18n DK14n DO4c20n EE16n EG25n ES20n FI14n FO14n FR10n11c2n GB4a14n "
    "GE2a16n GI4a15c GL14n GR7n16c GT24c HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c "
    "JO4a4n18c KW4a22c KZ3n13c LB4n20c LI5n12c LT16n LU3n13c LV4a13c MC10n11c2n MD20c ME18n "
    "MK3n10c2n MR23n MT4a5n18c MU4a19n3a NL4a10n NO11n PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c "
    "RS18n SA2n18c SC4a20n3a SE20n SI15n SK20n SM1a10n12c ST21n SV4a20n TL19n TN20n TR5n17c "
    "UA6n19c VA18n VG4a16n XK16n"
).split()


def word(chance: random.Random) -> str:
    """A word that nobody is called by."""
    return "".join(chance.choices(_SYLLABLES.split(), k=2)).capitalize()


def cards(chance: random.Random) -> list[str]:
    """One of every network and length, in digits, fours, or with dashes."""
    return [_spaced(_card(start, length, chance), chance) for start, length in _CARDS]


def _card(start: str, length: int, chance: random.Random) -> str:
    return made(f"{start}#{{{length - len(start)}}}", checks.luhn, chance)


def _spaced(digits: str, chance: random.Random) -> str:
    sign = chance.choice(("", " ", "-"))
    if len(digits) == 15:
        return sign.join((digits[:4], digits[4:10], digits[10:]))
    return sign.join(digits[at : at + 4] for at in range(0, len(digits), 4))


def accounts(chance: random.Random) -> list[str]:
    """An IBAN of every country, in one piece or in fours."""
    found = []
    for one in _ACCOUNTS:
        country = one[:2]
        account = _account(one[2:], chance)
        number = int("".join(str(int(sign, 36)) for sign in f"{account}{country}00"))
        iban = f"{country}{98 - number % 97:02}{account}"
        fours = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
        found.append(chance.choice((iban, fours)))
    return found


def _account(form: str, chance: random.Random) -> str:
    made_of = {"n": "#", "a": "@", "c": "[0-9A-Z]"}
    template, count = "", ""
    for sign in form:
        if sign.isdigit():
            count += sign
        else:
            template, count = f"{template}{made_of[sign]}{{{count}}}", ""
    return made(template, bool, chance)


def phones(chance: random.Random, regions: Sequence[str]) -> list[str]:
    """A number of every region, as it is dialled from abroad and at home."""
    international = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    national = phonenumbers.PhoneNumberFormat.NATIONAL
    found = []
    for region in regions:
        number = _phone(region, chance)
        for form in (international, national):
            found.append(str(phonenumbers.format_number(number, form)))
    return found


def _phone(region: str, chance: random.Random) -> phonenumbers.PhoneNumber:
    mobile = phonenumbers.PhoneNumberType.MOBILE
    # One of the Atlantic islands has no mobile numbers.
    usual = phonenumbers.example_number_for_type(region, mobile) or phonenumbers.example_number(
        region
    )
    assert usual is not None
    for _ in range(50):
        number = phonenumbers.PhoneNumber(
            country_code=usual.country_code,
            national_number=(usual.national_number or 0) // 100 * 100 + chance.randrange(100),
        )
        if phonenumbers.is_valid_number(number):
            return number
    return usual


def emails(chance: random.Random) -> list[str]:
    """Plain, with a tag, in capitals, with a dash, at a subdomain; RFC 2606 keeps the hosts."""
    one, other = word(chance).lower(), word(chance).lower()
    number = chance.randrange(10, 99)
    return [
        f"{one}.{other}{number}@example.com",
        f"{one}+{other}@example.org",
        f"{one}_{other}@EXAMPLE.NET".upper(),
        f"{one}-{other}{number}@mail.example.com",
        f"{one[0]}.{other}@{one}.example",
    ]


def addresses(chance: random.Random) -> list[str]:
    """RFC 5737 and RFC 3849 keep these networks for documents."""
    networks = ("192.0.2", "198.51.100", "203.0.113")
    return [
        *(f"{one}.{chance.randint(1, 254)}" for one in networks),
        made(f"2001:db8:[1-9]:[1-9]:{_HEX}{{4}}:[1-9]:[1-9]:{_HEX}{{4}}", bool, chance),
        made(f"2001:db8::{_HEX}{{3}}[1-9]", bool, chance),
    ]


def social(chance: random.Random) -> list[str]:
    """With dashes, and with blanks."""
    area, group = chance.randint(100, 660), chance.randint(10, 99)
    serial = chance.randint(1000, 9999)
    return [f"{area}-{group}-{serial}", f"{area} {group} {serial}"]


def wallets(chance: random.Random) -> list[str]:
    """Bitcoin: P2PKH, P2SH, and both of BIP 173 and BIP 350."""
    program = [chance.randrange(32) for _ in range(32)]
    return [
        _base58(b"\0" + chance.randbytes(20)),
        _base58(b"\5" + chance.randbytes(20)),
        _bech32(0, program, 1),
        _bech32(1, [chance.randrange(32) for _ in range(51)] + [0], 0x2BC830A3),
    ]


def _base58(payload: bytes) -> str:
    whole = payload + sha256(sha256(payload).digest()).digest()[:4]
    number, text = int.from_bytes(whole, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = _BASE_58[rest] + text
    return "1" * (len(whole) - len(whole.lstrip(b"\0"))) + text


def _bech32(version: int, program: Sequence[int], constant: int) -> str:
    values = [version, *program]
    total = _polymod([3, 3, 0, 2, 3, *values, 0, 0, 0, 0, 0, 0]) ^ constant
    check = [(total >> 5 * (5 - at)) & 31 for at in range(6)]
    return "bc1" + "".join(_BECH_32[one] for one in (*values, *check))


def _polymod(values: Sequence[int]) -> int:
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for at, generator in enumerate(_GENERATORS):
            total ^= generator if top >> at & 1 else 0
    return total


EVERYWHERE: Mapping[str, PlantedForm] = {
    "ABA_ROUTING_NUMBER": PlantedForm(
        templates=("0[1-9]#{7}", "0[1-9]##-####-#"),
        context="ABA routing",
        holds=checks.weighted((3, 7, 1) * 3, 10),
    ),
    "DATE_TIME": PlantedForm(
        templates=(
            *("19[5-9]#-0[1-9]-1[0-9]", "1[0-9].0[1-9].19[5-9]#", "[1-9]/1[0-9]/19[5-9]#"),
            *("1[0-9]-MAR-19[5-9]#", "19[5-9]#-0[1-9]-1#T1#:[0-5]#:[0-5]#Z"),
        ),
        context="birthday",
    ),
    "MAC_ADDRESS": PlantedForm(
        templates=(
            "[0-9A-F]{2}:[0-9A-F]{2}:[0-9A-F]{2}:[0-9A-F]{2}:[0-9A-F]{2}:[0-9A-F]{2}",
            f"{_HEX}{{2}}-{_HEX}{{2}}-{_HEX}{{2}}-{_HEX}{{2}}-{_HEX}{{2}}-{_HEX}{{2}}",
            f"{_HEX}{{4}}.{_HEX}{{4}}.{_HEX}{{4}}",
        ),
        context="MAC address",
    ),
    "MEDICAL_LICENSE": PlantedForm(
        templates=("[ABFGM]@#{7}", "B9#{7}"), context="DEA certificate", holds=checks.dea
    ),
    "URL": PlantedForm(
        templates=("https://www.[a-z]{9}.example.com/[a-z]{8}", "www.[a-z]{9}.org"),
        context="website",
    ),
    "UUID": PlantedForm(
        templates=(f"{_HEX}{{8}}-{_HEX}{{4}}-4{_HEX}{{3}}-[89ab]{_HEX}{{3}}-{_HEX}{{12}}",),
        context="UUID",
    ),
}
MAKERS: Makers = {
    "CREDIT_CARD": cards,
    "CRYPTO": wallets,
    "EMAIL_ADDRESS": emails,
    "IBAN_CODE": accounts,
    "IP_ADDRESS": addresses,
    "US_SSN": social,
}
CONTEXTS: Mapping[str, str] = {
    "CREDIT_CARD": "credit card",
    "CRYPTO": "bitcoin wallet",
    "EMAIL_ADDRESS": "email",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP",
    "PHONE_NUMBER": "phone",
    "US_SSN": "social security",
}
