"""The catalog: what can break, what is promised when it does, and how it is tried.

A fault is one small function in `tests/faults/kinds/`, named in one place: where it stands. It
breaks something, looks at what happens, and returns what it saw in a short sentence; a promise that
is not kept is an assertion. What must hold of everything (tests/faults/invariants.py), and that the
next night runs through, is looked at afterwards for all of them.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Level = Literal["stage", "process", "airflow"]
"""`stage`: operators on a broken world; `process`: their processes are killed, stopped, or two;
`airflow`: a real Airflow with its services."""

After = Literal["training", "scoring"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that breaks.

    Args:
        name: a few words, for the table and for `-k`.
        broken: what is broken, and when.
        promised: what holds all the same.
        needs: what it is tried with: `s3`, `mlflow` or `postgres` (servers), `root` (to mount).
        after: the chains that must run through for the next night.
        ready: whether the night that it is about was registered before it begins.
        sample: whether `make test` tries it, too.
        kept: False while the promise is not kept.
        why: why it is not kept, and what is seen instead.
    """

    name: str
    broken: str
    promised: str
    level: Level
    run: Callable[[Any], str]
    needs: tuple[str, ...] = ()
    after: tuple[After, ...] = ("training", "scoring")
    ready: bool = False
    sample: bool = False
    why: str = ""

    @property
    def kept(self) -> bool:
        return not self.why


_FAULTS: dict[str, Fault] = {}


def fault(name: str, **facts: Any) -> Callable[[Callable[[Any], str]], Callable[[Any], str]]:
    """Enter a function into the catalog."""

    def entered(run: Callable[[Any], str]) -> Callable[[Any], str]:
        if name in _FAULTS:
            raise ValueError(f"Two faults are called {name!r}.")
        _FAULTS[name] = Fault(name=name, run=run, **facts)
        return run

    return entered


def every_fault() -> tuple[Fault, ...]:
    """All of them, kind by kind."""
    for path in sorted((Path(__file__).parent / "kinds").glob("[a-z]*.py")):
        importlib.import_module(f"tests.faults.kinds.{path.stem}")
    return tuple(_FAULTS.values())
