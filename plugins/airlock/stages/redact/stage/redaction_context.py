"""The context of a redaction: whom the rows are about, the keys, and who was erased."""

from __future__ import annotations

from dataclasses import dataclass, field

from airlock.core.entity import Entity
from airlock.core.time_split import TimeSplit
from airlock.stages.redact.stage.pseudonym import Key
from airlock.stages.redact.stage.suppression import Suppressed


@dataclass(frozen=True, slots=True, kw_only=True)
class RedactionContext:
    """What is the same for every row of a table, in whatever task it is redacted.

    Args:
        entity: the column or the columns that name whom a row is about, or `row`.
        model: whose split stamps the folds; None stamps none.
        pseudonym_key: of all pseudonyms.
        split_key: of all splits.
        suppressed: keyed digests of those who were erased, by domain; their rows are left out.
        unlike: a column that tells no rows apart where each stands for itself: the target.
        split: a holdout of what came last; None draws the folds by entity.
        night: of the run, for such a holdout.
        processes: how many work at once; it makes no difference to what comes out.
    """

    entity: Entity
    model: str | None
    pseudonym_key: Key
    split_key: Key
    suppressed: Suppressed = field(default_factory=dict)
    processes: int = 1
    unlike: str | None = None
    split: TimeSplit | None = None
    night: str = ""
