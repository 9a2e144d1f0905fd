"""Support notes in which some customers' identifiers are planted, and exactly where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from string import Formatter

import numpy as np

from include.data.chance import Chance, IntArray
from include.data.people import Person, luhn_digit
from include.data.words import FAMILY_NAMES, GIVEN_NAMES

NOTE_SHARE = 0.70  # of the rows; the others have no note
PLANTED_SHARE = 0.60  # of the notes
SECOND_PLANTED_SHARE = 0.35  # of the planted notes have two sentences with identifiers
STRANGER_SHARE = 0.10  # of the notes also speak of somebody who is no customer of that row
INNOCENT_SHARE = 0.50  # of the planted notes also begin, and of them also end, innocently

# Which column a placeholder is filled from, and what Presidio calls such a value.
ENTITIES = {
    "full_name": "PERSON",
    "email": "EMAIL_ADDRESS",
    "phone": "PHONE_NUMBER",
    "address": "LOCATION",
    "card_number": "CREDIT_CARD",
}

PLANTED = (
    "Customer {full_name} called from {phone}, wants a copy of the last invoice.",
    "Please reach her at {email} before noon.",
    "{full_name} asks to move the contract to {address}.",
    "Card {card_number} was declined twice, customer will try again.",
    "Callback requested on {phone} after {hour}:00.",
    "E-mail on file is wrong, correct one: <{email}>",
    "Spoke with {full_name} ({email}) about the price rise.",
    "Refund of {amount} EUR goes back to {card_number}.",
    "Technician visit booked at {address}, ring {phone} on arrival.",
    "NAME: {full_name}\nMAIL: {email}\nTEL: {phone}",
    "Voice mail from {phone}: line drops every evening.",
    "Signed up by phone, read out card no. {card_number} and address {address}.",
    "Partner of {full_name} wants to be added to the account.",
    "Forwarded to billing;{email};order {order}",
)

INNOCENT = (
    "Router replaced under order {order}, works now.",
    "Firmware {version} installed, speed back to {megabits} Mbit/s.",
    "Waited {minutes} minutes in the queue, is annoyed but stays.",
    "Invoice {invoice} over {amount} EUR explained line by line.",
    "Device serial {serial}, see warranty sheet.",
    "Asked about the family plan, compares with a competitor at {amount} EUR.",
    "Outage on {day}, credited {amount} EUR.",
    "Error code E-{minutes}-{hour} after the update, reset to factory settings.",
    "Very happy with the new app, rated us {stars}/5.",
    "Ticket {order} closed, no answer for {minutes} days.",
    "Tracking code {order}, parcel left at the depot.",
    "Thinks about cancelling @ end of term, offered {stars} months at half price.",
)


# People whom the row does not know: no column holds their names.
STRANGERS = (
    "Neighbour {stranger} let the technician in.",
    "Her colleague {stranger} rang about the same outage.",
    "Doctor {stranger} confirmed the address in writing.",
    "Landlord is {stranger}, asks for a copy of the bill.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedSpan:
    """Where an identifier was planted; never the identifier itself.

    Attributes:
        start, end: half-open range of code points in the note, as Python slices it.
        entity: Presidio's name, such as `EMAIL_ADDRESS`.
    """

    customer_id: str
    column: str
    start: int
    end: int
    entity: str


def support_notes(
    chance: Chance, night: date, crowd: Sequence[Person], who: IntArray
) -> tuple[list[str | None], list[PlantedSpan], list[PlantedSpan]]:
    """Write the night's notes.

    Args:
        crowd: the customers with the numbers `who`, in that order.

    Returns:
        A note or None for every person of the crowd, the spans in the order of the crowd, and
        likewise those of people whom the row does not know.
    """
    fate = np.stack([chance.uniform(f"note {column}", night)[who] for column in range(5)], axis=1)
    luck = chance.pick("note luck", 10**9, night)[who]
    notes: list[str | None] = []
    spans: list[PlantedSpan] = []
    strangers: list[PlantedSpan] = []
    speaks = chance.uniform("note stranger", night)[who].tolist()
    for place, (person, chances, number) in enumerate(
        zip(crowd, fate.tolist(), luck.tolist(), strict=True)
    ):
        if chances[0] >= NOTE_SHARE:
            notes.append(None)
            continue
        note, found = _write(_sentences(chances[1:], number), person, _facts(number, night))
        if speaks[place] < STRANGER_SHARE:
            note, span = _with_stranger(note, person, number)
            strangers.append(span)
        notes.append(note)
        spans.extend(found)
    return notes, spans, strangers


def _with_stranger(note: str, person: Person, number: int) -> tuple[str, PlantedSpan]:
    """The note, and a sentence about somebody whose names are not the row's own."""
    given = [one for one in GIVEN_NAMES if one not in person.full_name]
    family = [one for one in FAMILY_NAMES if one not in person.full_name]
    name = f"{given[number // 13 % len(given)]} {family[number // 17 % len(family)]}"
    before, after = STRANGERS[number // 7 % len(STRANGERS)].split("{stranger}")
    start = len(note) + 1 + len(before)
    span = PlantedSpan(
        customer_id=person.customer_id,
        column="support_note",
        start=start,
        end=start + len(name),
        entity="PERSON",
    )
    return f"{note} {before}{name}{after}", span


def _sentences(chances: Sequence[float], number: int) -> Iterator[str]:
    planted, second, begin, end = chances
    first_template = number % len(PLANTED)
    # Two indices that never meet, so that no sentence is said twice in one note.
    early = number // 100 % len(INNOCENT)
    late = (early + 1 + number // 5000 % (len(INNOCENT) - 1)) % len(INNOCENT)
    if planted >= PLANTED_SHARE:
        yield INNOCENT[early]
        if end < INNOCENT_SHARE:
            yield INNOCENT[late]
        return
    if begin < INNOCENT_SHARE:
        yield INNOCENT[early]
    yield PLANTED[first_template]
    if second < SECOND_PLANTED_SHARE:
        step = 1 + number // 70_000 % (len(PLANTED) - 1)
        yield PLANTED[(first_template + step) % len(PLANTED)]
    if end < INNOCENT_SHARE:
        yield INNOCENT[late]


def _facts(number: int, night: date) -> Mapping[str, str]:
    """Numbers that identify nobody, some of them close to a card or a phone number in looks."""
    payload = f"4{number:014d}"
    return {
        "order": f"{chr(65 + number % 26)}K-{number % 90_000 + 10_000}",
        "invoice": f"{night.year}-{number % 10**6:06d}",
        # Sixteen digits like a card, but the check digit is off by one.
        "serial": f"{payload}{(luhn_digit(payload) + 1) % 10}",
        "version": f"{number % 9 + 1}.{number % 31}.{number % 17}",
        "amount": f"{number % 9000 / 100 + 1:.2f}",
        "minutes": str(number % 57 + 3),
        "megabits": str(number % 480 + 20),
        "hour": str(number % 9 + 9),
        "stars": str(number % 3 + 3),
        "day": night.strftime("%d.%m."),
    }


def _write(
    templates: Iterator[str], person: Person, facts: Mapping[str, str]
) -> tuple[str, list[PlantedSpan]]:
    note = ""
    spans = []
    for literal, field in (part for template in templates for part in _parts(template)):
        note += literal
        if field in ENTITIES:
            value = getattr(person, field)
            spans.append(
                PlantedSpan(
                    customer_id=person.customer_id,
                    column="support_note",
                    start=len(note),
                    end=len(note) + len(value),
                    entity=ENTITIES[field],
                )
            )
            note += value
        elif field:
            note += facts[field]
    return note.rstrip(), spans


def _parts(template: str) -> Sequence[tuple[str, str | None]]:
    return _PARSED[template]


# Parsed once: doing it again for every sentence would take half of a night's time.
_PARSED = {
    template: [(literal, field) for literal, field, *_ in Formatter().parse(f"{template} ")]
    for template in (*PLANTED, *INNOCENT)
}
