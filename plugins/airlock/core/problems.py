"""What is wrong with something that a person wrote: where it stands, what it is, what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from airlock.core.errors import SpecError

Severity = Literal["error", "warning", "note"]
"""An error stops the DAG from loading; a note says what could not be looked at."""

Where = tuple[str | int, ...]
"""Keys and positions from the top of a document, such as ("champion", 0, "margin")."""

Places = Mapping[Where, tuple[int, int]]
"""Line and column of everything in a document, both from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenProblem:
    """Something wrong in a document, by its keys.

    Args:
        what: is wrong. No value that a person wrote is quoted, but names.
        do: about it.
        of: the document: the name of the argument that names it, such as `redaction`; `call` for
            the arguments themselves.
        at: where in it.
    """

    what: str
    do: str
    of: str = "call"
    at: Where = ()
    severity: Severity = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckFinding:
    """Something wrong, by file, line and column; 0 where that is not known."""

    file: str
    line: int = 0
    column: int = 0
    key: str = ""
    what: str
    do: str
    severity: Severity = "error"

    @property
    def place(self) -> str:
        """As editors and terminals read it: file:line:column."""
        numbers = [str(one) for one in (self.line, self.column) if one]
        return ":".join([self.file, *numbers])

    @property
    def said(self) -> str:
        """Place, key and what is wrong."""
        return f"{self.place}: {f'{self.key}: ' if self.key else ''}{self.what}"


class Misplaced(ValueError):
    """Raised by validators that know better than their model where something is wrong.

    Args:
        found: each with its place, relative to what is validated.
    """

    def __init__(self, found: Sequence[tuple[Where, str, str]]) -> None:
        super().__init__("; ".join(what for _, what, _ in found))
        self.found = tuple(found)


def located(problem: WrittenProblem, file: str, places: Places) -> CheckFinding:
    """A problem of a document, with the place where it stands in its file.

    What a validator calls otherwise than the file (a short form, a union) is passed over.
    """
    at: Where = ()
    for part in problem.at:
        if (*at, part) in places:
            at = (*at, part)
    line, column = places.get(at, (0, 0))
    return CheckFinding(
        file=file,
        line=line,
        column=column,
        key=".".join(map(str, problem.at)),
        what=problem.what,
        do=problem.do,
        severity=problem.severity,
    )


def refusal(findings: Iterable[CheckFinding]) -> SpecError:
    """All of them as one error."""
    known = list(dict.fromkeys(findings))
    if len(known) == 1:
        return SpecError(f"{_ended(known[0].said)}", do=known[0].do)
    said = "; ".join(one.said.rstrip(".") for one in known)
    todo = " ".join(dict.fromkeys(one.do for one in known))
    return SpecError(f"{said}.", do=todo)


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
