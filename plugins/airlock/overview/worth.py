"""What the predictions were worth, night by night: as `live` measured it when labels had come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from airlock.ledger import Entry
from airlock.overview.candidates import LoadRecord
from airlock.stages.evaluate.record import Interval
from airlock.stages.live.record import Live

SHOWN = 60
"""Nights that a page goes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What one version's answers were worth, as known after one night.

    Args:
        night: after which it was measured; the rows are those of the nights before, too.
        champion: whether the version was in production then.
        rows: with a label.
        figures: by metric, with their intervals.
    """

    night: str
    version: int
    champion: bool
    rows: int
    figures: Mapping[str, Interval]


def worth_by_night(entries: Sequence[Entry], load: LoadRecord) -> tuple[Worth, ...]:
    """Every version that served labelled rows, the oldest night first; the last word of a night.

    Args:
        entries: the whole chain, verified.
        load: reads the record that an entry names.

    Raises:
        Unverified: a record is not what the ledger names.
    """
    last: dict[str, tuple[Entry, int]] = {}
    champion = 0
    for entry in entries:
        if entry.kind in {"promoted", "rolled_back"}:
            champion = entry.body["champion"]["version"]
        elif entry.kind == "measured" and entry.body.get("night"):
            last[entry.body["night"]] = (entry, champion)
    found: list[Worth] = []
    for night in sorted(last)[-SHOWN:]:
        entry, present = last[night]
        live = Live.from_json(load(entry.body["address"], entry.body["sha256"]))
        found += [
            Worth(
                night=night,
                version=one.version,
                champion=one.version == present,
                rows=one.rows,
                figures=one.figures,
            )
            for one in live.versions
        ]
    return tuple(found)
