"""scoring(...): builds the chain from the source to predictions and drift."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from airlock.core.entity import Entity
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
from airlock.pipelines.tags import label_dag
from airlock.stages.drift.operator.drift import DriftOperator
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.prepare.spec import Table
from airlock.stages.score.operator.score import ScoreOperator
from airlock.stages.score.operator.share import ScoreShareOperator
from airlock.stages.score.spec import ScoreSpec


@in_rhythm
def scoring(
    *,
    model: str,
    source: AnySource | None = None,
    sources: Mapping[str, Table] | None = None,
    prepare: Path | None = None,
    expectations: Path,
    redaction: Path,
    entity: Entity,
    target: str | None = None,
    every: Every | None = None,
    window: int = 1,
    redact_tasks: int = 1,
    score_tasks: int = 1,
    drift: Path | None = None,
    policy: Path | None = None,
    retrain: str | None = None,
    score: ScoreSpec | None = None,
    pool: str | None = None,
    queue: str | None = None,
    executor_config: Mapping[str, Any] | None = None,
) -> DriftOperator:
    """The scoring chain, from the source to predictions and a look back. Call it inside a DAG.

    Args:
        model: registered name; its champion scores.
        source: where the rows are: an address, in which `{night}` stands for the run's partition
            date, or a table, such as `sql(…)`.
        sources: several of them by the names that the SQL calls them, in place of one.
        prepare: SQL file with the SELECT that joins them: docs/prepare.md.
        expectations: YAML with the data contract and what must hold of the rows.
        redaction: the YAML that the training uses, so that pseudonyms are the same.
        entity: the column, or the columns together, that name whom a row is about, or `row`; as
            the training has it.
        target: the column that is predicted, which is not known yet: it is not demanded here, nor
            what the files ask of it, and is left behind where a file has it. None where the table
            has it; drift then looks at it, too.
        every: how long a night is, where no schedule of Airlock says so: `hour`, `day`, `week` or
            `month`, for a DAG that starts after an asset, or by hand alone.
        window: how many nights are read, the run's own being the last of them.
        redact_tasks: how many tasks share the redaction.
        score_tasks: how many tasks share the scoring, each on every core of its worker.
        drift: YAML that says when a night has drifted; by default as `DriftSpec` has it.
        policy: YAML of the training's policy; its deadline holds for this pipeline as well.
        retrain: the training DAG that drift may start; None only tells people.
        score: bands, what counts as unsure, and outputs besides the store.
        pool: of the tasks that score alone; "gpu" where they want one, as trainings do.
        queue: likewise, for workers with a GPU.
        executor_config: likewise, for KubernetesExecutor.

    Returns:
        The last operator; its `tasks` holds all of them by name.

    Raises:
        SpecError: a file or an argument is wrong.
    """
    given = Arguments(
        kind="scoring",
        model=model,
        source=source,
        sources=sources,
        prepare=prepare,
        every=length(every),
        window=window,
        entity=entity,
        target=target,
        files={
            "expectations": expectations,
            "redaction": redaction,
            "drift": drift,
            "policy": policy,
        },
        score=score,
    )
    files = checked(given)
    assert files.expectations and files.redaction and files.drift
    prepared = freeze_and_redact(
        source,
        files.expectations,
        files.redaction,
        entity=entity,
        model=model,
        unlike=target,
        window=window,
        join=files.join,
        redact_tasks=redact_tasks,
    )
    drifting = _score_and_look_back(
        prepared,
        files.drift,
        model=model,
        score=score,
        score_tasks=score_tasks,
        retrain=retrain,
        placed=placed(pool, queue, executor_config),
    )
    drifting.tasks = by_name(drifting)
    claim("scoring", model=model, dag_id=drifting.dag_id)
    set_deadline(drifting.dag, files.policy, model=model)
    label_dag(drifting.dag, "scoring", model=model)
    return drifting


def _score_and_look_back(
    prepared: Prepared,
    limits: DriftSpec,
    *,
    model: str,
    score: ScoreSpec | None,
    score_tasks: int,
    retrain: str | None,
    placed: Mapping[str, Any],
) -> DriftOperator:
    redacted = prepared.redaction
    shares = None
    if score_tasks > 1:
        shares = (
            ScoreShareOperator.partial(
                task_id="score_share",
                shares=score_tasks,
                redaction=redacted.address,
                model=model,
                score=score,
                # Of mapped tasks many work at once.
                max_active_tis_per_dag=None,
                **placed,
            )
            .expand(share=list(range(score_tasks)))
            .output
        )
    scored = ScoreOperator(
        task_id="score",
        shares=shares,
        redaction=redacted.address,
        model=model,
        score=score,
        **placed,
    )
    return DriftOperator(
        task_id="drift",
        redaction=redacted.address,
        scoring=scored.address,
        model=model,
        drift=limits,
        retrain=retrain,
    )
