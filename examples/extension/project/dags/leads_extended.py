"""### Leads, with what `leads_airlock` adds.

Rows come out of a zip archive, notes are searched for badges, `explain` stands between `train` and
`evaluate`, a trainer fits on one core, the policy bounds `gini`, and each night's scores are
written as JSON lines.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY, NIGHTLY_SCORING, ScoreSpec, TrainSpec, nightly, scoring, training
from leads_airlock.explain.operator import ExplainOperator
from leads_airlock.lines import JsonLines

INCLUDE = Path(__file__).parents[1] / "include"
TABLE = {
    "source": "zip://leads.zip",
    "expectations": INCLUDE / "expectations/leads.yaml",
    "redaction": INCLUDE / "redaction/leads_extended.yaml",
}

with DAG(
    "leads_extended_training", schedule=nightly("0 2 * * *"), doc_md=__doc__, **NIGHTLY
) as dag:
    training(
        model="leads_extended",
        policy=INCLUDE / "policies/leads_extended.yaml",
        train=TrainSpec(
            model="include.models.leads:LeadModel",
            target="converted",
            entity="lead_id",
            batch_size=256,
            max_epochs=10,
            trainer="one core",
        ),
        pool="default_pool",
        **TABLE,
    )
    # A stage of one's own goes where it belongs: behind train, and evaluate waits for it.
    redact, train, evaluate = map(dag.get_task, ("redact", "train", "evaluate"))
    explain = ExplainOperator(
        task_id="explain",
        redaction=redact.address,
        training=train.address,
        model="leads_extended",
    )
    explain >> evaluate

with DAG(
    "leads_extended_scoring", schedule=nightly("0 4 * * *"), doc_md=__doc__, **NIGHTLY_SCORING
):
    scoring(
        model="leads_extended",
        entity="lead_id",
        score=ScoreSpec(outputs=(JsonLines(folder="var/sent"),)),
        **TABLE,
    )
