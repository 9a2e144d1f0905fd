"""### Clear a model that was rolled back.

The gate refuses a bundle that was rolled back, whatever it measures, until a named person clears
it. This is how: the ledger keeps your name and your reason. Nothing is promoted by it; the next
training run that ends in the same bundle is judged like any other.

Press *Trigger*, name the model and the version that was withdrawn, and say why it may come back.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param

from airlock import ClearOperator
from airlock.notify import failed

with DAG(
    "model_clear",
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
            description="The version that was rolled back and may be a candidate again.",
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
    ClearOperator(
        task_id="clear",
        model="{{ params.model }}",
        withdrawn="{{ params.version }}",
        reason="{{ params.reason }}",
    )
