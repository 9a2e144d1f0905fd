"""What people write of a prepared table: its sources by name, and the file with the SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from airlock.core.content import sha256
from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.core.nights import Every
from airlock.core.sources import AnySource
from airlock.core.spec import PATH, Spec

# A SELECT of a hundred features is a tenth of it.
_LONGEST_SQL = 64 << 10

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


LABELS = "labels"
"""What the source of labels is called among the sources."""


class Labels(Spec):
    """What turns out to be true of a row some time after its night.

    A label counts if its time lies behind the end of the row's night and at most `after` later. So
    rows are made about nights that ended so long ago.

    Args:
        source: where labels are, as `training(source=…)` takes it.
        contract: YAML with its data contract, with `event_time`: when a label came.
        key: the column by which a label finds its row, in the table and in the source; or by the
            name in the table that in the source.
        after: how long labels are waited for, in days, such as "30d".
        label: the column with the label; of several the last one counts, and a row without one is
            left out. None where a row of the source is itself what happened: the target then says
            whether one came.
    """

    source: AnySource
    contract: Path
    key: str | Mapping[str, str]
    after: str = Field(pattern=r"^[1-9]\d{0,2}d$")
    label: str | None = None

    @property
    def days(self) -> int:
        """How long labels are waited for."""
        return int(self.after.removesuffix("d"))

    @property
    def keys(self) -> Mapping[str, str]:
        """The columns of the table by which labels find their row, with those of the source."""
        return {self.key: self.key} if isinstance(self.key, str) else self.key


_LENGTHS: Mapping[Every, int] = {"hour": 1, "day": 24, "week": 7 * 24, "month": 28 * 24}
"""Hours of a night, at least."""


def waited(days: int, every: Every) -> int:
    """How many nights of a pipeline are over when labels of so many days have come, at least.

    Args:
        every: how long its nights are; of months the shortest counts.
    """
    return -(-24 * days // _LENGTHS[every])


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLabels:
    """A source of labels with its contract read, as operators carry it.

    Args:
        table: the source.
        keys: columns of the prepared table, with those of the source.
        days: how long labels are waited for.
        label: the column with the label; None where its rows are what happened.
        target: the column that takes it.
    """

    table: NamedTable
    keys: Mapping[str, str]
    days: int
    label: str | None
    target: str

    def to_json(self) -> dict[str, Any]:
        """What decides a result."""
        return {
            "table": self.table.to_json(),
            "keys": dict(self.keys),
            "days": self.days,
            "label": self.label,
            "target": self.target,
        }


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


def nights_back(table: NamedTable, *, first: int) -> int:
    """How many nights of a source a run reads, its own being the last of them.

    Args:
        first: how many nights before the run's own the first row is about.
    """
    if not table.by_night:
        return 1
    return first + (table.history or 1) if table.kind == "events" else first + 1
