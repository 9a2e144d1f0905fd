"""Describes what is installed where a model is trained: versions, licences, and who needs what."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from email import message_from_string
from email.message import Message
from functools import cache
from importlib.metadata import Distribution, distributions
from typing import Any, NamedTuple

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ENVIRONMENT = "environment.json"
"""The file of a training's report that holds it: no function of the inputs."""

# Some write the whole text of a licence where its name belongs.
_LONGEST = 120
_CLASSIFIER = "License :: "


def installed() -> Mapping[str, Any]:
    """Python and every distribution of this process, JSON-ready."""
    found = {one.name: one for each in distributions() if (one := _described(_headers(each)))}
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "implementation": platform.python_implementation(),
        "system": f"{platform.system()} {platform.machine()}",
        "distributions": [
            {
                "name": name,
                "version": found[name].version,
                "licence": found[name].licence,
                "requires": sorted(found[name].requires & found.keys()),
            }
            for name in sorted(found)
        ],
    }


class _Described(NamedTuple):
    name: str
    version: str
    licence: str
    requires: frozenset[str]


def _headers(one: Distribution) -> str:
    """What its file says before its description, which is most of it; "" of a half removed one."""
    written = one.read_text("METADATA") or one.read_text("PKG-INFO") or ""
    headers = written.partition("\n\n")[0]
    if "Requires-Dist:" not in headers and one.requires:  # an egg says it in another file
        headers += "".join(f"\nRequires-Dist: {line}" for line in one.requires)
    return headers


# By what is written: a task that was forked asks again only of what came or changed since.
@cache
def _described(headers: str) -> _Described | None:
    said = message_from_string(headers)
    if not (name := said["Name"]):
        return None
    return _Described(
        name=str(canonicalize_name(name)),
        version=said["Version"],
        licence=_licence(said),
        requires=frozenset(_required(said)),
    )


def _licence(said: Message) -> str:
    """As the distribution says it: an SPDX expression, a name, or "" if it says nothing."""
    if expression := _field(said, "License-Expression"):
        return expression
    written = _field(said, "License")
    if written and "\n" not in written and len(written) <= _LONGEST and written != "UNKNOWN":
        return written
    lines = map(str, said.get_all("Classifier") or ())
    return "; ".join(line.rpartition(" :: ")[2] for line in lines if line.startswith(_CLASSIFIER))


def _field(said: Message, name: str) -> str:
    found = said.get_all(name)
    return str(found[0]).strip() if found else ""


def _required(said: Message) -> Iterator[str]:
    for line in said.get_all("Requires-Dist") or ():
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            yield str(canonicalize_name(wanted.name))
