"""### Customer churn: what turned out to be true.

Labels come when it is known who left. Trigger a run when a delivery is there: name the night that
it came with and, where it is not the usual one, its source. Every row has the customer, the night
whose prediction it is about, and whether they left.

**snapshot > validate > redact > labels > live > canary**

- The challenger on trial grows, stays or falls back by it; a champion that is surely worse than the
  one before is withdrawn, and somebody is told.
- Red means that the delivery is not what it should be; nothing of it counts then.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY_SCORING, labelling

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("customer_churn_labels", schedule=None, doc_md=__doc__, **NIGHTLY_SCORING):
    labelling(
        model="customer_churn",
        source="labels/date={night}/*.csv",
        expectations=INCLUDE / "expectations/customer_churn_labels.yaml",
        redaction=INCLUDE / "redaction/customer_churn_labels.yaml",
        entity="customer_id",
        label="churned",
        scored="scored_on",
        # A label comes 30 nights after the prediction that it is about.
        nights=60,
    )
