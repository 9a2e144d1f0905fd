"""Small JSON schema functions for `bundle.program`; each refuses everything it does not name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from airlock.reading import Malformed

Check = Callable[[Any], object]

MANY = 20_000
"""Of anything: nodes, tensors, names."""
LONG = 1 << 63


class ForbiddenGraph(Malformed):
    """A program that may be well-formed, and does what no graph may.

    Attributes:
        do: what its author can do.
    """

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(what)
        self.do = do


def record(fields: Mapping[str, Check]) -> Check:
    """An object with exactly these keys."""

    def check(value: Any) -> None:
        if not isinstance(value, dict) or value.keys() != fields.keys():
            raise ForbiddenGraph("a part of it has not the keys that it should have")
        for key, each in fields.items():
            each(value[key])

    return check


def one_of(kinds: Mapping[str, Check]) -> Check:
    """An object with one key, which says what its value is."""

    def check(value: Any) -> None:
        if not isinstance(value, dict) or len(value) != 1:
            raise ForbiddenGraph("a part of it is none of the kinds that it could be")
        [(kind, one)] = value.items()
        if kind not in kinds:
            raise ForbiddenGraph(
                f"it holds a value of a kind that is not known ({str(kind)[:40]!a})"
            )
        kinds[kind](one)

    return check


def many(each: Check, most: int = MANY) -> Check:
    """A list."""

    def check(value: Any) -> None:
        if not isinstance(value, list) or len(value) > most:
            raise ForbiddenGraph(f"a part of it is no list of at most {most:,}")
        for one in value:
            each(one)

    return check


def table(name: Check, each: Check, most: int = 4 * MANY) -> Check:
    """An object whose keys are names."""

    def check(value: Any) -> None:
        if not isinstance(value, dict) or len(value) > most:
            raise ForbiddenGraph(f"a part of it is no table of at most {most:,}")
        for key, one in value.items():
            name(key)
            each(one)

    return check


def text(pattern: str, what: str) -> Check:
    """A text of that form."""
    form = re.compile(pattern, re.ASCII)

    def check(value: Any) -> None:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ForbiddenGraph(f"it has {what} that is none")

    return check


def value(*values: Any) -> Check:
    """One of these, of that very type: 1 is not true."""

    def check(found: Any) -> None:
        if not any(type(found) is type(one) and found == one for one in values):
            raise ForbiddenGraph("a part of it has a value that it cannot have")

    return check


def or_null(each: Check) -> Check:
    """That, or null."""
    return lambda found: None if found is None else each(found)


def whole(low: int = -LONG, high: int = LONG - 1) -> Check:
    """A whole number; false is none."""

    def check(found: Any) -> None:
        if type(found) is not int or not low <= found <= high:
            raise ForbiddenGraph("it has a number that is too large, or none")

    return check


def number(found: Any) -> None:
    """A number, or what `torch.export` writes for what JSON cannot say."""
    if type(found) not in {int, float} and found not in ("Infinity", "-Infinity", "NaN"):
        raise ForbiddenGraph("it has a number that is none")
