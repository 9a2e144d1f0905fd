"""An airflow dag whose training has two devices."""

from __future__ import annotations

from airflow.sdk import DAG, task

# The stage without the ones before it: what counts is whose processes its ranks are.
with DAG("several", schedule=None, is_paused_upon_creation=False):

    @task
    def train() -> str:
        import os
        from pathlib import Path

        from tests.trained import trained

        return trained(
            Path(os.environ["AIRFLOW_HOME"]).parent / "trained", devices=2, accelerator="cpu"
        ).name

    train()
