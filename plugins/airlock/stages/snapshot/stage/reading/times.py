"""Parses days and times: year first, or in the contract's format; never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from airlock.core.contract import DIRECTIVES

_MONTHS = pa.array("jan feb mar apr may jun jul aug sep oct nov dec".split())
# A day alone ends like an offset: 2026-01-05.
_ZONED = r"[ T]\d\d.*(Z|[+-]\d\d(:?\d\d)?)$"
# Two digits of a year are the nearest ones, as POSIX has it: 69 is 1969, 68 is 2068.
_PIVOT = 69


def date(cells: pa.Array, format_: str | None) -> pa.Array:
    """Days; `pa.ArrowException` if a cell is none."""
    return (_iso(cells, format_) if format_ else cells).cast(pa.date32())


def timestamp(cells: pa.Array, format_: str | None) -> pa.Array:
    """Times in UTC, without a zone; `pa.ArrowException` if a cell is none."""
    cells = _iso(cells, format_) if format_ else cells
    try:
        return cells.cast(pa.timestamp("us"))
    except pa.ArrowException:
        zoned = pc.match_substring_regex(cells, _ZONED)
        nothing = pa.scalar(None, pa.string())
        plain = pc.if_else(zoned, nothing, cells).cast(pa.timestamp("us"))
        moved = pc.if_else(zoned, cells, nothing).cast(pa.timestamp("us", tz="UTC"))
        return pc.coalesce(moved.cast(pa.timestamp("us")), plain)


def _iso(cells: pa.Array, format_: str) -> pa.Array:
    """The same days and times written year first; Arrow then says which of them exist."""
    found = pc.extract_regex(cells, _pattern(format_))
    if found.null_count != cells.null_count:
        raise pa.ArrowInvalid("another format")
    part = dict(zip(_names(format_), found.flatten(), strict=True))
    day = pc.binary_join_element_wise(_year(part), _month(part), _two(part["d"]), "-")
    texts = [day]
    if "H" in part:
        clock = [_two(part[name]) for name in "HMS" if name in part]
        texts += ["T", pc.binary_join_element_wise(*clock, ":") if clock[1:] else clock[0]]
    if "f" in part:
        texts += [".", part["f"]]
    if "z" in part:
        texts.append(part["z"])
    return pc.binary_join_element_wise(*texts, "")


def _names(format_: str) -> list[str]:
    return re.findall(r"%([A-Za-z])", format_)


def _pattern(format_: str) -> str:
    pieces = re.split(r"%([A-Za-z])", format_)
    return (
        "^"
        + "".join(
            f"(?P<{piece}>{DIRECTIVES[piece]})" if at % 2 else re.escape(piece)
            for at, piece in enumerate(pieces)
        )
        + r"\z"
    )


def _two(digits: pa.Array) -> pa.Array:
    return pc.utf8_lpad(digits, 2, "0")


def _year(part: Mapping[str, pa.Array]) -> pa.Array:
    if "Y" in part:
        return part["Y"]
    old = pc.greater_equal(part["y"].cast(pa.int64()), _PIVOT)
    return pc.binary_join_element_wise(pc.if_else(old, "19", "20"), part["y"], "")


def _month(part: Mapping[str, pa.Array]) -> pa.Array:
    if "m" in part:
        return _two(part["m"])
    index = pc.index_in(pc.utf8_lower(part["b"]), value_set=_MONTHS)
    return _two(pc.add(index, 1).cast(pa.string()))
