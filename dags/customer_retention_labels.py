"""### Customer retention: what turned out to be true, and what follows from it.

Who left within a month is known when it is over. Trigger a run when a delivery is there: name
the night that it came with and, where it is not the usual one, its source. Every row has the
customer, the night whose prediction it is about, and whether they left.

**snapshot > validate > redact > labels > live > canary**

- The candidate on trial grows, stays or falls back by it, and is champion after the last step.
- A champion that is surely worse than the one before is withdrawn, and somebody is told. What it
  had scored is scored again by `model_rescore`.
- Red means that the delivery is not what it should be; nothing of it counts then.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY_SCORING, labelling

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("customer_retention_labels", schedule=None, doc_md=__doc__, **NIGHTLY_SCORING):
    labelling(
        model="customer_retention",
        source="labels/date={night}/*.csv",
        expectations=INCLUDE / "expectations/customer_churn_labels.yaml",
        redaction=INCLUDE / "redaction/customer_churn_labels.yaml",
        entity="customer_id",
        label="churned",
        scored="scored_on",
        # A label comes 30 nights after the prediction that it is about.
        nights=60,
    )
