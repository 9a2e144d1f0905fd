"""What gc leaves behind: counts, and the reasons why it kept something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from airlock.engine.record import Record, Verdict

Kind = Literal["raw rows", "quarantined rows", "dead attempts"]
KINDS: tuple[Kind, ...] = ("raw rows", "quarantined rows", "dead attempts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """Objects of one kind that were past their time. `bytes` is their size together."""

    kind: Kind
    objects: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection(Record):
    """What was deleted, or would have been.

    Args:
        dry_run: whether nothing was deleted.
        deleted: one for each kind.
        held: why dead attempts were left where they are; empty if they were not.
        kept: objects past their time that a legal hold keeps.
        holds: that keep them, who holds them and why.
    """

    stage: ClassVar[str] = "gc"

    dry_run: bool
    deleted: tuple[Deleted, ...]
    held: tuple[str, ...] = ()
    kept: int = 0
    holds: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Holding back is safe, but somebody must look at what does not verify."""
        return Verdict(passed=not self.held, reasons=self.held, repair=True)

    def facts(self) -> tuple[str, ...]:
        """How much of each kind."""
        word = "would be deleted" if self.dry_run else "deleted"
        return (
            *(
                f"{one.kind}: {one.objects:,} objects, {one.bytes / 1e6:,.1f} MB {word}."
                for one in self.deleted
            ),
            *((f"{self.kept:,} objects past their time are kept.",) if self.kept else ()),
            *self.holds,
            *self.held,
        )
