"""### Delete what is past its time.

Every day: rows before redaction and rows in quarantine that were kept long enough, and files of
attempts that never published anything; nothing that a champion or the ledger needs. How long is
long enough stands in this file; *dry run* only counts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Param

from airlock import GcOperator, GcSpec
from airlock.config.notify import notify_failure

with DAG(
    "airlock_gc",
    schedule="30 4 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    doc_md=__doc__,
    max_active_runs=1,
    default_args={
        "retries": 2,
        "retry_delay": timedelta(minutes=1),
        "on_failure_callback": notify_failure,
    },
    params={
        "dry_run": Param(
            False,
            type="boolean",
            title="Dry run",
            description="Count what is past its time, and delete nothing.",
        ),
    },
    tags=["airlock", "housekeeping"],
):
    GcOperator(
        task_id="gc",
        retention=GcSpec(raw_days=30, quarantine_days=90, dead_days=2),
        count_only="{{ params.dry_run }}",
    )
