"""training(...) and scoring(...): all doors in their safe order, in one call.

Every operator stays available on its own for other orders; what these functions add is that no
door can be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airflow.sdk import chain

from airlock.pipelines.crosscheck import crosscheck, demanded
from airlock.stages.approve.operator import ApproveOperator
from airlock.stages.drift.operator import DriftOperator
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.evaluate.operator import EvaluateOperator
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.gate.operator import GateOperator
from airlock.stages.gate.spec import Policy
from airlock.stages.promote.operator import PromoteOperator
from airlock.stages.redact.operator import RedactOperator, RedactShareOperator
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.register.operator import RegisterOperator
from airlock.stages.score.operator import ScoreOperator
from airlock.stages.score.operator.share import ScoreShareOperator
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.snapshot.operator import SnapshotOperator
from airlock.stages.snapshot.spec import literally
from airlock.stages.train.operator import TrainOperator
from airlock.stages.train.spec import TrainSpec
from airlock.stages.validate.operator import ValidateOperator
from airlock.stages.validate.spec import Expectations


def training(
    *,
    model: str,
    source: str,
    expectations: Path,
    redaction: Path,
    policy: Path,
    train: TrainSpec,
    evaluation: EvaluateSpec | None = None,
    window: int = 1,
    redact_tasks: int = 1,
    pool: str = "gpu",
    queue: str | None = None,
    executor_config: Mapping[str, Any] | None = None,
) -> PromoteOperator:
    """The training chain, from the source to the champion. Call it inside a DAG.

    Args:
        model: registered name, and name of the ledger and the MLflow experiment.
        source: where the rows are; `{night}` stands for the run's partition date.
        expectations: YAML with the data contract and what must hold of the rows.
        redaction: YAML that says what happens to every column.
        policy: YAML that the gate judges by.
        train: what to train.
        evaluation: slices and resampling, besides what the policy demands.
        window: how many nights are read, the run's own being the last of them.
        redact_tasks: how many tasks share the redaction, each on every core of its worker; more
            than one where one machine is too slow for the table.
        pool: of the train task alone, so that GPU trainings queue up.
        queue: of the train task, for workers with a GPU.
        executor_config: of the train task, for KubernetesExecutor.

    Returns:
        The last operator, so that `training(...) >> whatever_follows` reads well.

    Raises:
        SpecError: a file or an argument is wrong; the DAG does not load then, and says why.
    """
    promised = Expectations.load(expectations)
    columns = RedactionSpec.load(redaction)
    rules = Policy.load(policy)
    evaluation = demanded(evaluation or EvaluateSpec(), rules)
    crosscheck(promised.contract, columns, entity=train.entity, train=train, evaluation=evaluation)

    snapshot, validation, redacted = prepared(
        source,
        promised,
        columns,
        entity=train.entity,
        model=model,
        splits=True,
        window=window,
        redact_tasks=redact_tasks,
    )
    trained = TrainOperator(
        task_id="train",
        redaction=redacted.address,
        model=model,
        train=train,
        max_epochs="{{ params.max_epochs }}",
        **_placed(pool, queue, executor_config),
    )
    evaluated = EvaluateOperator(
        task_id="evaluate",
        redaction=redacted.address,
        training=trained.address,
        model=model,
        evaluation=evaluation,
    )
    registered = RegisterOperator(
        task_id="register",
        training=trained.address,
        evaluation=evaluated.address,
        model=model,
    )
    gate = GateOperator(
        task_id="gate",
        snapshot=snapshot.address,
        validation=validation.address,
        redaction=redacted.address,
        training=trained.address,
        evaluation=evaluated.address,
        registration=registered.address,
        model=model,
        policy=rules,
    )
    # One task for each person that the policy asks for: an answer is given to one task only.
    seats = [
        ApproveOperator(
            task_id="approve" if seat == 1 else f"approve_{seat}",
            decision=gate.address,
            model=model,
            seat=seat,
        )
        for seat in range(1, rules.approval.count + 1)
    ]
    promote = PromoteOperator(
        task_id="promote",
        decision=gate.address,
        approval=seats[-1].address,
        training=trained.address,
        validation=validation.address,
        model=model,
    )
    chain(registered, gate, *seats, promote)
    return promote


def scoring(
    *,
    model: str,
    source: str,
    expectations: Path,
    redaction: Path,
    entity: str,
    window: int = 1,
    redact_tasks: int = 1,
    score_tasks: int = 1,
    drift: Path | None = None,
    retrain: str | None = None,
    score: ScoreSpec | None = None,
    pool: str | None = None,
    queue: str | None = None,
    executor_config: Mapping[str, Any] | None = None,
) -> DriftOperator:
    """The scoring chain, from the source to predictions and a look back. Call it inside a DAG.

    Args:
        model: registered name; its champion scores.
        source: where the rows are; `{night}` stands for the run's partition date.
        expectations: YAML with the data contract and what must hold of the rows.
        redaction: the YAML that the training uses, so that pseudonyms are the same.
        entity: the column that names whom a row is about.
        window: how many nights are read, the run's own being the last of them.
        redact_tasks: how many tasks share the redaction.
        score_tasks: how many tasks share the scoring, each on every core of its worker.
        drift: YAML that says when a night has drifted; by default as `DriftSpec` has it.
        retrain: the training DAG that drift may start; None only tells people.
        score: bands, what counts as unsure, and outputs besides the store.
        pool: of the tasks that score alone; "gpu" where they want one, as trainings do.
        queue: likewise, for workers with a GPU.
        executor_config: likewise, for KubernetesExecutor.

    Returns:
        The last operator.

    Raises:
        SpecError: a file or an argument is wrong.
    """
    promised = Expectations.load(expectations)
    columns = RedactionSpec.load(redaction)
    limits = DriftSpec() if drift is None else DriftSpec.load(drift)
    shown = score.review if score else ()
    crosscheck(promised.contract, columns, entity=entity, drift=limits, review=shown)
    _, _, redacted = prepared(
        source,
        promised,
        columns,
        entity=entity,
        model=model,
        window=window,
        redact_tasks=redact_tasks,
    )
    how: dict[str, Any] = {
        "redaction": redacted.address,
        "model": model,
        "score": score,
        **_placed(pool, queue, executor_config),
    }
    shares = None
    if score_tasks > 1:
        shares = (
            ScoreShareOperator.partial(
                task_id="score_share", shares=score_tasks, max_active_tis_per_dag=None, **how
            )
            .expand(share=list(range(score_tasks)))
            .output
        )
    scored = ScoreOperator(task_id="score", shares=shares, **how)
    return DriftOperator(
        task_id="drift",
        redaction=redacted.address,
        scoring=scored.address,
        model=model,
        drift=limits,
        retrain=retrain,
    )


def prepared(
    source: str,
    expectations: Expectations,
    redaction: RedactionSpec,
    *,
    entity: str,
    model: str | None,
    splits: bool = False,
    window: int = 1,
    redact_tasks: int = 1,
) -> tuple[SnapshotOperator, ValidateOperator, RedactOperator]:
    """The first three doors, the same for every chain.

    Args:
        model: with whose champion's data the rows are compared; None for another table than its.
        splits: whether rows are stamped with the model's folds, to be trained on.
        window: how many nights are read, the run's own being the last of them.
        redact_tasks: how many tasks share the redaction.
    """
    snapshot = SnapshotOperator(
        task_id="snapshot",
        source=literally(source),
        # A person's own source from the trigger form wins over the usual one.
        param="source",
        contract=expectations.contract,
        window=window,
    )
    validation = ValidateOperator(
        task_id="validate", snapshot=snapshot.address, expectations=expectations, model=model
    )
    how: dict[str, Any] = {
        "validation": validation.address,
        "redaction": redaction,
        "entity": entity,
        # Without a training nothing is split, and no row needs a fold.
        "model": model if splits else None,
    }
    shares = None
    if redact_tasks > 1:
        shares = (
            # Of mapped tasks many work at once.
            RedactShareOperator.partial(
                task_id="redact_share", shares=redact_tasks, max_active_tis_per_dag=None, **how
            )
            .expand(share=list(range(redact_tasks)))
            .output
        )
    return snapshot, validation, RedactOperator(task_id="redact", shares=shares, **how)


def _placed(
    pool: str | None, queue: str | None, executor_config: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Where a task runs, as far as somebody said so."""
    said = {
        "pool": pool,
        "queue": queue,
        "executor_config": None if executor_config is None else dict(executor_config),
    }
    return {name: value for name, value in said.items() if value is not None}
