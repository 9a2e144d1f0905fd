"""### Score again what a withdrawn version scored.

After a rollback consumers still read what the withdrawn version said. This finds the nights that it
stamped and scores exactly those again with today's champion, from the redacted tables of those
nights. What is replaced stays in the store as superseded.

Press *Trigger*, name the model and the version that was withdrawn, and say why.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param

from airlock import RescoreOperator
from airlock.notify import failed

with DAG(
    "model_rescore",
    schedule=None,
    doc_md=__doc__,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "on_failure_callback": failed,
    },
    params={
        "model": Param(
            "customer_churn",
            type="string",
            pattern="^[a-z][a-z0-9_]*$",
            title="Model",
            description="The registered name of the model.",
        ),
        "version": Param(
            type="integer",
            minimum=1,
            title="Version",
            description="The version that was withdrawn; its predictions are replaced.",
        ),
        "reason": Param(
            type="string",
            minLength=3,
            maxLength=500,
            title="Reason",
            description="Why? The catalogue keeps it, and your name.",
        ),
    },
    tags=["airlock"],
):
    RescoreOperator(
        task_id="rescore",
        model="{{ params.model }}",
        withdrawn="{{ params.version }}",
        reason="{{ params.reason }}",
    )
