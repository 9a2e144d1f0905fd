"""What redact tells of its proofs: planted identifiers, what was still found, how people hide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FoundBy = Literal["pattern", "model", "deny", "linked"]
"""What finds an identifier: its form, a language model, a list, or a column of the same row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residue:
    """What an independent scan still found in what goes out.

    Args:
        column: where.
        kind: an entity, or `OWN_VALUE`: one of the row's own identifiers.
        rows: how many.
        outcome: `left out` of the table; `accepted` by the file; `leak`, and the stage fails.
    """

    column: str
    kind: str
    rows: int
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedIdentifier:
    """Synthetic identifiers that were planted into copies of rows, and redacted like any other.

    Args:
        column: into whose text.
        entity: of what kind.
        planted: how many; 0 where nothing of this kind can be made up.
        caught: of them that did not come out.
        by: what should find them; the records of the first versions do not say.
        alone: of them with no word beside them that says what they are.
        alone_caught: of those that did not come out.
        accepted: whether the file says that nothing need be proven of this kind.
        found: what the scan found in those of the texts that are about nobody, of whatever kind.
        right: of these at most one for each planted identifier that was caught.
    """

    column: str
    entity: str
    planted: int
    caught: int
    by: FoundBy = "pattern"
    alone: int = 0
    alone_caught: int = 0
    accepted: bool = False
    found: int = 0
    right: int = 0

    @property
    def proven(self) -> bool:
        """Whether all of them were caught; of names that only a model can know, some."""
        if self.by == "model":
            return self.caught > 0
        return self.caught == self.planted > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text about nobody, before and after: what a scan of this column does."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anonymity:
    """How well somebody hides among others by what the file calls quasi-identifiers.

    Args:
        columns: that were looked at together.
        groups: of rows in which all of them are equal.
        smallest: people in the smallest group: the k of k-anonymity.
        rare: people in groups of fewer than five.
        target: what a model learns; None where nothing is learnt.
        diversity: different values of the target in the group with the fewest: the l of
            l-diversity. Whoever finds somebody in a group of one value knows it.
    """

    columns: tuple[str, ...]
    groups: int
    smallest: int
    rare: int
    target: str | None = None
    diversity: int | None = None
