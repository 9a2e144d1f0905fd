"""### Who leaves the shop within 30 days?

Every Monday, about the week that has just ended: features of three tables of the shop's database,
labels 30 days later, and a holdout of the last weeks.

**snapshot_customers, snapshot_orders, snapshot_cancelled > prepare > validate > redact > …**

- `shop_churn_training` learns from twelve weeks that ended 30 days ago, and is judged on the last
  three of them.
- `shop_churn_scoring` scores the week with the same SELECT.
- `shop_churn_labels` tells what turned out to be true of the week whose labels have just come.
"""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import DAG

from airlock import (
    NIGHTLY,
    NIGHTLY_SCORING,
    Labels,
    Table,
    TimeSplit,
    TrainSpec,
    labelling,
    scoring,
    sql,
    training,
    weekly,
)

INCLUDE = Path(__file__).parents[1] / "include"
CONTRACTS = INCLUDE / "contracts"

SHOP = {
    "customers": Table(
        source=sql("include/sql/customers.sql", connection="shop"),
        contract=CONTRACTS / "customers.yaml",
    ),
    "orders": Table(
        source=sql("include/sql/orders.sql", connection="shop"),
        contract=CONTRACTS / "orders.yaml",
        # Weeks: the longest feature looks back on 84 days.
        history=12,
    ),
    "cancelled": Table(
        source=sql("include/sql/cancellations.sql", connection="shop"),
        contract=CONTRACTS / "cancellations.yaml",
    ),
}
LEAVING = Labels(
    source=sql("include/sql/cancellations.sql", connection="shop"),
    contract=CONTRACTS / "cancellations.yaml",
    key="customer_id",
    after="30d",
)

with DAG("shop_churn_training", schedule=weekly("0 3 * * 1"), doc_md=__doc__, **NIGHTLY):
    training(
        model="shop_churn",
        sources=SHOP,
        prepare=INCLUDE / "prepare/shop_churn.sql",
        labels=LEAVING,
        window=12,
        expectations=INCLUDE / "expectations/shop_churn.yaml",
        redaction=INCLUDE / "redaction/shop_churn.yaml",
        policy=INCLUDE / "policies/shop_churn.yaml",
        train=TrainSpec(
            kind="linear",
            target="churned",
            entity="customer_id",
            split=TimeSplit(column="week", holdout=3),
        ),
    )

with DAG("shop_churn_scoring", schedule=weekly("0 4 * * 1"), doc_md=__doc__, **NIGHTLY_SCORING):
    scoring(
        model="shop_churn",
        sources=SHOP,
        prepare=INCLUDE / "prepare/shop_churn.sql",
        expectations=INCLUDE / "expectations/shop_churn.yaml",
        redaction=INCLUDE / "redaction/shop_churn.yaml",
        entity="customer_id",
        target="churned",
    )

with DAG("shop_churn_labels", schedule=weekly("0 5 * * 1"), doc_md=__doc__, **NIGHTLY_SCORING):
    labelling(
        model="shop_churn",
        sources={"customers": SHOP["customers"], "cancelled": SHOP["cancelled"]},
        prepare=INCLUDE / "prepare/who.sql",
        labels=LEAVING,
        expectations=INCLUDE / "expectations/shop_churn_labels.yaml",
        redaction=INCLUDE / "redaction/shop_churn_labels.yaml",
        entity="customer_id",
        label="churned",
        scored="week",
    )
