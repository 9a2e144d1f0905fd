"""### Customer retention: nightly scoring, with somebody beside the champion.

The champion of `customer_retention` scores all customers of the night, and the candidate on trial
scores them as well. `route` then puts the candidate's rows of its share in the champion's places;
every row is stamped with the version that answered it.

**snapshot > validate > redact > score, shadow > route > drift**

With nobody on trial the champion before scores silently, so that the champion is watched too.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY_SCORING, nightly, scoring, shadowed

INCLUDE = Path(__file__).parents[1] / "include"

with DAG(
    "customer_retention_scoring", schedule=nightly("0 5 * * *"), doc_md=__doc__, **NIGHTLY_SCORING
):
    score = scoring(
        model="customer_retention",
        source="subscriptions/date={night}/*.parquet",
        expectations=INCLUDE / "expectations/customer_churn.yaml",
        redaction=INCLUDE / "redaction/customer_churn.yaml",
        entity="customer_id",
        policy=INCLUDE / "policies/customer_retention.yaml",
    )
    shadowed(score, slices=("plan", "region"))
