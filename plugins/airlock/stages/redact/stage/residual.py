"""Searches redacted text again, with code that shares nothing with the first search.

Plain expressions with check digits, no Presidio, and the row's own identifiers letter by letter:
what the engine, a threshold or a forgotten column let through is found here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.errors import DataError
from airlock.stages.redact.entities import Residual
from airlock.stages.redact.spec import RedactionSpec

Rows = npt.NDArray[np.bool_]

# A shorter value stands in other texts by chance.
_SHORTEST_VALUE = 6
# A value that so many rows of a group share names a category, and nobody.
_MANY, _SHARE = 20, 0.01

# Characters of each country's IBAN, from SWIFT's registry.
_IBANS = {
    one[:2]: int(one[2:])
    for one in (
        "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 "
        "DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 "
        "IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 MC27 MD24 ME22 MK19 MR27 "
        "MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 "
        "ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
    ).split()
}


def _is_card(text: str) -> bool:
    """ISO/IEC 7812: 13 to 19 digits that begin with 3 to 6 and add up by Luhn's rule."""
    digits = [int(one) for one in text if one.isdigit()]
    doubled = (sum(divmod(2 * one, 10)) for one in digits[-2::-2])
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    """ISO 13616: as long as its country says, and the number modulo 97 is 1."""
    bare = re.sub("[ -]", "", text).upper()
    if len(bare) != _IBANS.get(bare[:2]):
        return False
    return int("".join(str(int(one, 36)) for one in bare[4:] + bare[:4])) % 97 == 1


def _is_phone(text: str) -> bool:
    """ITU-T E.164: 8 to 15 digits behind the plus."""
    return 8 <= sum(one.isdigit() for one in text) <= 15


def _is_ssn(text: str) -> bool:
    """As the Social Security Administration gives them out; not the example of every form."""
    area, group, serial = text.split("-")
    given_out = area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"
    return given_out and text not in {"123-45-6789", "078-05-1120"}


def _is_address(text: str) -> bool:
    return all(int(one) <= 255 for one in text.split("."))


def _is(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _IdentifierShape:
    """How a kind of identifier looks, and whether a match is one."""

    expression: str
    holds: Callable[[str], bool]


_SHAPES: Mapping[Residual, _IdentifierShape] = {
    # RFC 5321: 64 characters before the sign, and of a host's name.
    "EMAIL_ADDRESS": _IdentifierShape(
        r"[^\s@<>()\[\],;:\"']{1,64}@(?:[^\s@<>()\[\],;:\"'.]{1,64}\.)+[A-Za-z]{2,}", _is
    ),
    "PHONE_NUMBER": _IdentifierShape(r"\+[1-9](?:[ ().-]{0,2}[0-9]){6,16}", _is_phone),
    "CREDIT_CARD": _IdentifierShape(r"\b[3-6][0-9]{3}(?:[ -]?[0-9]){9,15}\b", _is_card),
    "IBAN_CODE": _IdentifierShape(r"\b[A-Za-z]{2}[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}\b", _is_iban),
    "IP_ADDRESS": _IdentifierShape(r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", _is_address),
    "US_SSN": _IdentifierShape(r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", _is_ssn),
}
# Their expressions take along what follows them closely.
_LONG: frozenset[Residual] = frozenset({"CREDIT_CARD", "IBAN_CODE", "PHONE_NUMBER"})
# With the same letters as RE2 knows; a number may begin inside of what only looks like one.
_COMPILED = {
    kind: re.compile(
        f"(?=({shape.expression}))" if kind in _LONG else shape.expression,
        re.ASCII,
    )
    for kind, shape in _SHAPES.items()
}
_BORDER = re.compile(r"(?<=[A-Za-z0-9])(?![A-Za-z0-9])")


class Residuals:
    """Looks at the columns that go out.

    Args:
        schema: of the table as it came in.
        spec: what was to happen to it.
    """

    def __init__(self, schema: pa.Schema, spec: RedactionSpec) -> None:
        texts = [field.name for field in schema if pa.types.is_string(field.type)]
        self._spec = spec
        self._direct = [name for name in texts if spec.does(name) in {"drop", "pseudonym", "mask"}]

    def found(
        self, before: pa.Table, after: Mapping[str, pa.Array]
    ) -> dict[tuple[str, Residual], Rows]:
        """Which rows still hold what; nothing for a column and kind without any.

        Args:
            before: the table as it came in.
            after: the columns that go out, of the same rows.

        Raises:
            DataError: a text cannot be decoded.
        """
        shown = {
            name: column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
            for name, column in after.items()
            if pa.types.is_string(column.type) and self._spec.does(name) != "pseudonym"
        }
        found: dict[tuple[str, Residual], Rows] = {}
        for name, column in shown.items():
            for kind, rows in self._shaped(name, column):
                found[name, kind] = rows
        own = {one: shown[one] for one in shown if self._spec.does(one) in {"scan", "keep"}}
        for name, rows in _own_values(before.select(self._direct), own).items():
            found[name, "OWN_VALUE"] = rows
        return found

    def _shaped(self, name: str, column: pa.Array) -> Iterator[tuple[Residual, Rows]]:
        encoded = column.dictionary_encode()
        allowed = frozenset(self._spec.columns[name].allow)
        try:
            values = _plain(encoded.dictionary)
        except pa.ArrowInvalid:
            raise DataError(
                f"{name} holds text that is not UTF-8.", do="Repair the export, or drop the column."
            ) from None
        for kind in _SHAPES:
            hits = _hits(values, kind, allowed)
            if hits.any():
                places = encoded.indices.fill_null(len(values)).to_numpy()
                yield kind, np.append(hits, False)[places]


def _plain(values: pa.Array) -> pa.Array:
    """As people read it: full-width digits are digits, and what does not show is not there."""
    if pc.all(pc.string_is_ascii(values), min_count=0).as_py():
        return values
    shown = pc.replace_substring_regex(values, r"\p{Cf}", "")
    return pc.utf8_normalize(shown, form="NFKC")


def _hits(values: pa.Array, kind: Residual, allowed: frozenset[str]) -> Rows:
    perhaps = pc.match_substring_regex(values, _SHAPES[kind].expression)
    hits: Rows = perhaps.fill_null(False).to_numpy(zero_copy_only=False).copy()
    holds = _SHAPES[kind].holds
    for place in np.flatnonzero(hits):
        matches = (one[one.re.groups] for one in _COMPILED[kind].finditer(values[place].as_py()))
        hits[place] = any(
            one not in allowed and (_begins(one, holds) if kind in _LONG else holds(one))
            for one in matches
        )
    return hits


def _begins(match: str, holds: Callable[[str], bool]) -> bool:
    """Whether a match, or what it begins with, is an identifier: words may follow it closely."""
    return any(holds(match[: border.start()]) for border in _BORDER.finditer(match))


def _own_values(direct: pa.Table, shown: Mapping[str, pa.Array]) -> dict[str, Rows]:
    """Rows of each column in which an identifier of the row still stands as it was typed."""
    if not direct.num_columns or not shown:
        return {}
    # One text a row, so that each identifier is looked for once.
    texts = {name: pc.utf8_lower(column.fill_null("")) for name, column in shown.items()}
    joined = pc.binary_join_element_wise(*texts.values(), "\n").to_pylist()
    found: dict[str, Rows] = {}
    for values in map(_telling, direct.columns):
        for row, (value, text) in enumerate(zip(values, joined, strict=True)):
            if value is not None and value in text:
                for name in (name for name, one in texts.items() if value in one[row].as_py()):
                    found.setdefault(name, np.zeros(len(joined), np.bool_))[row] = True
    return found


def _telling(column: pa.ChunkedArray) -> Sequence[str | None]:
    """The values in lower case; None where one is short, or shared by many."""
    encoded = pc.utf8_lower(pc.utf8_trim_whitespace(column)).combine_chunks().dictionary_encode()
    values: list[str | None] = encoded.dictionary.to_pylist()
    counts = Counter(encoded.indices.to_pylist())
    most = max(_MANY, _SHARE * len(column))
    telling = [
        value if value and len(value) >= _SHORTEST_VALUE and counts[place] <= most else None
        for place, value in enumerate(values)
    ]
    return [None if place is None else telling[place] for place in encoded.indices.to_pylist()]


assert set(_SHAPES) | {"OWN_VALUE"} == set(get_args(Residual))
