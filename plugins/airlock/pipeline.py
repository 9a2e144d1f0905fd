"""training(...) and scoring(...): all doors in their safe order, in one call.

Every operator stays available on its own for other orders; what these functions add is that no
door can be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import CronPartitionTimetable, Param, chain

from airlock.crosscheck import crosscheck, demanded
from airlock.notify import failed
from airlock.stages.approve.operator import ApproveOperator
from airlock.stages.evaluate.operator import EvaluateOperator
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.gate.operator import GateOperator
from airlock.stages.gate.spec import Policy
from airlock.stages.promote.operator import PromoteOperator
from airlock.stages.redact.operator import RedactOperator, RedactShareOperator
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.register.operator import RegisterOperator
from airlock.stages.score.operator import ScoreOperator
from airlock.stages.score.spec import ScoreSpec
from airlock.stages.snapshot.operator import SnapshotOperator
from airlock.stages.train.operator import TrainOperator
from airlock.stages.train.spec import TrainSpec
from airlock.stages.validate.operator import ValidateOperator
from airlock.stages.validate.spec import Expectations

_ANY_RUN: Mapping[str, Param] = {
    "night": Param(
        None,
        type=["null", "string"],
        format="date",
        title="Night",
        description="Which night's data to use. Empty: the last full day before this run.",
    ),
    "source": Param(
        None,
        type=["null", "string"],
        title="Source",
        description="Read from here instead of the usual source. Such a run needs approval.",
    ),
    "recompute": Param(
        False,
        type="boolean",
        title="Recompute",
        description="Do all the work again, even if nothing has changed since an earlier run.",
    ),
    "reason": Param(
        None,
        type=["null", "string"],
        title="Reason",
        description="Why this run? For whoever reads the history later.",
    ),
}

_TRAINING_RUN: Mapping[str, Param] = {
    **_ANY_RUN,
    "max_epochs": Param(
        None,
        type=["null", "integer"],
        minimum=1,
        title="Epochs at most",
        description="Train at most this many epochs instead of the usual number. Needs approval.",
    ),
}

# Every stage is idempotent, so a retry is always safe. A killed process needs no pause, a tired
# service needs a long one: 3, 9, 27 and 81 s, and Airflow adds up to as much again.
_RETRIES: Mapping[str, Any] = {
    "retries": 4,
    "retry_delay": timedelta(seconds=3),
    "retry_exponential_backoff": 3.0,
    "max_retry_delay": timedelta(minutes=10),
    "on_failure_callback": failed,
}

NIGHTLY: Mapping[str, Any] = {
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,
    "max_active_runs": 1,
    "default_args": _RETRIES,
    "params": _TRAINING_RUN,
    "tags": ["airlock"],
}
"""What nightly trainings have in common: `DAG("…", schedule=nightly("…"), **NIGHTLY)`."""

NIGHTLY_SCORING: Mapping[str, Any] = {**NIGHTLY, "params": _ANY_RUN}
"""The same for nightly scorings, whose trigger form asks for less."""


def nightly(cron: str) -> CronPartitionTimetable:
    """A schedule in UTC whose runs are about the night before, by partition date.

    Args:
        cron: five fields; "0 2 * * *" runs at 02:00 about the day that has just ended.
    """
    return CronPartitionTimetable(cron, timezone="UTC", run_offset=-1, key_format="%Y-%m-%d")


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
    on_gpu: dict[str, Any] = {"pool": pool}
    if queue is not None:
        on_gpu["queue"] = queue
    if executor_config is not None:
        on_gpu["executor_config"] = dict(executor_config)

    snapshot, validation, redacted = _prepared(
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
        **on_gpu,
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
    score: ScoreSpec | None = None,
) -> ScoreOperator:
    """The scoring chain, from the source to stamped predictions. Call it inside a DAG.

    Args:
        model: registered name; its champion scores.
        source: where the rows are; `{night}` stands for the run's partition date.
        expectations: YAML with the data contract and what must hold of the rows.
        redaction: the YAML that the training uses, so that pseudonyms are the same.
        entity: the column that names whom a row is about.
        window: how many nights are read, the run's own being the last of them.
        redact_tasks: how many tasks share the redaction.
        score: bands, what counts as unsure, and outputs besides the store.

    Returns:
        The last operator.

    Raises:
        SpecError: a file or an argument is wrong.
    """
    promised = Expectations.load(expectations)
    columns = RedactionSpec.load(redaction)
    crosscheck(promised.contract, columns, entity=entity)
    _, _, redacted = _prepared(
        source,
        promised,
        columns,
        entity=entity,
        model=model,
        splits=False,
        window=window,
        redact_tasks=redact_tasks,
    )
    return ScoreOperator(task_id="score", redaction=redacted.address, model=model, score=score)


def _prepared(
    source: str,
    expectations: Expectations,
    redaction: RedactionSpec,
    *,
    entity: str,
    model: str,
    splits: bool,
    window: int,
    redact_tasks: int,
) -> tuple[SnapshotOperator, ValidateOperator, RedactOperator]:
    snapshot = SnapshotOperator(
        task_id="snapshot",
        # A person's own source from the trigger form wins over the usual one.
        source="{{ params.source or " + repr(source) + " }}",
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
            RedactShareOperator.partial(task_id="redact_share", shares=redact_tasks, **how)
            .expand(share=list(range(redact_tasks)))
            .output
        )
    return snapshot, validation, RedactOperator(task_id="redact", shares=shares, **how)
