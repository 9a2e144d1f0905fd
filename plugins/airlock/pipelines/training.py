"""training(...): builds the chain from the source to a promotion, in one call.

Every operator stays available on its own for other orders; what this adds is that no door can be
forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow.sdk import chain

from airlock.core.budget import MonthBudget
from airlock.core.nights import Every
from airlock.core.sources import AnySource
from airlock.pipelines.arguments import Arguments
from airlock.pipelines.claims import claim
from airlock.pipelines.deadlines import set_deadline
from airlock.pipelines.naming import by_name
from airlock.pipelines.parsed import checked
from airlock.pipelines.placement import placed
from airlock.pipelines.preparation import Prepared, freeze_and_redact
from airlock.pipelines.rhythm import in_rhythm, length
from airlock.pipelines.searching import add_search
from airlock.pipelines.tags import label_dag
from airlock.stages.approve.operator import ApproveOperator
from airlock.stages.evaluate.operator import EvaluateOperator
from airlock.stages.evaluate.spec import EvaluateSpec
from airlock.stages.evidence.operator import EvidenceOperator
from airlock.stages.gate.operator import GateOperator
from airlock.stages.gate.spec import Policy
from airlock.stages.prepare.spec import Labels, Table
from airlock.stages.promote.operator import PromoteOperator
from airlock.stages.register.operator import RegisterOperator
from airlock.stages.train.operator import TrainOperator
from airlock.stages.train.spec import TrainSpec


@in_rhythm
def training(
    *,
    model: str,
    source: AnySource | None = None,
    sources: Mapping[str, Table] | None = None,
    prepare: Path | None = None,
    labels: Labels | None = None,
    expectations: Path,
    redaction: Path,
    policy: Path,
    train: TrainSpec,
    evaluation: EvaluateSpec | None = None,
    governance: Path | None = None,
    every: Every | None = None,
    window: int = 1,
    redact_tasks: int = 1,
    pool: str = "gpu",
    queue: str | None = None,
    executor_config: Mapping[str, Any] | None = None,
) -> PromoteOperator:
    """The training chain, from the source to the champion. Call it inside a DAG.

    Args:
        model: registered name, and name of the ledger and the MLflow experiment.
        source: where the rows are: an address, in which `{night}` stands for the run's partition
            date, or a table, such as `sql(…)`.
        sources: several of them by the names that the SQL calls them, in place of one.
        prepare: SQL file with the SELECT that joins them: docs/prepare.md.
        labels: where the target comes from, if it is known later than the rows.
        expectations: YAML with the data contract and what must hold of the rows.
        redaction: YAML that says what happens to every column.
        policy: YAML that the gate judges by.
        train: what to train.
        evaluation: slices and resampling, besides what the policy demands.
        governance: YAML with what only people can say; with it the evidence of each champion is
            packed by a task behind promote (docs/evidence.md).
        every: how long a night is, where no schedule of Airlock says so: `hour`, `day`, `week` or
            `month`, for a DAG that starts after an asset, or by hand alone.
        window: how many nights are read, the run's own being the last of them.
        redact_tasks: how many tasks share the redaction, each on every core of its worker; more
            than one where one machine is too slow for the table.
        pool: of the train task alone, so that GPU trainings queue up.
        queue: of the train task, for workers with a GPU.
        executor_config: of the train task, for KubernetesExecutor.

    Returns:
        The operator that promotes, so that `training(...) >> whatever_follows` reads well; its
        `tasks` holds all of them by name, as in `export() >> training(...).tasks.snapshot`.

    Raises:
        SpecError: a file or an argument is wrong; the DAG does not load then, and says why.
    """
    given = Arguments(
        kind="training",
        model=model,
        source=source,
        sources=sources,
        prepare=prepare,
        labels=labels,
        every=length(every),
        window=window,
        files={
            "expectations": expectations,
            "redaction": redaction,
            "policy": policy,
            **({} if governance is None else {"governance": governance}),
        },
        train=train,
        evaluation=evaluation,
    )
    files = checked(given)
    assert files.expectations and files.redaction and files.policy and files.evaluation
    prepared = freeze_and_redact(
        source,
        files.expectations,
        files.redaction,
        entity=train.entity,
        model=model,
        splits=True,
        split=files.join.split(train.split) if files.join else train.split,
        unlike=train.target,
        window=window,
        join=files.join,
        redact_tasks=redact_tasks,
        target=train.target,
    )
    candidate = _make_candidate(
        prepared,
        train,
        files.evaluation,
        model=model,
        month=files.policy.budget,
        placed=placed(pool, queue, executor_config),
    )
    promote = _decide(prepared, candidate, files.policy, model=model)
    if governance is not None:
        EvidenceOperator(
            task_id="evidence",
            promotion=promote.address,
            model=model,
            governance=files.governance,
        )
    promote.tasks = by_name(promote)
    claim("training", model=model, dag_id=promote.dag_id)
    set_deadline(promote.dag, files.policy, model=model)
    label_dag(promote.dag, "training", model=model, card=files.policy.card)
    return promote


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    training: TrainOperator
    evaluation: EvaluateOperator
    registration: RegisterOperator


def _make_candidate(
    prepared: Prepared,
    train: TrainSpec,
    evaluation: EvaluateSpec,
    *,
    model: str,
    month: MonthBudget | None,
    placed: Mapping[str, Any],
) -> _Candidate:
    """Train, evaluate and register."""
    redacted = prepared.redaction
    max_epochs = "{{ params.max_epochs }}"
    searched = add_search(
        train,
        redaction=redacted.address,
        model=model,
        max_epochs=max_epochs,
        month=month,
        placed=placed,
    )
    found = {} if searched is None else {"search": searched.address}
    trained = TrainOperator(
        task_id="train",
        redaction=redacted.address,
        model=model,
        train=train,
        max_epochs=max_epochs,
        month=month,
        **found,
        **placed,
    )
    evaluated = EvaluateOperator(
        task_id="evaluate",
        redaction=redacted.address,
        training=trained.address,
        model=model,
        evaluation=evaluation,
        **found,
    )
    registered = RegisterOperator(
        task_id="register",
        training=trained.address,
        evaluation=evaluated.address,
        model=model,
    )
    return _Candidate(training=trained, evaluation=evaluated, registration=registered)


def _decide(
    prepared: Prepared, candidate: _Candidate, rules: Policy, *, model: str
) -> PromoteOperator:
    """Gate, approve and promote."""
    gate = GateOperator(
        task_id="gate",
        snapshot=prepared.snapshot.address,
        validation=prepared.validation.address,
        redaction=prepared.redaction.address,
        training=candidate.training.address,
        evaluation=candidate.evaluation.address,
        registration=candidate.registration.address,
        model=model,
        policy=rules,
        sources={name: one.address for name, one in prepared.sources.items()},
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
        training=candidate.training.address,
        validation=prepared.validation.address,
        model=model,
    )
    chain(candidate.registration, gate, *seats, promote)
    return promote
