"""### Customer churn: nightly scoring.

The champion of `customer_churn` scores the night's subscriptions. Who is champion is read from the
ledger; every prediction is stamped with the version that made it. Then the night is held against
the data that the champion was trained on; drift starts one training, whose run says why. The
champion before scores the same rows silently: the page of `route` says how far the two are apart,
and labels how much better the new one really is.

**snapshot > validate > redact > score, shadow > route > drift**
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY_SCORING, ScoreSpec, nightly, scoring, shadowed

INCLUDE = Path(__file__).parents[1] / "include"

with DAG(
    "customer_churn_scoring", schedule=nightly("0 4 * * *"), doc_md=__doc__, **NIGHTLY_SCORING
):
    score = scoring(
        model="customer_churn",
        source="subscriptions/date={night}/*.parquet",
        expectations=INCLUDE / "expectations/customer_churn.yaml",
        redaction=INCLUDE / "redaction/customer_churn.yaml",
        entity="customer_id",
        policy=INCLUDE / "policies/customer_churn.yaml",
        # Rows that people are asked about, and what they need to know of them.
        score=ScoreSpec(unsure_below=0.55, review=("plan", "tenure_months", "monthly_fee")),
        drift=INCLUDE / "drift/customer_churn.yaml",
        retrain="customer_churn_training",
    )
    shadowed(score, slices=("plan", "region"))
