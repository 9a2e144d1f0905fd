"""### Customer retention: a candidate proves itself on a share of the customers.

The same subscriptions as `customer_churn_training`, and another way into production. A wrong list
of whom to call costs calls and customers, and it is known a month later. So a candidate that the
gate lets through is not champion yet: the policy `include/policies/customer_retention.yaml` gives
it a tenth of the customers, and more of them by the labels of each night.

**snapshot > validate > redact > train > evaluate > register > gate > approve > promote**

- The first model is champion at once: there is nobody that it could be compared with.
- While a candidate is on trial, the next ones wait; `promote` says for whom.
- `customer_retention_scoring` lets it answer its share, `customer_retention_labels` lets it grow.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY, EvaluateSpec, TrainSpec, nightly, training

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("customer_retention_training", schedule=nightly("0 3 * * *"), doc_md=__doc__, **NIGHTLY):
    training(
        model="customer_retention",
        source="subscriptions/date={night}/*.parquet",
        expectations=INCLUDE / "expectations/customer_churn.yaml",
        redaction=INCLUDE / "redaction/customer_churn.yaml",
        policy=INCLUDE / "policies/customer_retention.yaml",
        train=TrainSpec(
            model="include.models.churn:ChurnClassifier",
            target="churned",
            entity="customer_id",
            hyperparameters={"dropout": 0.2},
            batch_size=256,
            max_epochs=6,
        ),
        evaluation=EvaluateSpec(slices=("plan", "region")),
    )
