"""Builds the first three stages, the same for every chain: snapshot, validate, redact."""

from __future__ import annotations

from dataclasses import dataclass

from airlock.core.sources import AnySource
from airlock.stages.redact.operator import RedactOperator, RedactShareOperator
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.snapshot.operator import SnapshotOperator
from airlock.stages.snapshot.spec import literally
from airlock.stages.validate.operator import ValidateOperator
from airlock.stages.validate.spec import Expectations


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The operators of the first three doors."""

    snapshot: SnapshotOperator
    validation: ValidateOperator
    redaction: RedactOperator


def prepare(
    source: AnySource,
    expectations: Expectations,
    redaction: RedactionSpec,
    *,
    entity: str,
    model: str | None,
    splits: bool = False,
    window: int = 1,
    redact_tasks: int = 1,
    target: str | None = None,
) -> Prepared:
    """Put the first three doors into the DAG.

    Args:
        model: with whose champion's data the rows are compared; None for another table than its.
        splits: whether rows are stamped with the model's folds, to be trained on.
        window: how many nights are read, the run's own being the last of them.
        redact_tasks: how many tasks share the redaction.
        target: what is learnt; the redaction counts its values in each group of people.
    """
    snapshot = SnapshotOperator(
        task_id="snapshot",
        source=literally(source) if isinstance(source, str) else source,
        # A person's own source from the trigger form wins over the usual one.
        param="source",
        contract=expectations.contract,
        window=window,
    )
    validation = ValidateOperator(
        task_id="validate", snapshot=snapshot.address, expectations=expectations, model=model
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
        target=target,
    )
    return Prepared(snapshot=snapshot, validation=validation, redaction=redacted)
