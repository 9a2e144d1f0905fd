"""Writes environment.lock: every distribution that loading a bundle needs, with its version."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def locked(roots: Iterable[str]) -> str:
    """The lock file: Python's version in a comment, then one pin a line.

    Pip reads it as constraints: `pip install -r requirements.txt -c environment.lock`.

    Args:
        roots: names of installed distributions; what they require comes with them.
    """
    pins: dict[str, str] = {}
    waiting = [canonicalize_name(name) for name in roots]
    while waiting:
        name = waiting.pop()
        if name in pins:
            continue
        try:
            found = distribution(name)
        except PackageNotFoundError:
            # Required on another platform, or by an extra that nobody asked for.
            continue
        # A local label such as +cpu is no release that could be installed.
        pins[name] = found.version.partition("+")[0]
        for line in found.requires or ():
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                waiting.append(canonicalize_name(wanted.name))
    python = ".".join(map(str, sys.version_info[:3]))
    return "".join([f"# python {python}\n", *(f"{name}=={pins[name]}\n" for name in sorted(pins))])
