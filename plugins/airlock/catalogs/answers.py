"""Answers that people type on the page: a file for each, where the model's DAG for answers reads.

    churn/date=2026-01-06/page-<digest of night and key>.csv      one row, as in a sheet

The place is one of sources, and not the store: an answer comes in like any other delivery, past
contract, expectations and redaction. A file is created once, so that of two people one answers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass

from airlock.catalogs.review_queue import ANSWER, REVIEWER
from airlock.core.content import digest
from airlock.core.errors import DataError
from airlock.core.quoting import cell, from_cell
from airlock.store import Store

_COLUMNS = ("row_key", "night", ANSWER, REVIEWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one person says of one row."""

    night: str
    row_key: str
    answer: str
    reviewer: str

    def path(self, model: str) -> str:
        """Of its file, below the place of answers."""
        return f"{_folder(model, self.night)}{_file(self.night, self.row_key)}"

    def sheet(self) -> bytes:
        """The file: a sheet with one row."""
        text = io.StringIO()
        lines = csv.writer(text, lineterminator="\n")
        lines.writerow(_COLUMNS)
        lines.writerow(map(cell, (self.row_key, self.night, self.answer, self.reviewer)))
        return text.getvalue().encode()

    @classmethod
    def of_sheet(cls, data: bytes) -> Answer:
        """Read back what `sheet` wrote.

        Raises:
            DataError: it is something else.
        """
        try:
            [row] = csv.DictReader(io.StringIO(data.decode()))
            given = {name: from_cell(row[name]) for name in _COLUMNS}
        except (ValueError, KeyError, TypeError, csv.Error):
            raise DataError(
                "A file of the page's answers holds something else.",
                do="Look who else writes there.",
            ) from None
        return cls(**given)


def give(place: Store, model: str, answer: Answer) -> Answer:
    """Write an answer, unless there is one.

    Args:
        place: where answers lie.

    Returns:
        The answer that is there now; it is another one where somebody was first.
    """
    path = answer.path(model)
    if place.create(path, answer.sheet()):
        return answer
    return Answer.of_sheet(place.get(path))


def unanswered(place: Store, model: str, night: str, keys: Collection[str]) -> set[str]:
    """Those of a night's keys that nobody has answered on the page."""
    folder = _folder(model, night)
    there = {stat.key.removeprefix(folder) for stat in place.list(folder)}
    return {key for key in keys if _file(night, key) not in there}


def _folder(model: str, night: str) -> str:
    return f"{model}/date={night}/"


def _file(night: str, row_key: str) -> str:
    return f"page-{digest([night, row_key])[:40]}.csv"
