"""### Let MLflow follow the ledger.

Every five minutes: the alias `champion` of every model points at the version that the ledger names.
An alias that somebody moved by hand is put right, and is an incident in the model's ledger.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from airlock import ReconcileOperator
from airlock.config.notify import notify_failure

with DAG(
    "airlock_reconcile",
    schedule=timedelta(minutes=5),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    doc_md=__doc__,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "on_failure_callback": notify_failure,
    },
    tags=["airlock", "housekeeping"],
):
    ReconcileOperator(task_id="reconcile")
