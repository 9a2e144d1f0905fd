"""Finds the identifiers of a row where they still stand in what goes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from airlock.stages.redact.stage.as_text import as_text, is_number, is_text
from airlock.stages.redact.stage.dates import dates_in, is_day, spellings

Rows = npt.NDArray[np.bool_]

# A shorter value stands in other texts by chance.
_SHORTEST_VALUE = 6
# A column whose values have so many people each names categories, and nobody. A value of it that
# fewer share may be somebody's own all the same.
_PEOPLE_EACH = 10
_MANY, _SHARE = 20, 0.01
# Fewer digits are met by another number now and then; in a copy they are met in every row.
_TELLING_DIGITS = 9
_DAY = len("2026-01-05")


def own_values(
    direct: pa.Table,
    shown: Mapping[str, pa.Array],
    people: pa.Array | pa.ChunkedArray | None = None,
) -> dict[str, Rows]:
    """Rows of each column in which an identifier of the row still stands as it was typed.

    A number stands in a text between characters that are no digits, a day in every usual spelling.
    In a column of another type a value stands as the whole of one, or as its day; there, one of
    fewer than nine digits counts if more than one row in a hundred holds it: amounts and days meet,
    and copies are everywhere.

    Args:
        direct: the identifiers, of any type.
        shown: what goes out, of any type.
        people: whom each row is about; None if each is about another one.

    Raises:
        DataError: values are of a type that nobody can read.
    """
    found: dict[str, Rows] = {}
    if not direct.num_columns or not shown:
        return found
    read = {name: pc.utf8_lower(as_text(name, one)) for name, one in shown.items()}
    texts = {name: one.fill_null("") for name, one in read.items() if _is_searched(shown[name])}
    others = {name: one for name, one in read.items() if name not in texts}
    # One text a row, so that each identifier is looked for once.
    joined = pc.binary_join_element_wise(*texts.values(), "\n").to_pylist() if texts else []
    for name, column in zip(direct.column_names, direct.columns, strict=True):
        values = _telling(as_text(name, column), people)
        stands = _standing(column.type, values)
        for row, text in enumerate(joined):
            value = values[row]
            if value is not None and stands(text, value):
                for one in (one for one in texts if stands(texts[one][row].as_py(), value)):
                    _rows(found, one, len(joined))[row] = True
        for one, them in others.items():
            same = _same(values, them)
            if pa.types.is_timestamp(shown[one].type):
                same |= _same(values, pc.utf8_slice_codeunits(them, 0, _DAY))
            if same.any():
                _rows(found, one, len(same))[same] = True
    return found


def _is_searched(column: pa.Array) -> bool:
    """Whether anything may stand there, and not one value alone."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return is_text(kind) or bool(pa.types.is_nested(kind))


def _rows(found: dict[str, Rows], name: str, count: int) -> Rows:
    return found.setdefault(name, np.zeros(count, np.bool_))


def _standing(kind: pa.DataType, values: Sequence[str | None]) -> Callable[[str, str], bool]:
    """How a value of a column stands in a text."""
    if is_number(kind):
        return _between_no_digits
    if any(value is not None and is_day(value) for value in values):
        return _as_a_day
    return str.__contains__


def _as_a_day(text: str, value: str) -> bool:
    """Whether a value stands there, or a day in another spelling."""
    if value in text:
        return True
    return is_day(value) and dates_in(text, value) and any(one in text for one in spellings(value))


def _between_no_digits(text: str, number: str) -> bool:
    """Whether a number stands there that is not a part of a longer one."""
    start = text.find(number)
    while start >= 0:
        end = start + len(number)
        if not text[:start][-1:].isdigit() and not text[end : end + 1].isdigit():
            return True
        start = text.find(number, start + 1)
    return False


def _same(values: Sequence[str | None], others: pa.Array) -> Rows:
    wanted = pa.array(values, pa.string())
    same: Rows = pc.equal(wanted, others).fill_null(False).to_numpy(zero_copy_only=False).copy()
    if same.any() and same.mean() <= _SHARE:
        for row in np.flatnonzero(same).tolist():
            same[row] = sum(map(str.isdigit, str(values[row]))) >= _TELLING_DIGITS
    return same


def _telling(column: pa.Array, people: pa.Array | pa.ChunkedArray | None) -> Sequence[str | None]:
    """The values in lower case; None where one is short, or names a category."""
    encoded = pc.utf8_lower(pc.utf8_trim_whitespace(column)).dictionary_encode()
    values: list[str | None] = encoded.dictionary.to_pylist()
    shared = _people_each(encoded, people)
    everybody = len(column) if people is None else pc.count_distinct(people).as_py()
    most = max(_MANY, _SHARE * everybody)
    categories = bool(len(shared)) and shared.mean() >= _PEOPLE_EACH
    telling = [
        None
        if value is None or len(value) < _SHORTEST_VALUE or (categories and count > most)
        else value
        for value, count in zip(values, shared.tolist(), strict=True)
    ]
    return [None if place is None else telling[place] for place in encoded.indices.to_pylist()]


def _people_each(
    encoded: pa.DictionaryArray, people: pa.Array | pa.ChunkedArray | None
) -> npt.NDArray[np.int64]:
    """How many different people have each value; somebody's many rows count once."""
    size = len(encoded.dictionary)
    places = encoded.indices.fill_null(size).to_numpy().astype(np.int64)
    if people is not None:
        whole = people.combine_chunks() if isinstance(people, pa.ChunkedArray) else people
        whom = whole.dictionary_encode().indices.fill_null(-1).to_numpy().astype(np.int64) + 1
        pairs = np.unique(places * (len(whom) + 1) + whom)
        places = pairs // (len(whom) + 1)
    return np.bincount(places, minlength=size + 1)[:size]
