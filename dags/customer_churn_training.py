"""### Customer churn: nightly retraining.

Every night at 02:00 UTC the subscriptions of the day that has just ended pass through the airlock:

**snapshot > validate > redact > train > evaluate > register > gate > approve > promote**

- A candidate that the policy refuses ends with a green `gate` and skipped tasks behind it; the
  reasons are on the gate's *Airlock* tab.
- Red means that somebody must repair something; the message says what.
- To run it by hand, press *Trigger* and name a night. Everything else may stay empty.

The policy is `include/policies/customer_churn.yaml`, the data contract
`include/expectations/customer_churn.yaml`.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY, EvaluateSpec, TrainSpec, nightly, training

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("customer_churn_training", schedule=nightly("0 2 * * *"), doc_md=__doc__, **NIGHTLY):
    training(
        model="customer_churn",
        source="subscriptions/date={night}/*.parquet",
        expectations=INCLUDE / "expectations/customer_churn.yaml",
        redaction=INCLUDE / "redaction/customer_churn.yaml",
        policy=INCLUDE / "policies/customer_churn.yaml",
        train=TrainSpec(
            model="include.models.churn:ChurnClassifier",
            target="churned",
            entity="customer_id",
            # Small steps and much dropout: two nights that differ little give models that differ
            # little, and the gate's margin is not spent on the luck of a training.
            hyperparameters={"dropout": 0.2},
            batch_size=512,
            max_epochs=12,
            patience=6,
        ),
        evaluation=EvaluateSpec(slices=("plan", "region")),
    )
