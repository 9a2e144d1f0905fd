"""The data contract, which snapshot and validate share (`airlock.core.contract`)."""

from __future__ import annotations

import re

from airlock.core.contract import Column, ColumnType, Contract, Csv
from airlock.core.errors import SpecError
from airlock.core.names import checked_address

__all__ = [
    "NIGHT",
    "Column",
    "ColumnType",
    "Contract",
    "Csv",
    "check_nights",
    "check_source",
    "literally",
]

NIGHT = "{night}"
"""Stands for the night in a source's address."""

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
        by_night=NIGHT in source,
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
