"""Two airflow dags: whoever delivers to a lake updates an asset, and a pipeline starts after it."""

from __future__ import annotations

import os
from pathlib import Path

from airflow.sdk import DAG, Asset, task

from airlock import SnapshotOperator, delta
from airlock.core.contract import Contract

TABLE = Path(os.environ["AIRFLOW_HOME"]).parent / "data/lake/leads"
LEADS = Asset("lake://leads")

with DAG("lake_delivery", schedule=None, is_paused_upon_creation=False):

    @task(outlets=[LEADS])
    def deliver() -> None:
        """Yesterday's rows, once: who is asked again has nothing new."""
        from datetime import UTC, datetime, timedelta

        import pyarrow as pa
        from deltalake import DeltaTable, write_deltalake

        day = (datetime.now(UTC) - timedelta(days=1)).date()
        if DeltaTable.is_deltatable(str(TABLE)):
            return
        TABLE.parent.mkdir(parents=True, exist_ok=True)
        rows = pa.table({"id": ["a", "b"], "fee": [1.5, 2.5], "day": [day] * 2})
        write_deltalake(str(TABLE), rows)

    deliver()

with DAG("lake_frozen", schedule=[LEADS], is_paused_upon_creation=False):

    @task
    def look_at_the_table() -> int:
        """A task of one's own before the snapshot."""
        from deltalake import DeltaTable

        return DeltaTable(str(TABLE)).version()

    frozen = SnapshotOperator(
        task_id="snapshot",
        source=delta(str(TABLE), night_column="day"),
        contract=Contract.model_validate(
            {
                "key": ["id"],
                "columns": {
                    "id": {"type": "string"},
                    "fee": {"type": "number"},
                    "day": {"type": "date"},
                },
            }
        ),
    )
    look_at_the_table() >> frozen
