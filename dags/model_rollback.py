"""### Roll a model back.

Makes an earlier champion champion again, at once: the ledger says so, scoring obeys the ledger, and
MLflow's alias follows when MLflow is up. The version that is withdrawn is not promoted again, until
a named person clears it.

Press *Trigger*, name the model and say why. Leave the version empty for the champion before.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airlock import BY_HAND, RollbackOperator, model_form

with DAG(
    "model_rollback",
    doc_md=__doc__,
    params=model_form(
        "customer_churn",
        to_version=Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Version",
            description="Which version becomes champion again. Empty: the champion before.",
        ),
    ),
    **BY_HAND,
):
    RollbackOperator(
        task_id="rollback",
        model="{{ params.model }}",
        to_version="{{ params.to_version }}",
        reason="{{ params.reason }}",
    )
