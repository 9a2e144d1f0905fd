"""Gives a pipeline's DAG the deadline that its policy names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from airlock.stages.gate.spec import Policy


def set_deadline(dag: DAG | None, policy: Policy | None, *, model: str) -> None:
    """Add it; what the DAG's author wrote stays beside it.

    Args:
        dag: of the pipeline; None outside of one.
        policy: None where the pipeline names none.
    """
    rule = policy.deadline if policy is not None else None
    if dag is None or rule is None or rule.done_by is None:
        return
    # Only a DAG with a deadline pays for it.
    from airlock.config.deadlines import done_by

    written: Any = dag.deadline or []  # a list, whatever was given
    dag.deadline = [*written, done_by(rule.done_by, model=model)]
