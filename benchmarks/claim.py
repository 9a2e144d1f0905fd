"""One claim: a figure, its target, and whether it holds."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A measured figure.

    Args:
        claim: "subject.figure", as the README quotes it.
        value: what was measured.
        target: what it is held against.
        at_most: whether the target is an upper bound; a lower one if not.
        facts: what else a reader needs to judge the figure: sizes, single runs, rivals.
    """

    claim: str
    value: float
    target: float
    at_most: bool = True
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether the figure keeps its target."""
        return self.value <= self.target if self.at_most else self.value >= self.target

    def report(self) -> None:
        """Print the claim as one line of JSON."""
        line = {**asdict(self), "holds": self.holds, "machine": _machine()}
        line.update(line.pop("facts"))
        print(json.dumps(line), flush=True)


def _machine() -> str:
    cores = len(os.sched_getaffinity(0))
    return f"{platform.machine()}, {cores} cores, Python {sys.version.split()[0]}"
