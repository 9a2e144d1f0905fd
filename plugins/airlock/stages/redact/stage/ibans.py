"""What an IBAN is: one definition for the scan and for the look after it."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Characters of each country's IBAN, from SWIFT's registry.
_LENGTHS = {
    one[:2]: int(one[2:])
    for one in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 "
        "DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 "
        "IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 "
        "MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 "
        "SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30"
    ).split()
}

POSSIBLE = r"\b[A-Za-z]{2}[0-9]{2}(?:[ -]?[0-9A-Za-z]){11}"
"""RE2, without which no IBAN stands in a text."""

_BEGINS = re.compile(r"\b[A-Za-z]{2}[0-9]{2}(?=[ -]?[0-9A-Za-z])", re.ASCII)
_NEXT = re.compile(r"[ -]?([0-9A-Za-z])")
_PREFIX = 4


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Where IBANs stand in a text, as start and end: ISO 13616, as long as their country says.

    Single blanks or dashes may stand anywhere in one, and a word behind it is no part of it.
    """
    for match in _BEGINS.finditer(text):
        length = _LENGTHS.get(match[0][:2].upper())
        if length is None:
            continue
        signs, at = [*match[0]], match.end()
        while len(signs) < length and (one := _NEXT.match(text, at)):
            signs.append(one[1])
            at = one.end()
        if len(signs) == length and not _goes_on(text, at) and _adds_up("".join(signs).upper()):
            yield match.start(), at


def _goes_on(text: str, at: int) -> bool:
    following = text[at : at + 1]
    return following.isascii() and following.isalnum()


def _adds_up(iban: str) -> bool:
    """ISO 7064, MOD 97-10."""
    turned = iban[_PREFIX:] + iban[:_PREFIX]
    return int("".join(str(int(one, 36)) for one in turned)) % 97 == 1
