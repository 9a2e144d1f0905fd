"""What a model did, night by night: who scored it, whether it had drifted, what it was worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from airlock.catalogs import drifts, predictions
from airlock.ledger import Chain, Entry
from airlock.overview.candidates import LoadRecord
from airlock.stages.drift.record import Drift, Standing
from airlock.stages.live.record import Live

SHOWN = 60
"""Nights that a page goes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightOverview:
    """One scored night.

    Args:
        rows: predictions that consumers read.
        versions: that said them.
        again: why the night was scored again; "" for the usual run.
        standing: of drift, after this night; None where nobody judged it.
        columns: how far each is from the champion's data, as a multiple of its limit.
    """

    night: str
    rows: int
    versions: tuple[int, ...]
    again: str
    standing: Standing | None = None
    columns: Mapping[str, float] = field(default_factory=dict)


def nights(chain: Chain, load: LoadRecord) -> tuple[NightOverview, ...]:
    """The last scored nights, the oldest first.

    Args:
        chain: verified, as it was at one moment.
        load: reads the drift that an entry names.

    Raises:
        Unverified: a record is not what the ledger names.
    """
    served = {one.night: one for one in predictions.partitions(chain) if one.role == "served"}
    judged = {one.night: one for one in drifts.DRIFTS.read(chain)}
    return tuple(
        _with_drift(_night(served[night]), judged.get(night), load)
        for night in sorted(served)[-SHOWN:]
    )


def latest_live(entries: Sequence[Entry], load: LoadRecord) -> Live | None:
    """What the predictions were last found to be worth; None without labels.

    Raises:
        Unverified: the record is not what the ledger names.
    """
    for entry in reversed(entries):
        if entry.kind == "measured":
            return Live.from_json(load(entry.body["address"], entry.body["sha256"]))
    return None


def scored_by(chain: Chain, version: int) -> tuple[str, ...]:
    """The nights that a version still serves at least a row of, in order."""
    served = {one.night: one for one in predictions.partitions(chain) if one.role == "served"}
    return tuple(night for night in sorted(served) if version in served[night].versions)


def _night(one: predictions.Partition) -> NightOverview:
    return NightOverview(night=one.night, rows=one.rows, versions=one.versions, again=one.because)


def _with_drift(
    night: NightOverview, judged: drifts.Judged | None, load: LoadRecord
) -> NightOverview:
    if judged is None:
        return night
    drift = Drift.from_json(load(judged.drift, judged.sha256))
    return NightOverview(
        night=night.night,
        rows=night.rows,
        versions=night.versions,
        again=night.again,
        standing=drift.course.standing,
        columns={
            _CALLED.get(one.kind, one.column): round(one.excess, 3) for one in drift.distances
        },
    )


_CALLED = {"prediction": "the predictions", "label": "the outcomes"}
