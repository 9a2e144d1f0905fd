"""The review queue: the rows that a model was unsure of or could not score, and their answers.

A row is asked about if the partition that serves its night holds it as one. It is open until
there is a label for its key and night, whoever it is from; and as long as that partition serves:
what is scored again, or was erased, is asked no more. A label that names a reviewer is an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from airlock.catalogs.labels import classes_of
from airlock.core.errors import Unverified
from airlock.core.nights import nights_between
from airlock.core.values import LabelReader

if TYPE_CHECKING:
    import pandas as pd

    from airlock.catalogs.archive import Archive
    from airlock.catalogs.predictions import Partition

WHY, ANSWER, REVIEWER = "why", "answer", "reviewer"
"""Columns of the sheet for people: why they are asked, what they say, and who they are."""

KEPT = 60
"""Nights that the queue reaches back, as many as the page of drift shows. An older question is
asked no more: it would be read every night for ever, and outlive what anybody remembers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightOfQueue:
    """The rows of one night.

    Args:
        rows: that were scored.
        asked: those that the model was unsure of, or had no finite score for.
        open: those of them without a label.
        answered: those of them that a person answered.
        overridden: answers that are not what the model said: another class, a number outside of
            the band, or anything where the model had no prediction.
    """

    night: str
    rows: int
    asked: int
    open: int
    answered: int
    overridden: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits for people, and what they said.

    Args:
        last: the night that it is told of, ISO.
        nights: of the last sixty, those with an unsure row, in order.
        rows: that were scored in all of the nights.
        unreadable: nights whose rows were altered or lost; they count for nothing.
    """

    last: str
    nights: tuple[NightOfQueue, ...]
    rows: int
    unreadable: tuple[str, ...] = ()

    @property
    def asked(self) -> int:
        """Rows that the models were unsure of."""
        return sum(one.asked for one in self.nights)

    @property
    def open(self) -> int:
        """Rows without a label."""
        return sum(one.open for one in self.nights)

    @property
    def answered(self) -> int:
        """Rows that a person answered."""
        return sum(one.answered for one in self.nights)

    @property
    def overridden(self) -> int:
        """Rows where the person said something else than the model."""
        return sum(one.overridden for one in self.nights)

    @property
    def oldest(self) -> str | None:
        """The night of the oldest open row; None if none is open."""
        return next((one.night for one in self.nights if one.open), None)

    @property
    def age(self) -> int:
        """Nights from the oldest open row's to the last one; 0 if none is open."""
        if self.oldest is None:
            return 0
        return nights_between(self.oldest, self.last)

    @property
    def share(self) -> float:
        """Of the scored rows, how many the models were unsure of, 0 to 1."""
        return self.asked / self.rows if self.rows else 0.0

    @property
    def override_rate(self) -> float | None:
        """Of the answered rows, how many were overridden; None if none was answered."""
        return self.overridden / self.answered if self.answered else None

    def facts(self) -> tuple[str, ...]:
        """What waits, and what people said."""
        if not self.asked:
            return ()
        old = f" ({self.age} night(s))" if self.age else ""
        oldest = f", the oldest since {self.oldest}{old}" if self.open else ""
        waiting = (
            f"{self.asked:,} of {self.rows:,} rows ({self.share:.1%}) were put to people, "
            f"{self.open:,} are open{oldest}."
        )
        if self.override_rate is None:
            return (waiting,)
        return (
            waiting,
            f"People answered {self.answered:,} and overrode {self.overridden:,} "
            f"({self.override_rate:.1%}).",
        )


def queue(archive: Archive, last: str) -> Queue:
    """The queue of a model, as it is after a night.

    Args:
        last: the night that it reaches back from, ISO.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    found, unreadable, rows = [], [], 0
    for night in _nights(archive, last):
        try:
            told = of_night(archive, night)
        except Unverified:
            unreadable.append(night)
            continue
        if told is not None:
            rows += told.rows
            found += [told] if told.asked else []
    return Queue(last=last, nights=tuple(found), rows=rows, unreadable=tuple(unreadable))


def open_rows(archive: Archive, partition: Partition) -> pd.DataFrame:
    """The rows of a night that wait for an answer, as they were scored.

    Args:
        partition: that serves the night.

    Raises:
        Unverified: they were altered or lost.
    """
    asked = archive.unsure(partition)
    if asked.empty:
        return asked
    return asked[~asked["row_key"].isin(archive.known(partition.night).labels.index)]


def of_night(archive: Archive, night: str) -> NightOfQueue | None:
    """How one night stands; None if it was never scored, or erased.

    Raises:
        Unverified: its rows were altered or lost.
    """
    partition = archive.serving(night)
    if partition is None:
        return None
    asked = archive.unsure(partition)
    if asked.empty:
        return NightOfQueue(
            night=night, rows=partition.rows, asked=0, open=0, answered=0, overridden=0
        )
    known = archive.known(night)
    answered = asked.assign(answer=asked["row_key"].map(known.answers)).dropna(subset="answer")
    return NightOfQueue(
        night=night,
        rows=partition.rows,
        asked=len(asked),
        open=int((~asked["row_key"].isin(known.labels.index)).sum()),
        answered=len(answered),
        overridden=int(_overridden(answered).sum()),
    )


def _nights(archive: Archive, last: str) -> Iterator[str]:
    for night in archive.nights():
        age = nights_between(night, last)
        if 0 <= age < KEPT:
            yield night


def _overridden(answered: pd.DataFrame) -> pd.Series:
    """Which answers are not what the model said; it said nothing of a row without a prediction."""
    import pandas as pd

    if classes := classes_of(answered):
        read = LabelReader(classes)
        said = answered["prediction"].map(read).where(answered["prediction"].notna(), None)
        return (said != answered["answer"].map(read)) | said.isna()
    # Without a band, or without a number, nothing says that the two agree.
    truth = pd.to_numeric(answered["answer"], errors="coerce")
    return ~truth.between(answered["band_low"], answered["band_high"])
