"""Proposes an expectations file from a sample of the rows."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import pyarrow as pa  # noqa: TID253  # nothing but one command imports this package
import pyarrow.compute as pc  # noqa: TID253  # see above
import yaml

from airlock.core.contract import ColumnType, Csv
from airlock.core.errors import DataError
from airlock.core.names import column
from airlock.core.quoting import some
from airlock.core.table import contract_types
from airlock.drafts.sample import Sample

# A value is written into the file only if it is one of few, and stands for many rows: it then
# names a category, and nobody.
_MOST_CATEGORIES = 20
_FEW = 10
_LONGEST = 60

_HEAD = """\
# A first draft, made from {rows:,} rows. It holds of exactly these rows; what must hold of every
# night is for a person to say: read it line by line, and delete what is only so by chance.
"""

_KEY = """\
  # Columns that together name a row; a key that repeats stops the snapshot.{others}
"""

_EXPECTATIONS = """\

# severity: critical stops the chain, warning is carried to the gate, info is recorded.
# on_fail: quarantine sets the failing rows aside and lets the rest go on.
expectations:
"""

_TAIL = """\

# The largest share of rows that may be set aside before the chain stops.
max_quarantined: 0.05

# How far the columns may be from the data that the champion was trained on. Without this part every
# column is compared, and a shift is a warning.
# skew:
#   psi: {warning: 0.1, critical: 0.25}
#   nulls: {warning: 0.05}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Profile:
    """One column: `bounds` are the least and the largest value, `categories` all there are."""

    name: str
    kind: ColumnType
    nullable: bool
    unique: bool
    bounds: tuple[float, float] | None = None
    categories: tuple[str, ...] = ()


def draft(sample: Sample, key: Sequence[str] = (), *, nights: int = 1) -> str:
    """The text of an expectations file, with comments for the person who edits it.

    Args:
        sample: the rows; the file that is written holds of them.
        key: columns that together name a row; guessed if none are given.
        nights: such as the sample that are read at once, at most.

    Returns:
        YAML that `Expectations.load` reads. No cell is in it but the categories of columns with at
        most 20 of them, each of at least 10 rows; bounds are rounded outwards.

    Raises:
        DataError: the sample has no rows, or the key does not name them.
    """
    table = sample.table
    if not table.num_rows:
        raise DataError("The sample has no rows.", do="Draft from a night that has some.")
    profiles = [
        _profile(name, kind, table.column(name)) for name, kind in contract_types(table.schema)
    ]
    candidates = [one.name for one in profiles if one.unique]
    if key:
        _check_key(table, key)
    return "".join(
        [
            _HEAD.format(rows=table.num_rows),
            *_contract(sample, profiles, list(key) or candidates[:1], candidates),
            _EXPECTATIONS,
            *_row_count(table.num_rows, nights),
            *(line for one in profiles if one.name not in key for line in _column(one)),
            _TAIL,
        ]
    )


def _profile(name: str, kind: ColumnType, column: pa.ChunkedArray) -> _Profile:
    there = column.drop_null()
    distinct = pc.count_distinct(there).as_py()
    unique = kind in {"integer", "string"} and distinct == len(column) >= _FEW
    if kind == "string" and unique:
        unique = pc.max(pc.utf8_length(there)).as_py() <= _LONGEST
    bounds = None
    if kind in {"integer", "number"} and len(there) >= _FEW and not unique:
        found = pc.min_max(there).as_py()
        bounds = _outwards(found["min"], found["max"])
    return _Profile(
        name=name,
        kind=kind,
        nullable=column.null_count > 0,
        unique=unique,
        bounds=bounds,
        categories=_categories(there) if kind == "string" and distinct <= _MOST_CATEGORIES else (),
    )


def _categories(there: pa.ChunkedArray) -> tuple[str, ...]:
    counted = there.value_counts().to_pylist()
    if any(one["counts"] < _FEW or len(one["values"]) > _LONGEST for one in counted):
        return ()
    return tuple(sorted(one["values"] for one in counted))


def _outwards(low: float, high: float) -> tuple[float, float] | None:
    """Bounds on a grid of about a tenth of what they span: too coarse to be somebody's value."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    rough = (high - low or abs(high) or 1) / 10
    exponent = math.floor(math.log10(rough))
    digit = next(one for one in (1, 2, 5, 10) if one * 10.0**exponent >= rough * (1 - 1e-9))
    if isinstance(low, int):
        step = max(digit * 10**exponent, 1) if exponent >= 0 else 1
        return low // step * step, -(-high // step) * step
    # A negative exponent must not leave 0.30000000000000004.
    scale = 10 ** max(-exponent, 0)
    step = digit * 10 ** max(exponent, 0)
    return math.floor(low * scale / step) * step / scale, math.ceil(
        high * scale / step
    ) * step / scale


def _check_key(table: pa.Table, key: Sequence[str]) -> None:
    if unknown := [name for name in key if name not in table.column_names]:
        raise DataError(
            f"The sample has no column {some(unknown)}.",
            do=f"It has {some(map(column, table.column_names, count(1)))}.",
        )
    if any(table.column(name).null_count for name in key):
        raise DataError(f"{', '.join(key)} is empty in some rows.", do="Name another key.")
    if table.group_by(list(key)).aggregate([]).num_rows < table.num_rows:
        raise DataError(f"{', '.join(key)} names some rows twice.", do="Name more columns.")


def _contract(
    sample: Sample, profiles: Sequence[_Profile], key: Sequence[str], candidates: Sequence[str]
) -> Iterator[str]:
    yield "contract:\n  columns:\n"
    for one in profiles:
        nullable = ", nullable: true" if one.nullable else ""
        shape = sample.formats.get(one.name)
        written = f", format: {_quoted(shape)}" if shape else ""
        yield f"    {_name(one.name)}: {{type: {one.kind}{nullable}{written}}}\n"
    others = [name for name in candidates if name not in key]
    unique = f" In the sample these\n  # are unique too: {', '.join(map(_name, others))}."
    yield _KEY.format(others=unique if others else "")
    yield f"  key: [{', '.join(map(_name, key))}]\n"
    if sample.csv is not None:
        yield '  # Texts that mean "no value".\n'
        yield f"  null_values: [{', '.join(map(_quoted, sample.null_values))}]\n"
        yield from _csv(sample.csv)


def _csv(text: Csv) -> Iterator[str]:
    usual = Csv(delimiter=",")
    fields = {name: value for name, value in text if value != getattr(usual, name)}
    if fields:
        yield "  # How the files are written.\n  csv:\n"
    for name, value in fields.items():
        yield f"    {name}: {_quoted(value) if isinstance(value, str) else json.dumps(value)}\n"


def _row_count(rows: int, nights: int) -> Iterator[str]:
    least, most = _nice(rows / 2, up=False), _nice(rows * 2 * nights, up=True)
    if nights == 1:
        yield "  # Half and twice of what the sample has: is that how nights differ?\n"
    else:
        yield f"  # From half of what the sample has to twice of {nights} such: a training reads\n"
        yield f"  # {nights} of them, a scoring one.\n"
    yield "  - type: expect_table_row_count_to_be_between\n"
    yield f"    kwargs: {{min_value: {max(least, 1)}, max_value: {most}}}\n"


def _column(one: _Profile) -> Iterator[str]:
    column = f"column: {_name(one.name)}"
    if one.bounds is not None:
        low, high = one.bounds
        yield "  - type: expect_column_values_to_be_between\n    severity: warning\n"
        yield f"    kwargs: {{{column}, min_value: {low}, max_value: {high}}}\n"
    elif one.categories:
        yield "  - type: expect_column_values_to_be_in_set\n    severity: warning\n"
        yield "    kwargs:\n"
        yield f"      {column}\n      value_set:\n"
        yield from (f"        - {_quoted(value)}\n" for value in one.categories)


def _nice(number: float, *, up: bool) -> int:
    """With one significant digit; small numbers as they are."""
    step = 10 ** max(math.floor(math.log10(max(number, 1))), 0)
    return int((math.ceil if up else math.floor)(number / step) * step)


def _name(name: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and yaml.safe_load(name) == name
    return name if plain else _quoted(name)


def _quoted(text: str) -> str:
    # A mark that is not seen is written as its escape.
    seen = text.isprintable()
    written: str = yaml.safe_dump(text, default_style='"', allow_unicode=seen, width=math.inf)
    return written.strip()
