"""Builds the first stages, the same for every chain: snapshot, prepare, validate, redact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from airlock.core.entity import Entity
from airlock.core.sources import AnySource
from airlock.core.time_split import TimeSplit
from airlock.pipelines.joining import Join, add_join, add_sources
from airlock.stages.prepare.operator import PrepareOperator
from airlock.stages.redact.operator import RedactOperator, RedactShareOperator
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.snapshot.operator import SnapshotOperator
from airlock.stages.snapshot.spec import literally
from airlock.stages.validate.operator import ValidateOperator
from airlock.stages.validate.spec import Expectations


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The operators of the first doors.

    Args:
        snapshot: what leaves the table: of several sources, prepare.
        sources: the snapshots of these, by name.
    """

    snapshot: SnapshotOperator | PrepareOperator
    validation: ValidateOperator
    redaction: RedactOperator
    sources: Mapping[str, SnapshotOperator] = field(default_factory=dict)


def freeze_and_redact(
    source: AnySource | None,
    expectations: Expectations,
    redaction: RedactionSpec,
    *,
    entity: Entity,
    model: str | None,
    splits: bool = False,
    split: TimeSplit | None = None,
    unlike: str | None = None,
    window: int = 1,
    redact_tasks: int = 1,
    target: str | None = None,
    join: Join | None = None,
) -> Prepared:
    """Put the first doors into the DAG.

    Args:
        source: where the rows are; None where several sources are joined.
        model: with whose champion's data the rows are compared; None for another table than its.
        splits: whether rows are stamped with the model's folds, to be trained on.
        split: the folds by time, if they are not drawn by entity.
        unlike: the target, which tells no rows apart where each stands for itself.
        window: how many nights are read, the run's own being the last of them.
        redact_tasks: how many tasks share the redaction.
        target: what is learnt; the redaction counts its values in each group of people.
        join: the sources that are joined; None where there is one.
    """
    snapshot: SnapshotOperator | PrepareOperator
    sources = {} if join is None else add_sources(join)
    if join is not None:
        snapshot = add_join(join, sources, expectations.contract)
    else:
        assert source is not None
        snapshot = SnapshotOperator(
            task_id="snapshot",
            source=literally(source) if isinstance(source, str) else source,
            # A person's own source from the trigger form wins over the usual one.
            param="source",
            contract=expectations.contract,
            window=window,
        )
    validation = ValidateOperator(
        task_id="validate",
        snapshot=snapshot.address,
        expectations=expectations,
        model=model,
        table="snapshot" if join is None else "prepare",
    )
    # Without a training nothing is split, and no row needs a fold.
    split_for = model if splits else None
    shares = None
    if redact_tasks > 1:
        shares = (
            RedactShareOperator.partial(
                task_id="redact_share",
                shares=redact_tasks,
                validation=validation.address,
                redaction=redaction,
                entity=entity,
                model=split_for,
                split=split,
                unlike=unlike,
                # Of mapped tasks many work at once.
                max_active_tis_per_dag=None,
            )
            .expand(share=list(range(redact_tasks)))
            .output
        )
    redacted = RedactOperator(
        task_id="redact",
        shares=shares,
        validation=validation.address,
        redaction=redaction,
        entity=entity,
        model=split_for,
        split=split,
        unlike=unlike,
        target=target,
    )
    return Prepared(snapshot=snapshot, validation=validation, redaction=redacted, sources=sources)
