"""What labels leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from airlock.engine.record import Record, Verdict


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
        answered: those that a person gave who was asked, or was not.
        left_out: labels that are not kept: of keys that the night does not hold, in a delivery that
            came by pseudonym, so that nobody can say whether they are about somebody erased.
        erased: whether the night's predictions were deleted for somebody's sake; then nothing
            joins until it is scored again.
    """

    night: str
    path: str
    labels: int
    joined: int
    corrected: int
    late: int
    answered: int = 0
    left_out: int = 0
    erased: bool = False

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
        suppressed: rows about somebody who was erased, which redact left out.
        unanswered: rows of a sheet that nobody has answered yet.
    """

    stage: ClassVar[str] = "labels"

    model: str
    rows: int
    repeated: int
    nights: tuple[LabelledNight, ...]
    suppressed: int = 0
    unanswered: int = 0

    @property
    def verdict(self) -> Verdict:
        """Labels of which none is about a scored row tell nothing: somebody must look at them."""
        there = [one for one in self.nights if not one.erased]
        labels = sum(one.labels for one in there)
        if not labels or any(one.joined for one in there):
            return Verdict(passed=True)
        why = (
            f"None of {labels:,} labels is about a row that {self.model} scored. Declare and "
            "redact the key as for the scored table: the same type in the contract, the same "
            "domain and normalise in the redaction."
        )
        return Verdict(passed=False, reasons=(why,), repair=True)

    def facts(self) -> tuple[str, ...]:
        """How many found their prediction, and how many were left out."""
        facts = [sentence for one in self.nights for sentence in _told(one)]
        if self.suppressed:
            facts.append(f"{self.suppressed:,} rows about somebody who was erased were left out.")
        if self.unanswered:
            facts.append(f"{self.unanswered:,} rows are not answered yet.")
        return tuple(facts)


def _told(one: LabelledNight) -> Iterator[str]:
    yield (
        f"{one.night}: {one.labels:,} labels, {one.joined:,} joined, {one.unmatched:,} "
        f"unmatched, {one.corrected:,} corrected, {one.late} night(s) late."
    )
    if one.answered:
        yield f"{one.night}: {one.answered:,} of the labels are answers of people."
    if one.erased:
        yield f"{one.night}: its predictions were erased; labels join once it is scored again."
    if one.left_out:
        yield (
            f"{one.night}: {one.left_out:,} labels of keys that it does not hold were left out: "
            "they may be about somebody who was erased."
        )
