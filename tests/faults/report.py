"""The table of faults in docs/reliability.md: what was seen, and when it last ran.

A run of some faults writes their rows and leaves the others as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.catalog import Fault, every_fault

DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
HEADER = ("fault", "level", "what is broken", "promised", "seen", "seconds", "last ran", "ok")
NEVER = "not run yet"
_LONGEST = 240


@dataclass(frozen=True, kw_only=True)
class Row:
    """How a fault went.

    Args:
        ok: whether the promise was kept, with all invariants and the next night.
    """

    name: str
    seen: str
    seconds: float
    ran: str
    ok: bool


def row(told: pytest.TestReport, ran: str) -> Row:
    """What a test's report says of its fault."""
    facts = {str(name): str(value) for name, value in told.user_properties}
    kept = told.outcome == "passed"
    why = getattr(told.longrepr, "reprcrash", None)
    seen = facts.get("seen", "") if kept else (why.message if why else str(told.longrepr))
    return Row(name=facts["fault"], seen=seen, seconds=told.duration, ran=ran, ok=kept)


def shown(rows: Sequence[Row]) -> str:
    """The same for a screen."""
    lines = (
        f"{'ok  ' if one.ok else 'NOT '} {one.seconds:6.0f} s  {one.name:40} {_plain(one.seen)}"
        for one in rows
    )
    return "\n".join(lines)


def table(faults: Sequence[Fault], rows: Mapping[str, tuple[str, ...]]) -> str:
    """The table in Markdown, one line for each fault of the catalog.

    Args:
        rows: seen, seconds, last ran and ok, by name.
    """
    lines = [_line(HEADER), _line("---" for _ in HEADER)]
    for one in faults:
        told = rows.get(one.name, (NEVER, "", "", ""))
        lines.append(_line((one.name, one.level, one.broken, one.promised, *told)))
    return "\n".join(lines)


def known(text: str) -> dict[str, tuple[str, ...]]:
    """What the table says already, by name."""
    cells = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in _between(text).splitlines()
        if line.startswith("| ")
    )
    return {row[0]: tuple(row[4:]) for row in cells if len(row) == len(HEADER)}


def cells(row: Row, fault: Fault) -> tuple[str, ...]:
    """What the table says of a row."""
    ok = "yes" if row.ok else f"**no**: {fault.why or 'see the soak'}"
    return (_plain(row.seen), f"{row.seconds:.0f}", row.ran, _plain(ok))


def write(faults: Sequence[Fault], rows: Iterable[Row], *, docs: Path = DOCS) -> str:
    """Bring the table up to date; the whole of it."""
    text = docs.read_text()
    by_name = {one.name: one for one in faults}
    said = known(text) | {row.name: cells(row, by_name[row.name]) for row in rows}
    whole = table(faults, said)
    before, rest = text.split(BEGIN)
    docs.write_text(f"{before}{BEGIN}\n{whole}\n{END}{rest.split(END)[1]}")
    return whole


def _between(text: str) -> str:
    return text.split(BEGIN)[1].split(END)[0]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """One cell: no line break, no bar, no place on somebody's machine."""
    text = re.sub(r"/(tmp|var)/\S*", "…", re.sub(r"(file://)?/[\w.\-/]*/site/", "", text))
    one_line = " ".join(text.replace("|", "/").split())
    return one_line if len(one_line) <= _LONGEST else f"{one_line[:_LONGEST]}…"


if __name__ == "__main__":
    print(write(every_fault(), []))
