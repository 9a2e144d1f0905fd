"""The frozen sources of a prepared table: their rows night by night, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from airlock.core.errors import DataError
from airlock.core.nights import night_named
from airlock.core.table import read_parts
from airlock.stages.prepare.record import JoinedTable
from airlock.stages.prepare.spec import LABELS, NamedLabels, NamedTable
from airlock.stages.prepare.stage.known import OF_NIGHT
from airlock.stages.snapshot.record import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A source as it was frozen.

    Args:
        table: what the DAG says of it.
        record: of its snapshot.
        content: digest of the snapshot's result.
        folder: local, with its parts, verified.
    """

    table: NamedTable
    record: Snapshot
    content: str
    folder: Path


def check_nights_read(
    name: str, one: Frozen, nights: Sequence[str], labels: NamedLabels | None
) -> None:
    """Refuse a source by night that was not read as far back as its first row looks."""
    if not one.table.by_night or (labels is not None and name == LABELS):
        return
    back = one.table.history or 1 if one.table.kind == "events" else 1
    first = night_named(nights[0]).back(back - 1)
    wanted = {night_named(night).back(at).name for night in nights for at in range(back)}
    read = one.record.nights or tuple(filter(None, (one.record.night,)))
    if missing := wanted - set(read):
        raise DataError(
            f"{len(missing)} night(s) of {name} were not read, from {first.name} on.",
            do="Clear its snapshot; by the schedule it was read for nights of another length.",
        )


def delivered(one: Frozen, night: str) -> Iterator[pa.Table]:
    """The rows of a source; those of a state with the night that each was delivered for.

    Args:
        night: of the run, for a source that has none.
    """
    tables = read_parts(one.folder, [part.path for part in one.record.parts])
    if one.table.kind != "state":
        yield from tables
        return
    nights = one.record.nights or (night,)
    counts = one.record.of_nights or (one.record.rows,)
    waiting = [
        (night_named(of).begin.replace(tzinfo=None), rows)
        for of, rows in zip(nights, counts, strict=True)
        if rows
    ]
    for table in tables:
        begin = 0
        while begin < table.num_rows:
            of, left = waiting.pop(0)
            took = min(left, table.num_rows - begin)
            some = table.slice(begin, took)
            yield some.append_column(OF_NIGHT, pa.repeat(pa.scalar(of, pa.timestamp("us")), took))
            begin += took
            if left > took:
                waiting.insert(0, (of, left - took))


def joined_table(name: str, one: Frozen) -> JoinedTable:
    """What the record of the prepared table tells of a source."""
    return JoinedTable(
        name=name,
        content=one.content,
        rows=one.record.rows,
        kind="labels" if name == LABELS else one.table.kind,
        event_time=one.table.contract.event_time,
        history=one.table.history,
    )
