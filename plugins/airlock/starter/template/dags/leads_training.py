"""### Leads: nightly retraining.

**snapshot > validate > redact > train > evaluate > register > gate > approve > promote**

A candidate that the policy refuses ends with a green `gate` and skipped tasks behind it; red means
that somebody must repair something. The *Airlock* tab of the run says what happened.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY, EvaluateSpec, TrainSpec, nightly, training

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("leads_training", schedule=nightly("0 2 * * *"), doc_md=__doc__, **NIGHTLY):
    training(
        model="leads",
        # Where each night has a folder of its own: "leads/date={night}/*.csv".
        source="leads/*.csv",
        expectations=INCLUDE / "expectations/leads.yaml",
        redaction=INCLUDE / "redaction/leads.yaml",
        policy=INCLUDE / "policies/leads.yaml",
        train=TrainSpec(
            model="include.models.leads:LeadModel",
            target="converted",
            entity="lead_id",
        ),
        evaluation=EvaluateSpec(slices=("channel",)),
        # A pool "gpu" with one slot per GPU queues trainings up; it must exist in Airflow.
        pool="default_pool",
    )
