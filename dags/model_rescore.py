"""### Score again what a withdrawn version scored.

After a rollback consumers still read what the withdrawn version said. This finds the nights that it
stamped and scores exactly those again with today's champion, from the redacted tables of those
nights. What is replaced stays in the store as superseded.

Press *Trigger*, name the model and the version that was withdrawn, and say why.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airlock import BY_HAND, RescoreOperator, model_form

with DAG(
    "model_rescore",
    doc_md=__doc__,
    params=model_form(
        "customer_churn",
        version=Param(
            type="integer",
            minimum=1,
            title="Version",
            description="The version that was withdrawn; its predictions are replaced.",
        ),
    ),
    **BY_HAND,
):
    RescoreOperator(
        task_id="rescore",
        model="{{ params.model }}",
        withdrawn="{{ params.version }}",
        reason="{{ params.reason }}",
    )
