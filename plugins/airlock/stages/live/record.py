"""What live leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from airlock.catalogs.review_queue import Queue
from airlock.engine.record import Record
from airlock.stages.evaluate.record import Interval

Rival = Literal["challenger", "before"]
"""Who scored beside the champion: the one on trial, or the champion before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightOfLabels:
    """How far one night is known. An answer alone to a row that people were asked about is none.

    Args:
        joined: rows with a label and a prediction.
        unscored: rows with a label that the model had no prediction for.
    """

    night: str
    scored: int
    joined: int
    unscored: int = 0

    @property
    def waiting(self) -> int:
        """Rows without a label."""
        return self.scored - self.joined - self.unscored


@dataclass(frozen=True, slots=True, kw_only=True)
class OfVersion:
    """What one version answered, on the rows that it served.

    Args:
        nights: with labels, in order.
        rows: with a label.
        figures: by metric; what is not defined is absent.
    """

    version: int
    nights: tuple[str, ...]
    rows: int
    figures: Mapping[str, Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Champion and rival on the same rows, whoever served them.

    Args:
        champion_sequence: the ledger entry that made the champion.
        rival_sequence: the entry of the canary, or the one that made the champion before.
        nights: with labels, in order.
        rows: with a label.
        agreement: share of the rows with the same prediction; None for a regression.
        difference: rival minus champion, over the same resamples.
        right: how many rows `both`, `champion` alone, `rival` alone and `neither` had right; empty
            for a regression.
    """

    kind: Rival
    champion_version: int
    champion_sequence: int
    rival_version: int
    rival_sequence: int
    nights: tuple[str, ...]
    rows: int
    agreement: float | None
    champion: Mapping[str, Interval]
    rival: Mapping[str, Interval]
    difference: Mapping[str, Interval]
    right: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live(Record):
    """How good the predictions were.

    Args:
        nights: of the window that have labels.
        versions: one for each that served a row.
        pairs: one for each two that scored the same rows.
        unreadable: nights that count for nothing, because their rows were erased or altered.
        queue: what waits for people, and what they said; None in records of earlier versions.
    """

    stage: ClassVar[str] = "live"

    model: str
    nights: tuple[NightOfLabels, ...]
    versions: tuple[OfVersion, ...]
    pairs: tuple[Paired, ...]
    unreadable: tuple[str, ...] = ()
    queue: Queue | None = None

    def facts(self) -> tuple[str, ...]:
        """Each version's figures, and each pair's."""
        joined = sum(one.joined for one in self.nights)
        return (
            f"{joined:,} labelled predictions of {len(self.nights)} night(s).",
            *(
                f"Version {one.version}, {one.rows:,} rows: {_said(one.figures)}."
                for one in self.versions
            ),
            *(
                f"Version {one.rival_version} minus champion {one.champion_version}, "
                f"{one.rows:,} rows: {_said(one.difference)}."
                for one in self.pairs
            ),
            *(
                f"{one.unscored:,} labelled rows of {one.night} have no prediction, and are not "
                "measured."
                for one in self.nights
                if one.unscored
            ),
            *(f"{night} cannot be read any more." for night in self.unreadable),
            *(self.queue.facts() if self.queue else ()),
        )


def _said(figures: Mapping[str, Interval]) -> str:
    return ", ".join(f"{name} {value}" for name, value in figures.items()) or "nothing measured"
