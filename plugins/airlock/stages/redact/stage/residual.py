"""Searches redacted text again, without the engine of the first search.

Plain expressions with check digits, no Presidio, and the row's own identifiers letter by letter:
what the engine, a threshold or a forgotten column let through is found here. What a card or an IBAN
is, what counts behind a word that says what it is, and in which ways a text may be read, is told
once for both searches: neither is narrower.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.errors import DataError
from airlock.stages.redact.entities import Residual
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage import cards, ibans
from airlock.stages.redact.stage.analyzer.budget import SECONDS, TextTimeBudget
from airlock.stages.redact.stage.analyzer.forms import FORMS, Form, Search
from airlock.stages.redact.stage.analyzer.readings import readings_of
from airlock.stages.redact.stage.as_text import as_text, is_number
from airlock.stages.redact.stage.own_values import Rows, own_values


def _is_phone(text: str) -> bool:
    """ITU-T E.164: 8 to 15 digits behind the plus."""
    return 8 <= sum(one.isdigit() for one in text) <= 15


_EXAMPLES = frozenset({("123", "45", "6789"), ("078", "05", "1120")})


def _is_ssn(text: str) -> bool:
    """As the Social Security Administration gives them out; not the example of every form."""
    area, group, serial = re.split("[-. ]", text)
    given_out = area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"
    return given_out and (area, group, serial) not in _EXAMPLES


# "3::1" is a ratio.
_SHORTEST_V6 = len("fe80::1")


def _is_address(text: str) -> bool:
    """RFC 791 and RFC 4291; "dad::bad" is one by its letters alone."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return ":" not in text or (len(text) >= _SHORTEST_V6 and any(map(str.isdigit, text)))


def _is(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class _IdentifierShape:
    """How a kind of identifier looks, and whether a match is one.

    Args:
        expression: RE2, without which none stands in a text.
        found: those in a text.
        score: how sure a match is; a column with a higher threshold lets it through.
    """

    expression: str
    found: Callable[[str], Iterator[str]]
    score: float = 1.0


def _shape(
    expression: str, holds: Callable[[str], bool], *, long: bool = False
) -> _IdentifierShape:
    """A shape by one expression, which Python's `re` and RE2 read alike.

    Args:
        long: whether the expression takes along what follows closely. Then a find may begin inside
            of what only looks like one, and end at every border of a word.
    """
    compiled = re.compile(f"(?=({expression}))" if long else expression, re.ASCII)

    def found(text: str) -> Iterator[str]:
        for match in compiled.finditer(text):
            whole = match[compiled.groups]
            if not long and holds(whole):
                yield whole
            elif long:
                ends = (border.start() for border in _BORDER.finditer(whole))
                yield from (whole[:end] for end in ends if holds(whole[:end]))

    return _IdentifierShape(expression, found)


def _spans(where: Callable[[str], Iterator[tuple[int, int]]]) -> Callable[[str], Iterator[str]]:
    return lambda text: (text[start:end] for start, end in where(text))


_BORDER = re.compile(r"(?<=[A-Za-z0-9])(?![A-Za-z0-9])")
_SHAPES: Mapping[Residual, _IdentifierShape] = {
    # RFC 5321: 64 characters before the sign, and of a host's name.
    "EMAIL_ADDRESS": _shape(
        r"[^\s@<>()\[\],;:\"']{1,64}@(?:[^\s@<>()\[\],;:\"'.]{1,64}\.)+[A-Za-z]{2,}", _is
    ),
    "PHONE_NUMBER": _shape(r"\+[1-9](?:[ ().-]{0,2}[0-9]){6,16}", _is_phone, long=True),
    "CREDIT_CARD": _IdentifierShape(cards.POSSIBLE, _spans(cards.cards)),
    "IBAN_CODE": _IdentifierShape(ibans.POSSIBLE, _spans(ibans.ibans)),
    "IP_ADDRESS": _shape(
        r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|(?:\b[0-9A-Fa-f]{1,4}|:):(?:[0-9A-Fa-f]{0,4}:){0,6}"
        r"[0-9A-Fa-f]{1,4}\b",
        _is_address,
    ),
    "US_SSN": _shape(r"\b[0-9]{3}(?:-[0-9]{2}-|\.[0-9]{2}\.| [0-9]{2} )[0-9]{4}\b", _is_ssn),
}


def _said(kind: Residual, form: Form) -> _IdentifierShape:
    """What is an identifier behind a word that says so, or in a form that the scan knows as well.

    Raises on use:
        TimeoutError, Undecided: there was no time; nobody knows then what goes out.
    """
    search = Search(kind, form)

    def found(text: str) -> Iterator[str]:
        with TextTimeBudget(SECONDS).spent() as budget:
            spans = search(text, budget)
        return (text[one.start : one.end] for one in spans)

    # The one for texts of any script holds in those of ASCII, too.
    return _IdentifierShape(form.condition.other or "", found, form.score)


# Nine digits are a number of a form only where it says so.
_SAID_SSN = Form(
    r"\b(?:ssn|social[ ]security(?:[ ](?:number|no|nr))?)[^\w\n]{0,3}"
    r"(?:(?:is|was|no|nr)[^\w\n]{1,3})?"
    r"(?P<it>(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4})(?![0-9])",
    0.4,
)
_SAID: Mapping[Residual, tuple[_IdentifierShape, ...]] = {
    **{kind: tuple(_said(kind, one) for one in FORMS[kind]) for kind in _SHAPES if kind in FORMS},
    "US_SSN": (_said("US_SSN", _SAID_SSN),),
}
_DASHES = r"[\x{2010}-\x{2015}\x{2212}\x{ad}]"
_WRITTEN = (
    (r"&#0*64;|&#[xX]0*40;|&commat;|%40", "@"),
    (r"&#0*45;|&#[xX]0*2[dD];|%2[dD]", "-"),
    (r"&#160;|&nbsp;|%20|<br ?/?>", " "),
    (r"(?:[ \t]*[\r\n\v\f]+[\s>]*|\s{2,}|\t)", " "),
    (r"([0-9]-) ([0-9])", r"\1\2"),
)


class Residuals:
    """Looks at the columns that go out.

    Args:
        schema: of the table as it came in.
        spec: what was to happen to it.
        entity: the column that names people; None if every row is about another one.
    """

    def __init__(
        self, schema: pa.Schema, spec: RedactionSpec, *, entity: str | None = None
    ) -> None:
        self._spec = spec
        self._entity = entity
        self._direct = [
            name for name in schema.names if spec.does(name) in {"drop", "pseudonym", "mask"}
        ]

    def found(
        self, before: pa.Table, after: Mapping[str, pa.Array]
    ) -> dict[tuple[str, Residual], Rows]:
        """Which rows still hold what; nothing for a column and kind without any.

        Args:
            before: the table as it came in.
            after: the columns that go out, of the same rows.

        Raises:
            DataError: a text cannot be decoded, or values have a type that nobody can read.
        """
        shown = {
            name: column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
            for name, column in after.items()
            if self._spec.does(name) != "pseudonym"
        }
        found: dict[tuple[str, Residual], Rows] = {}
        for name, column in shown.items():
            for kind, rows in self._shaped(name, column):
                found[name, kind] = rows
        own = {one: shown[one] for one in shown if self._spec.does(one) in {"scan", "keep"}}
        people = before.column(self._entity) if self._entity else None
        for name, rows in own_values(before.select(self._direct), own, people).items():
            found[name, "OWN_VALUE"] = rows
        return found

    def _shaped(self, name: str, column: pa.Array) -> Iterator[tuple[Residual, Rows]]:
        encoded = as_text(name, column).dictionary_encode()
        places = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy()
        allowed = frozenset(self._spec.columns[name].allow)
        if is_number(column.type):
            hits = _numbers(encoded.dictionary, allowed)
            if hits.any():
                yield "CREDIT_CARD", np.append(hits, False)[places]
            return
        try:
            texts, origins = _as_read(encoded.dictionary)
        except (pa.ArrowInvalid, UnicodeDecodeError):
            raise DataError(
                f"{name} holds text that is not UTF-8.", do="Repair the export, or drop the column."
            ) from None
        column_spec = self._spec.columns[name]
        for kind, shape in _SHAPES.items():
            least = column_spec.thresholds.get(kind, column_spec.threshold)
            shapes = (shape, *(one for one in _SAID.get(kind, ()) if one.score >= least))
            found = origins[np.any([_hits(texts, one, allowed) for one in shapes], axis=0)]
            if len(found):
                hits = np.zeros(len(encoded.dictionary) + 1, np.bool_)
                hits[found] = True
                yield kind, hits[places]


def _as_read(values: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """Every text as people read it, and in all the ways in which the scan reads it.

    Returns:
        The texts, and the place of the value that each came from.
    """
    said: list[str] = []
    origins: list[int] = []
    plain = _plain(values)
    for place, read in enumerate(readings_of(values.to_pylist())):
        for reading in read[1:]:
            said.append(reading.text)
            origins.append(place)
    both = pa.concat_arrays([plain, pa.array(said, pa.string())]) if said else plain
    return both, np.concatenate([np.arange(len(values)), np.array(origins, np.int64)])


def _plain(values: pa.Array) -> pa.Array:
    """As people read it: full-width digits are digits, and what does not show is not there.

    Dashes of every kind are "-", lines go on behind their end, and HTML's and an address's "@" is
    one.
    """
    if not pc.all(pc.string_is_ascii(values), min_count=0).as_py():
        dashed = pc.replace_substring_regex(values, _DASHES, "-")
        shown = pc.replace_substring_regex(dashed, r"\p{Cf}", "")
        values = pc.utf8_normalize(shown, form="NFKC")
    for written, meant in _WRITTEN:
        values = pc.replace_substring_regex(values, written, meant)
    return values


def _numbers(values: pa.Array, allowed: frozenset[str]) -> Rows:
    """Cards among numbers without a fraction, which is an amount's.

    Many a number adds up, so here a network must give out such numbers, too. The other kinds have
    signs between their digits, or say nothing about which number is one.
    """
    hits: Rows = (
        pc.match_substring_regex(values, cards.IN_A_COLUMN).to_numpy(zero_copy_only=False).copy()
    )
    for place in np.flatnonzero(hits):
        digits = values[place].as_py().lstrip("-")
        hits[place] = digits not in allowed and cards.is_issued(digits) and cards.adds_up(digits)
    return hits


def _hits(texts: pa.Array, shape: _IdentifierShape, allowed: frozenset[str]) -> Rows:
    perhaps = pc.match_substring_regex(texts, shape.expression)
    hits: Rows = perhaps.fill_null(False).to_numpy(zero_copy_only=False).copy()
    for place in np.flatnonzero(hits):
        hits[place] = any(one not in allowed for one in shape.found(texts[place].as_py()))
    return hits


assert set(_SHAPES) | {"OWN_VALUE"} == set(get_args(Residual))
