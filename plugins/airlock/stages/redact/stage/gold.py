"""Measures a scan on texts of which people said what stands in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from airlock.core.errors import DataError
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.redact.stage.finding import Finding
from airlock.stages.redact.stage.rows import engines
from airlock.stages.redact.stage.scan import Scan

_ENTITY = ("entity", "label", "type", "entity_type")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldText:
    """A text, and what people found in it.

    Args:
        spans: half-open ranges of its characters, and what stands there.
        row: values of the columns that the text is linked with.
    """

    text: str
    spans: tuple[Finding, ...]
    row: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, told: Any, at: int) -> GoldText:
        """Read one line.

        Args:
            at: its number, for the message; nothing of the line is repeated.

        Raises:
            DataError: it is none.
        """
        try:
            text, spans = told["text"], told["spans"]
            marked = tuple(_span(one, text) for one in spans)
            row = dict(told.get("row") or {})
        except (KeyError, TypeError, ValueError, AttributeError):
            raise DataError(
                f"Line {at:,} is no text with its spans.",
                do='Write {"text": …, "spans": [{"start": 0, "end": 5, "entity": "PERSON"}]}, and '
                'with linked columns {"row": {"full_name": …}} beside it.',
            ) from None
        return cls(text=text, spans=marked, row=row)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityScore:
    """What became of one entity.

    Args:
        gold: spans that people marked.
        gone: of them of which nothing is left, under whatever name; half of one is left.
        found: spans that the scan gave this name.
        right: of them that lie on something that people marked.
    """

    entity: str
    gold: int
    gone: int
    found: int
    right: int

    @property
    def recall(self) -> float | None:
        """The share that is gone; None without any."""
        return self.gone / self.gold if self.gold else None

    @property
    def precision(self) -> float | None:
        """The share that is right; None if nothing was found."""
        return self.right / self.found if self.found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanScore:
    """What a scan does with texts of which people know the truth.

    Args:
        behind: texts on which nothing could be decided; their rows would stay behind.
        characters: of all other texts.
        removed: of them that are replaced.
        innocent: that nobody marked.
        innocent_removed: of those that are replaced all the same.
    """

    texts: int
    behind: int
    entities: tuple[EntityScore, ...]
    characters: int
    removed: int
    innocent: int
    innocent_removed: int

    @property
    def all(self) -> EntityScore:
        """All entities together."""
        names = ("gold", "gone", "found", "right")
        sums = {name: sum(getattr(one, name) for one in self.entities) for name in names}
        return EntityScore(entity="all", **sums)


def measured(spec: RedactionSpec, name: str, texts: Sequence[GoldText]) -> ScanScore:
    """Scan texts as the redaction would, and compare.

    Args:
        name: the column whose rules are tried.

    Raises:
        SpecError: a language model is not installed, or nothing finds an entity.
    """
    column = spec.columns[name]
    scan = Scan(name, column, ner=engines(spec).get(name))
    table = pa.table(
        {
            name: pa.array([one.text for one in texts], pa.string()),
            **{
                other: pa.array([_text(one.row.get(other)) for one in texts], pa.string())
                for other in column.linked
            },
        }
    )
    counts: Counter[tuple[str, str]] = Counter()
    characters: Counter[str] = Counter()
    behind = 0
    for gold, found in zip(texts, scan.spans(table), strict=True):
        if found is None:
            behind += 1
            for span in gold.spans:
                counts[span.entity, "gold"] += 1
                counts[span.entity, "gone"] += 1
            continue
        _count(gold, found, counts, characters)
    entities = sorted({entity for entity, _ in counts})
    return ScanScore(
        texts=len(texts),
        behind=behind,
        entities=tuple(
            EntityScore(
                entity=one,
                gold=counts[one, "gold"],
                gone=counts[one, "gone"],
                found=counts[one, "found"],
                right=counts[one, "right"],
            )
            for one in entities
        ),
        characters=characters["all"],
        removed=characters["removed"],
        innocent=characters["innocent"],
        innocent_removed=characters["innocent removed"],
    )


def _count(
    gold: GoldText,
    found: Sequence[Finding],
    counts: Counter[tuple[str, str]],
    characters: Counter[str],
) -> None:
    marked = {at for one in gold.spans for at in range(one.start, one.end)}
    removed = {at for one in found for at in range(one.start, one.end)}
    for span in gold.spans:
        # Dots and blanks between two finds tell nothing.
        said = {at for at in range(span.start, span.end) if gold.text[at].isalnum()}
        counts[span.entity, "gold"] += 1
        counts[span.entity, "gone"] += said <= removed
    for one in found:
        counts[one.entity, "found"] += 1
        counts[one.entity, "right"] += not marked.isdisjoint(range(one.start, one.end))
    characters.update(
        {
            "all": len(gold.text),
            "removed": len(removed),
            "innocent": len(gold.text) - len(marked),
            "innocent removed": len(removed - marked),
        }
    )


def _span(told: Any, text: str) -> Finding:
    if isinstance(told, list):
        start, end, entity = told
    else:
        start, end = told["start"], told["end"]
        entity = next((told[name] for name in _ENTITY if name in told), None)
    if not (isinstance(entity, str) and _is_within(start, end, text)):
        raise ValueError
    return Finding(start=start, end=end, entity=entity)


def _is_within(start: Any, end: Any, text: str) -> bool:
    return isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
