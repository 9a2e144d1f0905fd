"""Who the customers are: made-up people with the personal columns that real tables have."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from include.data.chance import Chance, IntArray
from include.data.words import FAMILY_NAMES, GIVEN_NAMES, MAIL_DOMAINS, REGIONS, Region

# A prefix that payment providers use for test cards: no such account can be charged.
TEST_CARD_PREFIX = "400000"
CARD_FORMATS = ("{0}{1}{2}{3}", "{0} {1} {2} {3}", "{0}-{1}-{2}-{3}")
MAIL_FORMATS = ("{given}.{family}{number}", "{given[0]}.{family}{number}", "{family}_{number}")
YOUNGEST_BORN = date(2005, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One customer's personal columns, by their names in the table."""

    customer_id: str
    full_name: str
    email: str
    phone: str
    address: str
    card_number: str
    birth_date: date
    region: str


def people(chance: Chance, who: IntArray) -> list[Person]:
    """Introduce the customers with the numbers `who`; a number and a seed are one person for ever.

    Args:
        who: customer numbers below `chance.customers`, shape (n,).
    """
    given = chance.pick("given name", len(GIVEN_NAMES))[who].tolist()
    family = chance.pick("family name", len(FAMILY_NAMES))[who].tolist()
    region = chance.pick("region", len(REGIONS))[who].tolist()
    digits = chance.pick("digits", 10**9)[who].tolist()
    style = chance.pick("style", 10**6)[who].tolist()
    # 18 to 80 years before the youngest birthday, more people in the middle of it.
    age = (chance.uniform("age") + chance.uniform("age, again"))[who] / 2
    born = (age * 62 * 365.25).astype(np.int64).tolist()
    names = list(REGIONS)

    return [
        _person(
            int(number),
            given=GIVEN_NAMES[g],
            family=FAMILY_NAMES[f],
            region=names[r],
            digits=d,
            style=s,
            born=YOUNGEST_BORN - timedelta(days=days),
        )
        for number, g, f, r, d, s, days in zip(
            who.tolist(), given, family, region, digits, style, born, strict=True
        )
    ]


def luhn_digit(payload: str) -> int:
    """The check digit that makes `payload` a valid card number (ISO/IEC 7812-1, annex B)."""
    digits = [int(digit) for digit in reversed(payload)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[::2])
    return -(sum(doubled) + sum(digits[1::2])) % 10


def _person(
    number: int, *, given: str, family: str, region: str, digits: int, style: int, born: date
) -> Person:
    place = REGIONS[region]
    return Person(
        customer_id=f"C{number:07d}",
        full_name=f"{given} {family}",
        email=_email(given, family, number, style),
        phone=_phone(place, digits, style),
        address=_address(place, digits, style),
        card_number=_card(digits, style),
        birth_date=born,
        region=region,
    )


def _email(given: str, family: str, number: int, style: int) -> str:
    local = MAIL_FORMATS[style % len(MAIL_FORMATS)].format(
        given=_ascii(given), family=_ascii(family), number=number
    )
    return f"{local}@{MAIL_DOMAINS[style // 7 % len(MAIL_DOMAINS)]}"


def _ascii(name: str) -> str:
    spelled = name.lower().replace("ø", "o")  # the one letter that NFKD does not take apart
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return plain.replace("'", "")


def _phone(place: Region, digits: int, style: int) -> str:
    pattern = place.phones[style // 11 % len(place.phones)]
    return pattern.format(
        three=f"{digits % 1000:03d}", pair=f"{digits % 100:02d}", other=f"{digits // 100 % 100:02d}"
    )


def _address(place: Region, digits: int, style: int) -> str:
    return place.address.format(
        number=1 + digits // 1000 % 240,
        street=place.streets[style // 13 % len(place.streets)],
        town=place.towns[style // 17 % len(place.towns)],
        code=f"{10_000 + digits // 7 % 89_999}",
    )


def _card(digits: int, style: int) -> str:
    payload = f"{TEST_CARD_PREFIX}{digits:09d}"
    number = f"{payload}{luhn_digit(payload)}"
    blocks = (number[at : at + 4] for at in range(0, 16, 4))
    return CARD_FORMATS[style // 19 % len(CARD_FORMATS)].format(*blocks)
