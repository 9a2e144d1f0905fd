"""Made-up leads: enough that a small model finds what decides, and nobody's."""

from __future__ import annotations

import csv
import io
import math
import random

COUNT = 3_000

_CHANNELS = {"search": 0.4, "partner": 1.0, "event": 0.2, "mail": -0.8}
_REGIONS = ("north", "south", "east", "west")
_NOTES = (
    "Asked for a price list.",
    "Please write to {email} again.",
    "Wants a call next week.",
    "Met at the fair, prefers mail: {email}.",
    "",
)


def leads(count: int = COUNT, *, seed: int = 7) -> str:
    """A CSV table of leads, the same for equal arguments."""
    chance = random.Random(seed)
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(
        "lead_id email channel region visits minutes days_since_contact note converted".split()
    )
    for number in range(count):
        rows.writerow(_lead(number, chance))
    return written.getvalue()


def _lead(number: int, chance: random.Random) -> list[object]:
    channel = chance.choice(list(_CHANNELS))
    visits = min(int(chance.expovariate(0.25)), 40)
    minutes = round(chance.expovariate(1 / 6) * (1 + visits / 4), 1)
    days = chance.randrange(90)
    email = f"lead{number}@example.com"
    score = _CHANNELS[channel] + 0.22 * visits + 0.02 * minutes - 0.03 * days - 0.9
    return [
        f"L{number:06d}",
        email,
        channel,
        chance.choice(_REGIONS),
        visits,
        minutes,
        days,
        chance.choice(_NOTES).format(email=email),
        int(chance.random() < 1 / (1 + math.exp(-score))),
    ]
