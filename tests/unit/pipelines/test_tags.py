"""Whoever looks for a DAG finds it by its model, its kind and its owner."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG, BaseOperator

from airlock import BY_HAND
from airlock.pipelines.tags import label_dag
from airlock.stages.gate.policy.card import CardTexts

CARD = CardTexts(owner="Retention, Berlin", intended_use="Whom to call.")
DAGS = Path(__file__).parents[3] / "dags"


def pipeline(**told: str) -> DAG:
    with DAG(
        "churn_training", tags=["airlock"], doc_md="### Churn: nightly.\n\nMore.", **told
    ) as dag:
        BaseOperator(task_id="train")
        BaseOperator(task_id="export", owner="data team")
    return dag


def test_a_pipeline_carries_model_and_kind_its_title_and_its_owner():
    dag = pipeline()

    label_dag(dag, "training", model="churn", card=CARD)

    assert dag.tags == {"airlock", "training", "churn"}
    assert dag.description == "Churn: nightly."
    assert dag.get_task("train").owner == "Retention and Berlin"


def test_what_the_author_says_stays_as_it_is():
    dag = pipeline(description="Mine.")

    label_dag(dag, "training", model="churn", card=CARD)

    assert dag.description == "Mine."
    assert dag.get_task("export").owner == "data team"


def test_what_people_start_and_what_keeps_house_is_told_from_pipelines():
    assert "by hand" in BY_HAND["tags"]
    for name in ("gc", "reconcile", "retrain"):
        assert "housekeeping" in (DAGS / f"airlock_{name}.py").read_text()
