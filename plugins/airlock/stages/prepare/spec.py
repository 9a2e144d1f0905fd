"""What people write of a prepared table: its sources by name, and the file with the SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from airlock.core.content import sha256
from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.core.problems import WrittenProblem
from airlock.core.sources import AnySource
from airlock.core.spec import PATH, Spec

# A SELECT of a hundred features is a tenth of it.
_LONGEST_SQL = 64 << 10
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

Kind = Literal["events", "state", "fixed"]
"""How the rows of a source are placed in time.

`events` have a column that says since when they are known. A `state` is delivered anew for every
night, and holds for that night alone. What is `fixed` was always so, such as a list of countries.
"""


class Table(Spec):
    """One source of a prepared table.

    Args:
        source: its address, as `training(source=…)` takes it, in which `{night}` stands for a
            night; or a table, such as `sql(…)`.
        contract: YAML with its data contract. A source with `event_time` holds events.
        history: of how many nights events are read, the row's own being the last of them; None
            reads all that the source holds, which one that is delivered by night cannot say.
        fixed: whether what it says was always so, such as a list of countries: of a source with
            neither nights nor `event_time` nobody else knows what it said on an earlier night.
    """

    source: AnySource
    contract: Path
    history: int | None = Field(default=None, ge=1, le=1_100)
    fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedTable:
    """A source with its contract read, as operators carry it.

    Args:
        by_night: whether each night has rows of its own.
    """

    source: AnySource
    contract: Contract
    by_night: bool
    history: int | None = None
    fixed: bool = False

    @property
    def kind(self) -> Kind:
        """How its rows are placed in time."""
        if self.contract.event_time is not None:
            return "events"
        return "fixed" if self.fixed else "state"

    def to_json(self) -> dict[str, Any]:
        """What decides a result; the address does not, for the rows that it gave are an input."""
        return {
            "contract": self.contract.to_json(),
            "history": self.history,
            "kind": self.kind,
            "by_night": self.by_night,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql:
    """The file with the SELECT.

    Args:
        text: of it.
        path: as people know it.
    """

    text: str
    path: str

    @property
    def digest(self) -> str:
        """The name of the text."""
        return sha256(self.text.encode())

    @classmethod
    def read(cls, path: Path, *, root: Path) -> Sql:
        """Read the file; nothing is parsed, because that needs DuckDB.

        Raises:
            SpecError: it is not there, too long, empty, or no UTF-8.
        """
        try:
            data = path.read_bytes()
        except OSError as error:
            raise SpecError(f"{path} cannot be read ({error.strerror}).", do=PATH) from None
        shown = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
        if len(data) > _LONGEST_SQL:
            raise SpecError(
                f"{shown} has more than {_LONGEST_SQL >> 10} KiB.", do="Write a shorter SELECT."
            )
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SpecError(f"{shown} is not UTF-8.", do="Save it as UTF-8.") from None
        if not text.strip():
            raise SpecError(f"{shown} is empty.", do="Write one SELECT.")
        return cls(text=text, path=shown)


def check_tables(tables: Mapping[str, NamedTable], *, earlier: bool) -> Iterator[WrittenProblem]:
    """What is wrong with the sources by themselves.

    Args:
        earlier: whether rows are made about nights before the run's own.
    """
    for name, table in tables.items():
        at = ("sources", name)
        if not _NAME.fullmatch(name):
            yield WrittenProblem(
                what="the name of a source must be small letters, digits and underscores",
                do="Call it as the SQL does, such as customers.",
                at=at,
            )
        if table.kind == "events" and table.by_night and table.history is None:
            yield WrittenProblem(
                what=f"nobody says how many nights of {name} a feature may look back on",
                do="Write history=…, in nights: 1 for the night's own events alone.",
                at=at,
            )
        if table.kind != "events" and table.history is not None:
            yield WrittenProblem(
                what=f"{name} has a history, and its contract has no event_time",
                do="Name the column that says since when a row is known, as event_time.",
                at=at,
            )
        if table.kind == "state" and not table.by_night and earlier:
            yield WrittenProblem(
                what=f"nobody knows what {name} said on an earlier night: it has neither nights "
                "nor event_time in its contract",
                do="Deliver it by night, or name event_time; if it was always so, write "
                "fixed=True.",
                at=at,
            )
        of_files = isinstance(table.source, str)
        if table.kind == "state" and table.by_night and earlier and not of_files:
            yield WrittenProblem(
                what=f"which rows of {name} are of which night is not known: it is no file",
                do="Give it a column with the day, and name it as event_time.",
                at=at,
            )
        if table.fixed and (table.by_night or table.history is not None):
            yield WrittenProblem(
                what=f"{name} is fixed, and has nights or a history",
                do="Leave out fixed.",
                at=at,
            )


def nights_back(table: NamedTable, *, first: int) -> int:
    """How many nights of a source a run reads, its own being the last of them.

    Args:
        first: how many nights before the run's own the first row is about.
    """
    if not table.by_night:
        return 1
    return first + (table.history or 1) if table.kind == "events" else first + 1
