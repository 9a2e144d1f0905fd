"""### Customer churn: nightly scoring.

The champion of `customer_churn` scores the night's subscriptions. Who is champion is read from the
ledger; every prediction is stamped with the version that made it. Then the night is held against
the data that the champion was trained on; drift starts one training, whose run says why.

**snapshot > validate > redact > score > drift**
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY_SCORING, ScoreSpec, nightly, scoring

INCLUDE = Path(__file__).parents[1] / "include"

with DAG(
    "customer_churn_scoring", schedule=nightly("0 4 * * *"), doc_md=__doc__, **NIGHTLY_SCORING
):
    scoring(
        model="customer_churn",
        source="subscriptions/date={night}/*.parquet",
        expectations=INCLUDE / "expectations/customer_churn.yaml",
        redaction=INCLUDE / "redaction/customer_churn.yaml",
        entity="customer_id",
        # Rows that people are asked about, and what they need to know of them.
        score=ScoreSpec(unsure_below=0.55, review=("plan", "tenure_months", "monthly_fee")),
        drift=INCLUDE / "drift/customer_churn.yaml",
        retrain="customer_churn_training",
    )
