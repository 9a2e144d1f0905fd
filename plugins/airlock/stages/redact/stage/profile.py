"""Profiles a column without keeping values, to advise what to do with it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

_EMAIL = r"^\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*$"
_PHONE = r"^\s*\+?[(0-9][0-9 ()./-]{6,}[0-9]\s*$"
# A name of a column that says what is in it, in the languages of most exports.
_PERSONAL = re.compile(
    r"name|mail|phone|mobile|street|address|birth|iban|card|passport|ssn|tax|geburt|strasse", re.I
)
_NAMES_SOMEBODY = re.compile(r"(?:^|[_ -]|(?<=[a-z])(?=[A-Z]))(?i:id|key|uuid|number|no)$")
_CATEGORIES, _ROWS_EACH = 50, 10
_FREE_TEXT = 30  # characters on average, in several words


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Shares from 0 to 1 of the values that are there.

    Args:
        kind: the Arrow type.
        email, phone: that look like one.
        distinct: different values per value.
        values: how many are different.
        length: characters on average.
        words: with a blank between two words.
    """

    name: str
    kind: pa.DataType
    email: float = 0.0
    phone: float = 0.0
    distinct: float = 0.0
    values: int = 0
    length: float = 0.0
    words: float = 0.0


def profile(name: str, column: pa.ChunkedArray) -> Profile:
    """Measure a column."""
    there = column.drop_null()
    if not len(there):
        return Profile(name=name, kind=column.type)
    values = pc.count_distinct(there).as_py()
    counted = {"values": values, "distinct": values / len(there)}
    if not pa.types.is_string(column.type):
        return Profile(name=name, kind=column.type, **counted)
    return Profile(
        name=name,
        kind=column.type,
        email=_share(there, _EMAIL),
        phone=_share(there, _PHONE),
        length=pc.mean(pc.binary_length(there)).as_py(),
        words=_share(there, r"\S\s+\S"),
        **counted,
    )


def advised(one: Profile) -> str:
    """What a file might say of such a column, as YAML: rather too careful than too bold."""
    if pa.types.is_date(one.kind) or pa.types.is_timestamp(one.kind):
        personal = _PERSONAL.search(one.name)
        return "{action: drop}" if personal else "{action: generalise, to: month}"
    if _names_somebody(one):
        return f"{{action: pseudonym, domain: {_domain(one.name)}}}"
    if not pa.types.is_string(one.kind):
        return "{action: drop}" if _PERSONAL.search(one.name) else "{action: keep}"
    if max(one.email, one.phone) > 0.5:
        return "{action: drop}"
    if one.values <= _CATEGORIES and one.distinct * _ROWS_EACH <= 1:
        return "{action: keep}"
    if one.words > 0.5 and one.length >= _FREE_TEXT and not _PERSONAL.search(one.name):
        return "{action: scan, patterns: only}"
    return "{action: drop}"


def _names_somebody(one: Profile) -> bool:
    if pa.types.is_floating(one.kind) or pa.types.is_boolean(one.kind):
        return False
    return bool(_NAMES_SOMEBODY.search(one.name)) and not _PERSONAL.search(one.name)


def _domain(name: str) -> str:
    bare = re.sub(r"[^0-9A-Za-z]+", "_", _NAMES_SOMEBODY.sub("", name)).strip("_").lower()
    return bare or "entity"


def _share(column: pa.ChunkedArray, expression: str) -> float:
    return float(pc.mean(pc.match_substring_regex(column, expression).cast(pa.int8())).as_py())
