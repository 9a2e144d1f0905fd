"""What labels leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from airlock.stages.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledNight:
    """The labels of one night that one delivery brought.

    Args:
        night: whose predictions they are about, ISO.
        path: of the file with row_key and label.
        labels: one for every key.
        joined: those whose key was scored that night.
        corrected: those that say something else than an earlier delivery; the newest counts.
        late: nights from the one that was scored to the one that the delivery came with.
    """

    night: str
    path: str
    labels: int
    joined: int
    corrected: int
    late: int

    @property
    def unmatched(self) -> int:
        """Labels of keys that nobody scored that night."""
        return self.labels - self.joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled(Record):
    """What turned out to be true, as one delivery says.

    Args:
        model: whose predictions it is about.
        rows: of the delivery.
        repeated: rows that say again what another one says.
        nights: that it speaks of, in order.
    """

    stage: ClassVar[str] = "labels"

    model: str
    rows: int
    repeated: int
    nights: tuple[LabelledNight, ...]

    def facts(self) -> tuple[str, ...]:
        """How many found their prediction."""
        return tuple(
            f"{one.night}: {one.labels:,} labels, {one.joined:,} joined, {one.unmatched:,} "
            f"unmatched, {one.corrected:,} corrected, {one.late} night(s) late."
            for one in self.nights
        )
