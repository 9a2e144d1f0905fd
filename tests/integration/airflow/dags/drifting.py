"""An airflow dag that asks for a training, and the training."""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Param, get_current_context, task

from airlock import RETRAIN
from airlock.catalogs import retrains
from airlock.config.keys import SIGNING, granted
from airlock.config.settings import Settings
from airlock.stages.drift.operator.drift import give_event

TEXT = Param(None, type=["null", "string"])

# The end-to-end tests hold how a scoring comes to ask; here is what becomes of it.
with DAG("drifting", schedule=None, params={"night": TEXT, "again": Param(False, type="boolean")}):

    @task(outlets=[RETRAIN])
    def drift():
        context = get_current_context()
        night, run = context["params"]["night"], context["dag_run"].run_id
        retrain = retrains.Retrain(
            model="small",
            alarm=f"{night}-1",
            night=night,
            reason=f"Drift in temp (PSI 0.41) since 2012-06-01, seen on {night}.",
            training="small_training",
            drift="",
            sha256="",
            dag_id="drifting",
            # As after a task that was cleared: the same run asks once more.
            run_id="one" if context["params"]["again"] else run,
        )
        # No stage of Airlock: nobody gives this task the key that signs what it asks for.
        with granted([SIGNING], stage="drift"):
            ledger = Settings.read().ledger(retrain.model, to_write=True)
        at = datetime.now(UTC)
        asked = retrains.append_retrain(ledger, retrain, cooldown_nights=7, at=at)
        if asked is not None:
            give_event(context, asked)

    drift()

with DAG("small_training", schedule=None, params={"night": TEXT, "reason": TEXT}):
    EmptyOperator(task_id="train")
