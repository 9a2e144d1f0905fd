"""What prepare leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from airlock.stages.snapshot.record import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedTable:
    """One source that was joined.

    Args:
        name: as the SQL calls it.
        content: digest of the snapshot's result.
        rows: that it holds.
        kind: `events`, `state` or `fixed`; `labels` of what the target is taken from.
        event_time: the column that says since when a row is known; None without one.
        history: nights of events that a row looks back on; None for all.
    """

    name: str
    content: str
    rows: int
    kind: str
    event_time: str | None = None
    history: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedNight:
    """The rows about one night.

    Args:
        night: ISO.
        rows: that were made.
        read: rows of each source that could be seen, in the order of the record's tables.
        unlabelled: rows left out because no label of theirs came in time.
        labelled: rows whose label came; None without labels.
    """

    night: str
    rows: int
    read: tuple[int, ...]
    unlabelled: int = 0
    labelled: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """How far two sources that are joined have values in common, over all nights.

    Args:
        left, right: columns such as orders.buyer.
        values: different ones of each, night by night, as they could be seen.
        common: of those, how many stand in both.
    """

    left: str
    right: str
    values: tuple[int, int]
    common: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnLineage:
    """Where the values of one column come from.

    Args:
        reads: columns such as orders.amount; orders.* where rows are counted; None where it is
            not known.
    """

    column: str
    reads: tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation(Snapshot):
    """A table that SQL made of frozen sources; whatever reads a snapshot reads it alike.

    Args:
        sql: the SELECT, as it was run.
        sql_sha256: of its file.
        path: of the file.
        tables: what it was made of, by name.
        made: the rows by night, oldest first.
        lineage: of every column.
        same: columns that are compared for equality, as sets; None where that is not known.
        after: how many days labels were waited for; None without labels.
        matches: of the columns that sources are joined by; None where it is not known by which.
    """

    stage: ClassVar[str] = "prepare"

    sql: str
    sql_sha256: str
    path: str
    tables: tuple[JoinedTable, ...]
    made: tuple[PreparedNight, ...]
    lineage: tuple[ColumnLineage, ...]
    same: tuple[tuple[str, ...], ...] | None = None
    after: int | None = None
    matches: tuple[Match, ...] | None = None

    def facts(self) -> tuple[str, ...]:
        """Of what it was made, how much, and its name."""
        names = ", ".join(one.name for one in self.tables)
        return (
            f"Joined {names} by {self.path}.",
            f"{self.rows:,} rows about {len(self.made)} night(s), {len(self.columns)} columns.",
            *_labelled(self),
            *_unseen(self),
            *_unmatched(self),
            f"Content {self.sha256[:16]}.",
        )


def _labelled(record: Preparation) -> tuple[str, ...]:
    if record.after is None:
        return ()
    count = sum(one.unlabelled for one in record.made)
    left = (f"{count:,} rows without a label in time were left out.",) if count else ()
    without = [one.night for one in record.made if one.labelled == 0]
    none = (f"No label came for any row about {_nights(without)}.",) if without else ()
    return (f"Labels are those of the {record.after} day(s) after each row's night.", *left, *none)


def _unseen(record: Preparation) -> Iterator[str]:
    """Nights without rows, and sources that had none to show."""
    without = [one.night for one in record.made if not one.rows + one.unlabelled]
    if without:
        yield f"There is no row about {_nights(without)}."
    for at, table in enumerate(record.tables):
        empty = [one.night for one in record.made if not one.read[at]]
        if empty and table.kind != "labels":
            yield f"Nothing of {table.name} could be seen about {_nights(empty)}."


def _unmatched(record: Preparation) -> Iterator[str]:
    for one in record.matches or ():
        left, right = one.values
        yield (
            f"{one.left} and {one.right} have {one.common:,} values in common, of {left:,} and "
            f"{right:,}."
        )
    joined = [one for one in record.tables if one.kind != "labels"]
    if record.matches is None or (len(joined) > 1 and not record.matches):
        yield "By which columns the sources are joined is not known, nor how much of them matched."


def _nights(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} other night(s)" if len(names) > 1 else ""
    return f"the night {names[0]}{more}"
