"""### Start the trainings that drift asks for.

Runs whenever the asset `airlock://retrain/<model>` of any model has an event: its drift was raised
to an alarm. It starts one run of the model's training DAG, whose parameter *Reason* says why, and
which nobody triggered: it is approved like a scheduled one. A second event for the same alarm is
skipped.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG

from airlock import RETRAIN, retraining
from airlock.config.notify import notify_failure

with DAG(
    "airlock_retrain",
    schedule=RETRAIN,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    doc_md=__doc__,
    is_paused_upon_creation=False,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "on_failure_callback": notify_failure,
    },
    tags=["airlock", "housekeeping"],
):
    retraining()
