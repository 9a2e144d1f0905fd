"""What redact leaves behind: counts, never values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from airlock.core.entity import ROW
from airlock.engine.record import Record, Verdict
from airlock.stages.redact.proofs import Anonymity, Example, FoundBy, PlantedIdentifier, Residue
from airlock.stages.redact.spec import SHOWN
from airlock.stages.snapshot.record import Part

__all__ = [
    "Anonymity",
    "Example",
    "FoundBy",
    "PlantedIdentifier",
    "RedactedColumn",
    "RedactedShard",
    "Redaction",
    "Residue",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedColumn:
    """What happened to one column.

    Args:
        action: what really happened: text that nothing would read for names was dropped.
        found: findings replaced in free text, by entity.
        changed: cells that differ from what came in; all of them for a dropped column.
        domain: of its pseudonyms; None where there are none.
        normalise: how values were made equal before they got a pseudonym.
        models: language models that read it, as `language: name@digest`.
        unread: whether it was dropped because nothing would find names in it.
        characters: of its texts that went through.
        removed: of these that were replaced.
        shapes: what the replaced texts looked like, by entity: where nobody knows the truth, people
            estimate from them whether the scan took the right thing. Only what ten texts share.
    """

    name: str
    action: str
    changed: int
    found: Mapping[str, int]
    domain: str | None = None
    normalise: str = "text"
    models: Mapping[str, str] = field(default_factory=dict)
    unread: bool = False
    characters: int = 0
    removed: int = 0
    shapes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def share_removed(self) -> float | None:
        """Of its characters; None of no text."""
        return self.removed / self.characters if self.characters else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction(Record):
    """A table without direct identifiers: pseudonymised, which is not anonymous.

    Args:
        spec: digest of the redaction file.
        rows: that went through.
        quarantined: rows that could not be proven clean and were left out.
        columns: what happened to each column that came in.
        schema: name and contract type of each column that went out, `fold` left out.
        entity: the column whose pseudonym names the row's entity.
        pseudonym_key: id of the key of the pseudonyms.
        split: id of the split that stamped `fold`; None where nothing is trained.
        folds: rows in `train`, `validation` and `holdout`.
        parts: the files, in row order; none if there are reasons.
        residues: what the scan after the redaction found.
        canaries: what became of planted identifiers (stored under this name since the first
            version); empty only where nothing is scanned.
        examples: of texts about nobody.
        anonymity: None if the file names no quasi-identifiers.
        suppressed: rows left out because whom they are about was erased.
        reasons: why nothing goes on; empty if it does.
        made_of: the columns that together name whom a row is about; `("row",)` where each row
            stands for itself; None where `entity` is a column of the table.
        holdout_from: when a holdout by time begins, ISO, UTC; None where folds are drawn by entity.
        in_both: entities of such a holdout that are in the training, too.
    """

    stage: ClassVar[str] = "redact"
    # Records from before do not have them, and keep their names.
    later: ClassVar[frozenset[str]] = frozenset({"made_of", "holdout_from", "in_both"})

    spec: str
    night: str | None
    rows: int
    quarantined: int
    columns: tuple[RedactedColumn, ...]
    schema: tuple[tuple[str, str], ...]
    entity: str
    pseudonym_key: str
    split: str | None
    folds: Mapping[str, int]
    parts: tuple[Part, ...]
    residues: tuple[Residue, ...] = ()
    canaries: tuple[PlantedIdentifier, ...] = ()
    examples: tuple[Example, ...] = ()
    anonymity: Anonymity | None = None
    suppressed: int = 0
    reasons: tuple[str, ...] = ()
    made_of: tuple[str, ...] | None = None
    holdout_from: str | None = None
    in_both: int | None = None

    @property
    def verdict(self) -> Verdict:
        """What is not proven turns the task red: somebody must repair the file or the data."""
        return Verdict(passed=not self.reasons, reasons=self.reasons, repair=True)

    @property
    def planted_recall(self) -> float | None:
        """The share of planted identifiers that did not come out; None if none were planted.

        What only a language model can know is counted by itself, and so is what the file says to be
        unproven.
        """
        certain = [one for one in self.canaries if one.by != "model" and not one.accepted]
        planted = sum(one.planted for one in certain)
        return sum(one.caught for one in certain) / planted if planted else None

    @property
    def planted_precision(self) -> float | None:
        """The share of findings in texts about nobody that are what was planted; None without any.

        Of tonight's texts nobody knows the truth: see `shapes` of each column.
        """
        found = sum(one.found for one in self.canaries)
        return sum(one.right for one in self.canaries) / found if found else None

    @property
    def proven(self) -> bool:
        """Whether somebody may be let near these rows: nothing leaked, and no scan was blind."""
        scanned = {one.name for one in self.columns if one.action == "scan"}
        tried = {one.column for one in self.canaries}
        leaks = any(one.outcome == "leak" for one in self.residues)
        blind = any(not (one.proven or one.accepted) for one in self.canaries)
        return not (self.reasons or leaks or scanned - tried or blind)

    @property
    def shown(self) -> frozenset[str]:
        """The columns that people may be shown."""
        return frozenset(one.name for one in self.columns if one.action in SHOWN and not one.unread)

    @property
    def found(self) -> dict[str, int]:
        """Direct identifiers found in free text, by entity."""
        totals: dict[str, int] = {}
        for column in self.columns:
            for entity, count in column.found.items():
                totals[entity] = totals.get(entity, 0) + count
        return dict(sorted(totals.items()))

    def facts(self) -> tuple[str, ...]:
        """What was removed, and how the rows are split."""
        by_action: dict[str, list[str]] = {}
        for column in self.columns:
            if column.action != "keep":
                by_action.setdefault(column.action, []).append(column.name)
        actions = (f"{action}: {', '.join(names)}." for action, names in by_action.items())
        found = ", ".join(f"{count:,} {entity}" for entity, count in self.found.items())
        folds = ", ".join(f"{rows:,} {fold}" for fold, rows in self.folds.items())
        return (
            f"{self.rows:,} rows went through, {self.quarantined:,} were left out.",
            *actions,
            f"Removed from free text: {found or 'nothing'}.",
            *((f"Folds: {folds}.",) if folds else ()),
            *self._about_time(),
            *self._about_entity(),
            *self._proofs(),
            *self.reasons,
        )

    def _about_time(self) -> Iterator[str]:
        if self.holdout_from is None:
            return
        yield f"The holdout begins at {self.holdout_from}; everything learnt is of before."
        if self.in_both:
            yield (
                f"{self.in_both:,} entities of the holdout have earlier rows in the training: the "
                "model is judged on later rows, and not on strangers."
            )

    def _about_entity(self) -> Iterator[str]:
        if self.made_of is None:
            return
        if self.made_of == (ROW,):
            yield (
                "No column says whom a row is about: folds are drawn by the row itself, and "
                "somebody with several rows may be on both sides; groups of people count rows; "
                "nobody's rows can be found for an erasure, and no label can be joined later."
            )
        else:
            parts = " and ".join(self.made_of)
            yield f"A row is about {parts} together; groups of people count these."

    def _proofs(self) -> Iterator[str]:
        if unread := ", ".join(one.name for one in self.columns if one.unread):
            yield f"Dropped, for no language model reads it: {unread}. Patterns alone miss names."
        yield from self._tried()
        for one in self.residues:
            yield f"Still in {one.column}: {one.rows:,} rows with {one.kind}, {one.outcome}."
        if self.anonymity:
            names = ", ".join(self.anonymity.columns)
            yield f"The smallest group with equal {names} has {self.anonymity.smallest:,} people."
            if self.anonymity.diversity is not None:
                target, values = self.anonymity.target, self.anonymity.diversity
                yield f"The group with the fewest different values of {target} has {values:,}."
        if self.suppressed:
            yield f"{self.suppressed:,} rows are about somebody who was erased."

    def _tried(self) -> Iterator[str]:
        """What became of planted identifiers, and what was removed of the texts."""
        for by, what in (("", "identifiers"), ("model", "names, which only a model can know,")):
            some = [one for one in self.canaries if (one.by == "model") == bool(by)]
            if planted := sum(one.planted for one in some):
                caught = sum(one.caught for one in some)
                yield f"{caught:,} of {planted:,} planted {what} were caught."
        if (precision := self.planted_precision) is not None:
            found = sum(one.found for one in self.canaries)
            yield f"Of {found:,} findings in made-up texts {precision:.1%} were planted there."
        for column in self.columns:
            if (share := column.share_removed) is not None:
                yield f"{share:.1%} of the characters of {column.name} were removed."
        if unproven := [one for one in self.canaries if one.accepted and not one.proven]:
            names = ", ".join(f"{one.entity} in {one.column}" for one in unproven)
            yield f"Unproven, as the file says: {names}."


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactedShard(Record):
    """Some parts of a table, redacted by one of several tasks; nothing is proven of it yet.

    Args:
        recipe: digest of everything that decides what becomes of a row.
        share: which one, from 0.
        shares: how many there are.
        parts: the files, in row order.
        rows: that could go out.
        left_out: rows that could not be proven clean.
        suppressed: rows about somebody who was erased.
        folds: rows in each fold.
        changed: cells, by column.
        found: findings, as column, entity and count.
        residues: rows, as column, kind and count.
        characters: of scanned texts, by column.
        removed: of these that were replaced.
        shapes: of what was replaced, as column, entity, shape and count.
    """

    stage: ClassVar[str] = "redact_share"

    recipe: str
    share: int
    shares: int
    parts: tuple[Part, ...]
    rows: int
    left_out: int
    suppressed: int
    folds: Mapping[str, int]
    changed: Mapping[str, int]
    found: tuple[tuple[str, str, int], ...]
    residues: tuple[tuple[str, str, int], ...]
    characters: Mapping[str, int] = field(default_factory=dict)
    removed: Mapping[str, int] = field(default_factory=dict)
    shapes: tuple[tuple[str, str, str, int], ...] = ()

    def facts(self) -> tuple[str, ...]:
        """Which share, and how many rows."""
        return (
            f"Share {self.share + 1} of {self.shares}: {self.rows:,} rows redacted, "
            f"{self.left_out:,} could not be proven clean.",
        )
