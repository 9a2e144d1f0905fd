"""What a card's number is: one definition for the scan and for the look after it.

The beginnings are those of ISO/IEC 7812's registry as the networks publish them; a number of 12 to
19 digits that begins so, is as long as its network says and adds up by Luhn's rule is a card's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Network:
    """An issuers' network.

    Args:
        beginnings: expressions of what its numbers begin with.
        lengths: digits that they have.
    """

    name: str
    beginnings: tuple[str, ...]
    lengths: tuple[int, ...]


NETWORKS: tuple[Network, ...] = (
    Network("Visa", ("4",), (13, 16, 19)),
    Network("Mastercard", ("5[1-5]", "222[1-9]", "22[3-9]", "2[3-6]", "27[01]", "2720"), (16,)),
    Network("American Express", ("3[47]",), (15,)),
    Network("Diners Club", ("30[0-5]", "3095", "3[689]"), (14, 15, 16, 17, 18, 19)),
    Network("Discover", ("6011", "64[4-9]", "65"), (16, 17, 18, 19)),
    Network("JCB", ("352[89]", "35[3-8]"), (16, 17, 18, 19)),
    Network("JCB of before 1989", ("1800", "2131"), (15,)),
    Network("UnionPay", ("62", "81"), (16, 17, 18, 19)),
    Network("Maestro", ("50", "5[6-8]", "6"), (12, 13, 14, 15, 16, 17, 18, 19)),
    Network("RuPay", ("508", "60", "65", "8[12]", "353", "356"), (16,)),
    Network("Mir", ("220[0-4]",), (16, 17, 18, 19)),
    Network("Troy", ("65", "9792"), (16,)),
    Network("Verve", ("506[01]", "507[89]", "6500"), (16, 18, 19)),
    Network("Elo", ("4011", "438935", "45[17]", "5067", "509", "6277", "636[23]", "65"), (16,)),
    Network("UATP", ("1",), (15,)),
    Network("Dankort", ("5019", "4571"), (16,)),
    Network("InstaPayment", ("63[7-9]",), (16,)),
    Network("InterPayment", ("636",), (16, 17, 18, 19)),
    Network("LankaPay", ("357111",), (16,)),
    Network("Humo, Uzcard", ("9860", "8600"), (16,)),
)
_ISSUED = {
    length: re.compile(
        "|".join(start for one in NETWORKS if length in one.lengths for start in one.beginnings)
    )
    for length in range(12, 20)
}
# Presidio takes what begins with these, of whatever length, for a card where it adds up.
_STOCK = "13456"
_ZERO, _DOUBLED = ord("0"), (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_STOCK_LENGTHS = range(13, 17)

POSSIBLE = r"[0-9]{4}(?:[ -]?[0-9]){8}"
"""RE2, without which no card stands in a text."""

IN_A_COLUMN = r"^-?[1-9][0-9]{11,18}$"
"""RE2 of how a card looks in a column of numbers."""

# Four digits together, then single blanks or dashes wherever people put them. A card may begin
# inside of what only looks like one, and end at every border of a word.
_WRITTEN = re.compile(r"\b(?=([0-9]{4}(?:[ -]?[0-9]){8,15}))", re.ASCII)
_BORDER = re.compile(r"(?<=[0-9])(?![0-9A-Za-z_])")
_SHORTEST = 12


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Where cards stand in a text, as start and end; of several that begin together the longest."""
    for match in _WRITTEN.finditer(text):
        start, last = match.span(1)
        ends = [one.start() for one in _BORDER.finditer(text, start + _SHORTEST, last + 1)]
        for end in reversed(ends):
            if is_card(text[start:end]):
                yield start, end
                break


def is_card(text: str) -> bool:
    """Whether a text with 12 to 19 digits is a card's number, by network, length and Luhn's rule.

    A number of 13 to 16 digits that Presidio takes for one is one, too.
    """
    digits = text.replace(" ", "").replace("-", "")
    stock = len(digits) in _STOCK_LENGTHS and digits[0] in _STOCK and not _is_a_time(digits)
    return bool(stock or is_issued(digits)) and adds_up(digits)


def is_issued(digits: str) -> bool:
    """Whether a network gives out numbers that begin so and are so long."""
    beginnings = _ISSUED.get(len(digits))
    return beginnings is not None and beginnings.match(digits) is not None


def adds_up(digits: str) -> bool:
    """Luhn's rule (ISO/IEC 7812-1, annex B)."""
    numbers = [ord(one) - _ZERO for one in digits]
    return (sum(numbers[-1::-2]) + sum([_DOUBLED[one] for one in numbers[-2::-2]])) % 10 == 0


def _is_a_time(digits: str) -> bool:
    """Milliseconds since 1970, as Presidio has it."""
    return len(digits) == 13 and digits.startswith("1")
