"""Check digits, as the offices that give out the numbers describe them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Check = Callable[[str], bool]

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE_36 = f"0123456789{_LETTERS}"
# Verhoeff (1969): the dihedral group of the pentagon, and his permutation.
_PERMUTATION = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_ITALIAN_ODD = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10)
_ITALIAN_ODD_LAST = (22, 25, 24, 23)


def digits(text: str) -> list[int]:
    """Its digits."""
    return [int(one) for one in text if one in "0123456789"]


def bare(text: str) -> str:
    """Letters and digits alone."""
    return "".join(one for one in text if one.isalnum())


def luhn(text: str) -> bool:
    """ISO/IEC 7812-1."""
    numbers = digits(text)
    doubled = (sum(divmod(2 * one, 10)) for one in numbers[-2::-2])
    return (sum(numbers[-1::-2]) + sum(doubled)) % 10 == 0


def weighted(weights: Sequence[int], modulus: int, remainder: int = 0) -> Check:
    """The digits times their weights leave a remainder."""

    def holds(text: str) -> bool:
        total = sum(one * weight for one, weight in zip(digits(text), weights, strict=False))
        return total % modulus == remainder

    return holds


def last_is(expected: Callable[[list[int]], int]) -> Check:
    """The last digit is what the others say."""

    def holds(text: str) -> bool:
        *others, last = digits(text)
        return expected(others) == last

    return holds


def cross_sums(weights: Sequence[int], numbers: Sequence[int]) -> int:
    """The sum of the digits of all products."""
    products = (one * weight for one, weight in zip(numbers, weights, strict=False))
    return sum(sum(divmod(product, 10)) for product in products)


def verhoeff(text: str) -> bool:
    """Every wrong digit, and every swap of two, is told."""
    state = 0
    for place, digit in enumerate(reversed(digits(text))):
        for _ in range(place % 8):
            digit = _PERMUTATION[digit]
        state = _pentagon(state, digit)
    return state == 0


def _pentagon(one: int, other: int) -> int:
    """The product of two symmetries of a pentagon: five turns, five reflections."""
    if one < 5:
        return (one + other) % 5 + (5 if other >= 5 else 0)
    turned = (one - other) % 5
    return turned if other >= 5 else turned + 5


def mod_11_10(text: str) -> bool:
    """ISO/IEC 7064, MOD 11,10."""
    *others, last = digits(text)
    product = 10
    for one in others:
        product = 2 * ((one + product) % 10 or 10) % 11
    return (11 - product) % 10 == last


def german_tax_id(text: str) -> bool:
    """Of the first ten digits one occurs two or three times, and others are missing."""
    first = digits(text)[:10]
    often = sorted((first.count(one) for one in set(first)), reverse=True)
    return often[0] in {2, 3} and often.count(1) == len(often) - 1 and mod_11_10(text)


def icao(text: str) -> bool:
    """ICAO 9303: weights 7, 3, 1; letters count from 10."""
    plain = bare(text)
    values = (_BASE_36.index(one) for one in plain[:-1])
    total = sum(value * (7, 3, 1)[at % 3] for at, value in enumerate(values))
    return str(total % 10) == plain[-1]


def german_health(text: str) -> bool:
    """SGB V section 290: the letter as two digits, weights 1 and 2."""
    numbers = [*divmod(_LETTERS.index(text[0]) + 1, 10), *digits(text)]
    return cross_sums((1, 2) * 5, numbers[:-1]) % 10 == numbers[-1]


def german_pension(text: str) -> bool:
    """VKVV section 4."""
    day, month = int(text[2:4]), int(text[4:6])
    letter = divmod(_LETTERS.index(text[8]) + 1, 10)
    numbers = [*digits(text[:8]), *letter, *digits(text[9:11])]
    total = cross_sums((2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), numbers)
    return 1 <= day <= 28 and 1 <= month <= 12 and total % 10 == int(text[-1])


def spanish(text: str) -> bool:
    """The letter of a number modulo 23; X, Y and Z count as 0, 1 and 2."""
    plain = bare(text)
    number = "".join(str("XYZ".find(one)) if one in "XYZ" else one for one in plain[:-1])
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]


def finnish(text: str) -> bool:
    """The sign of a number modulo 31."""
    number = int("".join(map(str, digits(text[:10]))))
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[number % 31] == text[-1]


def gstin(text: str) -> bool:
    """Base 36, weights 1 and 2."""
    total = 0
    for at, one in enumerate(text[:-1]):
        total += sum(divmod(_BASE_36.index(one) * (at % 2 + 1), 36))
    return _BASE_36[-total % 36] == text[-1]


def italian(text: str) -> bool:
    """Decree of 23 December 1976: odd places by a table, even ones as they are."""
    table = (*_ITALIAN_ODD, *_ITALIAN_ODD_LAST)
    values = [_BASE_36.index(one) for one in text[:-1]]
    places = [value if value < 10 else value - 10 for value in values]
    total = sum(table[one] for one in places[::2]) + sum(places[1::2])
    return _LETTERS[total % 26] == text[-1]


def korean_business(text: str) -> bool:
    """National Tax Service: the ninth digit counts five times, and its tens once more."""
    numbers = digits(text)
    total = sum(a * b for a, b in zip(numbers, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=False))
    return -(total + numbers[8] * 5 // 10) % 10 == numbers[9]


def korean_resident(text: str) -> bool:
    """The last digit of a resident; foreigners have two more."""
    numbers = digits(text)
    total = sum(a * b for a, b in zip(numbers, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=False))
    more = 2 if numbers[6] >= 5 else 0
    return ((11 - total % 11) % 10 + more) % 10 == numbers[12] and numbers[7] < 9


def dea(text: str) -> bool:
    """Drug Enforcement Administration."""
    numbers = digits(text)[-7:]
    total = sum(numbers[:6:2]) + 2 * sum(numbers[1:6:2])
    return total % 10 == numbers[6]


def singaporean(text: str) -> bool:
    """The letter of a number modulo 11; T and G count four more."""
    weighed = sum(a * b for a, b in zip(digits(text), (2, 7, 6, 5, 4, 3, 2), strict=True))
    at = (weighed + (4 if text[0] in "TG" else 0)) % 11
    letters = "JZIHGFEDCBA" if text[0] in "ST" else "XWUTRQPNMLK"
    return letters[at] == text[-1]


def singaporean_firm(text: str) -> bool:
    """ACRA: eight digits, or the year and five."""
    weights: tuple[int, ...]
    if len(text) == 9:
        weights, letters = (10, 4, 9, 3, 8, 2, 7, 1), "XMKECAWLJDB"
    else:
        weights, letters = (10, 8, 6, 4, 9, 7, 5, 3, 1), "ZKCMDNERGWH"
    total = sum(a * b for a, b in zip(digits(text), weights, strict=True))
    return letters[total % 11] == text[-1]


def thai(text: str) -> bool:
    """Department of Provincial Administration."""
    *others, last = digits(text)
    total = sum(a * b for a, b in zip(others, range(13, 1, -1), strict=True))
    return (11 - total % 11) % 10 == last


def turkish(text: str) -> bool:
    """General Directorate of Civil Registration."""
    numbers = digits(text)
    tenth = (7 * sum(numbers[:9:2]) - sum(numbers[1:8:2])) % 10
    return tenth == numbers[9] and sum(numbers[:10]) % 10 == numbers[10]


def nhs(text: str) -> bool:
    """Modulo 11, weights from 10 down."""
    return weighted(range(10, 0, -1), 11)(text)


def npi(text: str) -> bool:
    """Luhn's rule behind the prefix of US health."""
    return luhn(f"80840{text}")


def abn(text: str) -> bool:
    """The first digit counts one less."""
    first, *others = digits(text)
    weights = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
    return sum(a * b for a, b in zip((first - 1, *others), weights, strict=True)) % 89 == 0
