"""Finds the nights to read, how long to wait, and refuses a night that repeats another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pyarrow as pa

from airlock.core.content import canonical_json, digest
from airlock.core.contract import Contract
from airlock.core.errors import SpecError
from airlock.core.nights import night_named
from airlock.core.table_digest import ContentName
from airlock.reading import read_json
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.snapshot.spec import address_of, has_nights
from airlock.stages.snapshot.stage.refusals import NightRepeated, SourceLate, SourceMissing
from airlock.store import Store

_LOOK_EVERY = timedelta(minutes=1)


def addresses(source: str, *, night: str, window: int) -> Sequence[tuple[str, str]]:
    """Each night of the window with its address, oldest first; "" where there are no nights.

    Raises:
        SpecError: the window begins before the first night that there is, or the address is that of
            other nights, too.
    """
    if not has_nights(source):
        return [("", source)]
    last = night_named(night)
    if not last.has_before(window - 1):
        raise SpecError(
            f"A window of {window} nights before {night} begins before the year 1.",
            do="Name a later night, or read fewer.",
        )
    nights = [last.back(back) for back in reversed(range(window))]
    return [(one.name, address_of(source, one)) for one in nights]


def next_look(missing: SourceMissing, contract: Contract, *, night: str, now: datetime) -> datetime:
    """When to look again for data that is not there yet.

    Args:
        missing: what was not found.
        contract: says how late it may come.
        night: of the run; counts where the source has no nights.
        now: UTC.

    Raises:
        SourceMissing: the contract waits for nothing.
        SourceLate: the deadline has passed.
    """
    awaited = missing.night or night
    deadline = contract.deadline(awaited)
    if deadline is None:
        raise missing
    if now >= deadline:
        raise SourceLate(
            f"{missing.what} The data of the night {awaited} is late: it was due by "
            f"{deadline:%Y-%m-%d %H:%M} UTC.",
            do="Find out where the export is, and clear the task once it is there; or allow more "
            "lateness in the contract.",
        )
    return min(now + _LOOK_EVERY, deadline)


def refuse_equal_nights(
    contract: Contract, of_nights: Sequence[tuple[str, int]], rows: Iterator[pa.Table]
) -> None:
    """Refuse a window in which two nights have the same rows: an export that stands still.

    Args:
        contract: of the rows.
        of_nights: the nights with their number of rows, in order.
        rows: all of them, in that order.

    Raises:
        NightRepeated: there are two.
    """
    known: dict[str, str] = {}
    left = next(rows, None)
    for night, count in of_nights:
        name = ContentName(contract)
        while count and left is not None:
            took = min(count, left.num_rows)
            name.update(left.slice(0, took))
            count -= took
            left = left.slice(took) if took < left.num_rows else next(rows, None)
        before = known.setdefault(name.hexdigest(), night)
        if before != night:
            raise NightRepeated(
                f"The rows of the night {night} are the very rows of the night {before}.",
                do="Deliver that night's own export; if equal nights are fine here, write "
                "repeated_nights: allow into the contract.",
            )


def keep_night(store: Store, source: str, snapshot: Snapshot) -> None:
    """Bind the rows to their night, once and for all runs.

    The same rows for the same night are welcome again: a retry, a cleared task, a second run.

    Args:
        store: that denies a second create.
        source: the address before its night is filled in.
        snapshot: of those rows.

    Raises:
        NightRepeated: they were bound to another night before.
    """
    key = f"nights/{digest([source, len(snapshot.nights), snapshot.sha256])}.json"
    if store.create(key, canonical_json({"night": snapshot.night})):
        return
    other = read_json(store.get(key))["night"]
    raise NightRepeated(
        f"The rows of {snapshot.source} are the very rows that were already processed as the "
        f"night {other}.",
        do="Deliver that night's own export; if equal nights are fine here, write "
        "repeated_nights: allow into the contract.",
    )
