"""Decides which files an address matches, for disk and S3 alike.

An address is read component by component. What it names literally wins over what it matches; a
folder means every visible file below it. Hidden are leftovers of writers and machines: a component
that begins with `_` or `.` below the fixed part of the address, such as `_temporary`, `_SUCCESS`
and `.ipynb_checkpoints`. A folder `_x=1` is a partition, and one that the address itself begins
with `_` or `.` is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from airlock.core.errors import SpecError

_WILD = re.compile(r"[*?\[]")
_HIDDEN = ("_", ".")
_ANY_DEPTH = "**"
# What consoles and Hadoop write to make a folder seem to be there.
_MARKERS = ("/", "_$folder$")

Parts = Sequence[str]


def parts_of(address: str) -> list[str]:
    """The components of an address or a key."""
    return address.rstrip("/").split("/")


def fixed(wanted: Parts) -> Parts:
    """The components before the first that could mean several."""
    wild = next((at for at, part in enumerate(wanted) if _WILD.search(part)), len(wanted))
    return wanted[:wild]


def chosen(keys: Iterable[str], wanted: Parts) -> list[str]:
    """The keys that an address means, in the order of their components.

    Args:
        keys: of files, relative to the same root as the address.
        wanted: the address's components.
    """
    known = {key: key.split("/") for key in keys if not key.endswith(_MARKERS)}
    found = {key: given for key, given in known.items() if _matches(given, wanted)}
    exact = {key: _literal(given, wanted) for key, given in found.items()}
    best = max(exact.values(), default=())
    matched = [key for key in found if exact[key] == best]
    return sorted(matched, key=known.__getitem__)


def reaches(folder: Parts, wanted: Parts) -> bool:
    """Whether files that are meant could lie below a folder."""
    for given, part in zip(folder, wanted, strict=False):
        if part == _ANY_DEPTH:
            return True
        if not _fits(given, part):
            return False
    return not any(is_hidden(one, last=False) for one in folder[len(wanted) :])


def outside(address: str, places: Sequence[str]) -> SpecError:
    """Nothing outside of the configured places is read, nor said to be there."""
    return SpecError(
        f"{address} lies outside of the places that a source may lie in ({', '.join(places)}).",
        do="Move the data there, or add its place to [airlock] sources.",
    )


def _matches(given: Parts, wanted: Parts) -> bool:
    if not wanted:
        return not _any_hidden(given)
    if not given:
        return False
    if wanted[0] == _ANY_DEPTH:
        deeper = not is_hidden(given[0], last=len(given) == 1) and _matches(given[1:], wanted)
        return _matches(given, wanted[1:]) or deeper
    return _fits(given[0], wanted[0], last=len(given) == 1) and _matches(given[1:], wanted[1:])


def _fits(given: str, part: str, *, last: bool = False) -> bool:
    if given == part:
        return True
    if is_hidden(given, last=last) and not part.startswith(_HIDDEN):
        return False
    return fnmatchcase(given, part)


def _literal(given: Parts, wanted: Parts) -> tuple[bool, ...]:
    """For each component that could mean several, whether it stands there as it is written."""
    if _ANY_DEPTH in wanted:
        return ()
    return tuple(
        there == part for there, part in zip(given, wanted, strict=False) if _WILD.search(part)
    )


def is_hidden(component: str, *, last: bool) -> bool:
    """Whether a file (the last component) or a folder is somebody's leftover."""
    return component.startswith(_HIDDEN) and (last or "=" not in component)


def _any_hidden(given: Parts) -> bool:
    return any(is_hidden(one, last=at == len(given)) for at, one in enumerate(given, start=1))
