"""What was counted of rows on their way through the redaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class RedactionCounts:
    """What was counted of some rows.

    Attributes:
        rows: that went through.
        left_out: that could not be proven clean.
        suppressed: about somebody who was erased.
        folds: rows in each fold.
        changed: cells, by column.
        found: findings, by column and entity.
        residues: rows, by column and kind.
        characters: of scanned texts, by column.
        removed: of these that were replaced.
        shapes: of what was replaced, by column, entity and shape.
    """

    rows: int = 0
    left_out: int = 0
    suppressed: int = 0
    folds: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    residues: Counter[tuple[str, str]] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    shapes: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, other: RedactionCounts) -> None:
        """Count what somebody else counted."""
        self.rows += other.rows
        self.left_out += other.left_out
        self.suppressed += other.suppressed
        for mine, theirs in (
            (self.folds, other.folds),
            (self.changed, other.changed),
            (self.found, other.found),
            (self.residues, other.residues),
            (self.characters, other.characters),
            (self.removed, other.removed),
            (self.shapes, other.shapes),
        ):
            mine.update(theirs)  # type: ignore[arg-type]  # counters of one kind, pair by pair
