"""### Telco churn: a real table.

The public Telco customer churn table (7,043 customers, 21 columns) through the same doors. Put the
file at `var/data/telco_churn.csv` (README, "Bring your own table", says where to get it) and press
*Trigger*. Nothing in `airlock` knows about this table: this file and five small ones in `include/`
are all of it. One says what only people can: with it, the last task packs the evidence of each
champion.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY, EvaluateSpec, TrainSpec, training

INCLUDE = Path(__file__).parents[1] / "include"

with DAG("telco_churn_training", schedule=None, doc_md=__doc__, **NIGHTLY):
    training(
        model="telco_churn",
        source="telco_churn.csv",
        expectations=INCLUDE / "expectations/telco_churn.yaml",
        redaction=INCLUDE / "redaction/telco_churn.yaml",
        policy=INCLUDE / "policies/telco_churn.yaml",
        train=TrainSpec(
            model="include.models.telco:TelcoChurn", target="Churn", entity="customerID"
        ),
        evaluation=EvaluateSpec(slices=("Contract", "gender")),
        governance=INCLUDE / "governance/telco_churn.yaml",
    )
