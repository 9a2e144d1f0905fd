"""Describes what is installed where a model is trained: versions, licences, and who needs what."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import Distribution, distributions
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ENVIRONMENT = "environment.json"
"""The file of a training's report that holds it: no function of the inputs."""

# Some write the whole text of a licence where its name belongs.
_LONGEST = 120
_CLASSIFIER = "License :: "


@cache
def installed() -> Mapping[str, Any]:
    """Python and every distribution of this process, JSON-ready."""
    found = {canonicalize_name(name): one for one in distributions() if (name := _name(one))}
    return {
        "python": ".".join(map(str, sys.version_info[:3])),
        "implementation": platform.python_implementation(),
        "system": f"{platform.system()} {platform.machine()}",
        "distributions": [
            {
                "name": name,
                "version": found[name].version,
                "licence": _licence(found[name]),
                "requires": sorted(_required(found[name]) & found.keys()),
            }
            for name in sorted(found)
        ],
    }


def _name(one: Distribution) -> str | None:
    # A folder that was half removed has no name.
    return one.metadata["Name"] if one.metadata is not None else None


def _licence(one: Distribution) -> str:
    """As the distribution says it: an SPDX expression, a name, or "" if it says nothing."""
    if expression := _field(one, "License-Expression"):
        return expression
    written = _field(one, "License")
    if written and "\n" not in written and len(written) <= _LONGEST and written != "UNKNOWN":
        return written
    lines = map(str, one.metadata.get_all("Classifier") or ())
    return "; ".join(line.rpartition(" :: ")[2] for line in lines if line.startswith(_CLASSIFIER))


def _field(one: Distribution, name: str) -> str:
    found = one.metadata.get_all(name)
    return str(found[0]).strip() if found else ""


def _required(one: Distribution) -> set[str]:
    needed = set()
    for line in one.requires or ():
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            needed.add(str(canonicalize_name(wanted.name)))
    return needed
