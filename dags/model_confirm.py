"""### Confirm a champion of break-glass.

Somebody made a version champion past the gate, and it falls back by itself. If you stand by it, it
stays: the ledger keeps your name and your reason. You must be another person than who broke the
glass, and named in the model's policy.

Press *Trigger*, name the model, and say why its champion may stay.
"""

from __future__ import annotations

from airflow.sdk import DAG

from airlock import BY_HAND, ConfirmOperator, model_form

with DAG("model_confirm", doc_md=__doc__, params=model_form("customer_churn"), **BY_HAND):
    ConfirmOperator(task_id="confirm", model="{{ params.model }}", reason="{{ params.reason }}")
