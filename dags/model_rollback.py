"""### Roll a model back.

Makes an earlier champion champion again, at once: the ledger says so, scoring obeys the ledger, and
MLflow's alias follows when MLflow is up. The version that is withdrawn is not promoted again, until
a named person clears it.

Press *Trigger*, name the model and say why. Leave the version empty for the champion before.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param

from airlock import RollbackOperator
from airlock.notify import failed

with DAG(
    "model_rollback",
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
        "to_version": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            title="Version",
            description="Which version becomes champion again. Empty: the champion before.",
        ),
        "reason": Param(
            type="string",
            minLength=3,
            maxLength=500,
            title="Reason",
            description="Why? The ledger keeps it, and your name.",
        ),
    },
    tags=["airlock"],
):
    RollbackOperator(
        task_id="rollback",
        model="{{ params.model }}",
        to_version="{{ params.to_version }}",
        reason="{{ params.reason }}",
    )
