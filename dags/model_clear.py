"""### Clear a model that was rolled back.

The gate refuses a bundle that was rolled back, whatever it measures, until a named person clears
it. This is how: the ledger keeps your name and your reason. Nothing is promoted by it; the next
training run that ends in the same bundle is judged like any other.

Press *Trigger*, name the model and the version that was withdrawn, and say why it may come back.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airlock import BY_HAND, ClearOperator, model_form

with DAG(
    "model_clear",
    doc_md=__doc__,
    params=model_form(
        "customer_churn",
        version=Param(
            type="integer",
            minimum=1,
            title="Version",
            description="The version that was rolled back and may be a candidate again.",
        ),
    ),
    **BY_HAND,
):
    ClearOperator(
        task_id="clear",
        model="{{ params.model }}",
        withdrawn="{{ params.version }}",
        reason="{{ params.reason }}",
    )
