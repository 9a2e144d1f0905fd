"""What validation and redaction found, held against what the generator planted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.core.errors import DataError
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.stages.redact.record import Redaction
from airlock.stages.snapshot.record import Part
from airlock.stages.validate.record import Validation
from local.demo.facts import RunFacts

if TYPE_CHECKING:
    import pyarrow as pa

ROW = "customer_id"
NOTE = "support_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Identifiers planted in the notes of the rows that went through, and how many of them left."""

    planted: int
    removed: int

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where nothing was planted."""
        return self.removed / self.planted if self.planted else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The answers of one night.

    Args:
        spoilt: rows that the generator spoilt on purpose.
        caught: how many of those are in quarantine.
        recall: by entity. An identifier counts as removed if its text, letter by letter, occurs
            nowhere in the note that went out.
    """

    spoilt: int
    caught: int
    recall: Mapping[str, Recall]

    @property
    def overall(self) -> Recall:
        """All entities together."""
        return Recall(
            planted=sum(one.planted for one in self.recall.values()),
            removed=sum(one.removed for one in self.recall.values()),
        )

    def to_json(self) -> dict[str, Any]:
        """The recall by entity, for `summary.json`."""
        return {
            entity: {"planted": one.planted, "removed": one.removed, "recall": one.share}
            for entity, one in {**self.recall, "all": self.overall}.items()
        }


def compare(facts: RunFacts, stores: Stores, planted: Path, scratch: Path) -> Truth:
    """Measure one run that validated and redacted a night.

    Args:
        planted: the generator's answers for that night.

    Raises:
        DataError: the redacted rows are not the validated ones in their order.
    """
    answers = json.loads(planted.read_text())
    validation, redaction = facts.found(Validation), facts.found(Redaction)
    rows = publication.fetch(stores, facts.ended["validate"].result.data, scratch)
    clean = publication.fetch(stores, facts.ended["redact"].result.data, scratch)
    kept = [column.name for column in redaction.columns if column.action == "keep"]
    before = _table(rows, validation.parts, [ROW, NOTE, *kept])
    after = _table(clean, redaction.parts, [NOTE, *kept])
    aside = {row[0] for row in _rows(_table(rows, validation.quarantine, [ROW]), [ROW])}
    spoilt = {defect[ROW] for defect in answers["defects"]}
    return Truth(
        spoilt=len(spoilt),
        caught=len(spoilt & aside),
        recall=_recall(answers["spans"], _paired(before, after, kept)),
    )


def _recall(
    spans: Sequence[Mapping[str, Any]], notes: Mapping[str, tuple[str, str]]
) -> dict[str, Recall]:
    planted: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for span in spans:
        if span[ROW] in notes:
            before, after = notes[span[ROW]]
            planted[span["entity"]] += 1
            removed[span["entity"]] += before[span["start"] : span["end"]] not in after
    return {
        entity: Recall(planted=count, removed=removed[entity])
        for entity, count in sorted(planted.items())
    }


def _paired(before: pa.Table, after: pa.Table, kept: list[str]) -> dict[str, tuple[str, str]]:
    """The note of each row that went through, before and after.

    The row's name is a pseudonym afterwards. But the order is kept, and so are some columns: each
    redacted row belongs to the next validated one that agrees with it in all of those.
    """
    redacted = _rows(after, [NOTE, *kept])
    note, *looks = next(redacted, (None, None))
    notes = {}
    for name, original, *row in _rows(before, [ROW, NOTE, *kept]):
        if row == looks:
            notes[name] = (original or "", note or "")
            note, *looks = next(redacted, (None, None))
    if len(notes) != after.num_rows:
        raise DataError(
            f"Only {len(notes):,} of {after.num_rows:,} redacted rows follow the validated rows.",
            do="redact must keep the order of the rows: look at its stage.py.",
        )
    return notes


def _table(folder: Path, parts: Sequence[Part], columns: list[str]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [pq.read_table(folder / part.path, columns=columns) for part in parts]
    return pa.concat_tables(tables) if tables else pa.table({name: [] for name in columns})


def _rows(table: pa.Table, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    yield from zip(*(table[name].to_pylist() for name in columns), strict=True)
