"""The data contract, which snapshot and validate share (`airlock.core.contract`)."""

from __future__ import annotations

import re

from airlock.core.contract import Column, ColumnType, Contract, Csv
from airlock.core.errors import SpecError
from airlock.core.names import checked_address
from airlock.core.nights import Every, Night

__all__ = [
    "NIGHT",
    "PLACEHOLDERS",
    "Column",
    "ColumnType",
    "Contract",
    "Csv",
    "address_of",
    "check_nights",
    "check_source",
    "has_nights",
    "literally",
    "parts_of",
    "untold",
]

NIGHT = "{night}"
"""Stands for the night in a source's address."""

PLACEHOLDERS = (NIGHT, "{year}", "{month}", "{day}", "{hour}", "{week}")
"""The night as a whole, and the parts of its begin; of a week its year is ISO's."""

_PARTS: dict[Every, tuple[str, ...]] = {
    "hour": ("{year}", "{month}", "{day}", "{hour}"),
    "day": ("{year}", "{month}", "{day}"),
    "week": ("{year}", "{week}"),
    "month": ("{year}", "{month}"),
}

_WINDOW = range(1, 367)

_TEMPLATE = re.compile(r"{[{%#]")


def literally(source: str) -> str:
    """An address for a field that Airflow renders.

    Raises:
        SpecError: Airflow would take it for a template.
    """
    if _TEMPLATE.search(source):
        raise SpecError(
            f"The source {source} looks like a template, and a chain renders none.",
            do=f"Write {NIGHT} for the night; for more, build the chain of operators.",
        )
    return source


def has_nights(source: str) -> bool:
    """Whether an address differs from night to night."""
    return any(one in source for one in PLACEHOLDERS)


def parts_of(every: Every) -> tuple[str, ...]:
    """The placeholders that tell nights of a length apart without `{night}`."""
    return _PARTS[every]


def untold(source: str, every: Every) -> str:
    """Why an address does not name one night alone; "" if it does, or is every night the same."""
    if NIGHT in source or not has_nights(source):
        return ""
    parts = _PARTS[every]
    said = [f"it lacks {one}" for one in parts if one not in source]
    said += [
        f"a {every} has no {one}" for one in PLACEHOLDERS[1:] if one in source and one not in parts
    ]
    return ", ".join(said)


def address_of(source: str, night: Night) -> str:
    """An address with its night filled in.

    Raises:
        SpecError: the address would be that of other nights, too.
    """
    if missing := untold(source, night.every):
        raise SpecError(
            f"The source {source} is the same for several {night.every}s: {missing}.",
            do=f"Write {NIGHT}, or all of {' '.join(parts_of(night.every))}.",
        )
    begin, iso = night.begin, night.begin.isocalendar()
    year = iso.year if night.every == "week" else begin.year
    filled = {
        NIGHT: night.name,
        "{year}": f"{year:04d}",
        "{month}": f"{begin.month:02d}",
        "{day}": f"{begin.day:02d}",
        "{hour}": f"{begin.hour:02d}",
        "{week}": f"{iso.week:02d}",
    }
    for placeholder, text in filled.items():
        source = source.replace(placeholder, text)
    return source


def check_source(source: str, contract: Contract, *, window: int) -> None:
    """Compare what is wanted of a source with its address.

    Args:
        source: the address, perhaps inside of a template.
        contract: what the source promises.
        window: how many nights are read.

    Raises:
        SpecError: no file can have the address, the window is no number of nights, or something
            needs nights and there are none.
    """
    checked_address(source)
    check_nights(
        source,
        contract,
        window=window,
        by_night=has_nights(source),
        how=f"Write {NIGHT} where the address says the night",
    )


def check_nights(source: str, contract: Contract, *, window: int, by_night: bool, how: str) -> None:
    """Compare the nights that are wanted with those that a source has.

    Args:
        source: what messages call it.
        contract: what it promises.
        window: how many nights are read.
        by_night: whether each night has rows of its own.
        how: to give it nights, without a full stop.

    Raises:
        SpecError: the window is no number of nights, or something needs nights and there are none.
    """
    if window not in _WINDOW:
        raise SpecError(
            f"A window of {window} nights cannot be read.",
            do=f"Write a number from {_WINDOW[0]} to {_WINDOW[-1]}.",
        )
    if by_night:
        return
    if window > 1:
        raise SpecError(
            f"The source {source} has no nights, so there is no window of {window}.",
            do=f"{how}.",
        )
    if contract.repeated_nights == "refuse":
        raise SpecError(
            f"The source {source} has no nights, so none can be refused as repeated.",
            do=f"{how}, or leave out repeated_nights.",
        )
