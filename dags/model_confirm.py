"""### Confirm a champion of break-glass.

Somebody made a version champion past the gate, and it falls back by itself. If you stand by it, it
stays: the ledger keeps your name and your reason. You must be another person than who broke the
glass, and named in the model's policy.

Press *Trigger*, name the model, and say why its champion may stay.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param

from airlock import ConfirmOperator
from airlock.notify import failed

with DAG(
    "model_confirm",
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
    ConfirmOperator(task_id="confirm", model="{{ params.model }}", reason="{{ params.reason }}")
