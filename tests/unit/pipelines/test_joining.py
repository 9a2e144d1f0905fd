"""Several sources in a DAG: a task for each, one that joins them; mistakes show when parsed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from airlock import (
    NIGHTLY,
    NIGHTLY_SCORING,
    Labels,
    Table,
    TrainSpec,
    labelling,
    nightly,
    scoring,
    training,
)
from airlock.core.errors import SpecError
from airlock.pipelines.arguments import Project
from airlock.pipelines.written.pipelines import read_pipelines
from tests.joined import CUSTOMERS, ORDERS, SELECT
from tests.judged import POLICY
from tests.unit.stages.prepare.test_labels import LABELLED, LEFT

ACTIONS = {
    "customer_id": "{action: pseudonym, domain: customer}",
    **dict.fromkeys(("night", "plan", "orders", "spent", "churned"), "{action: keep}"),
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The files of a pipeline over two sources, with labels known later."""
    for name, contract in {"customers": CUSTOMERS, "orders": ORDERS, "left": LEFT}.items():
        (tmp_path / f"{name}.yaml").write_text(json.dumps(contract.to_json()))
    (tmp_path / "shop.sql").write_text(SELECT)
    expected = {
        "contract": LABELLED.to_json(),
        "expectations": [
            {
                "type": "expect_column_values_to_be_between",
                "kwargs": {"column": "orders", "min_value": 0},
            }
        ],
    }
    (tmp_path / "expectations.yaml").write_text(json.dumps(expected))
    columns = "\n".join(f"  {name}: {action}" for name, action in ACTIONS.items())
    (tmp_path / "redaction.yaml").write_text(f"columns:\n{columns}\n")
    (tmp_path / "policy.yaml").write_text(json.dumps(POLICY.to_json()))
    return tmp_path


def files(shop: Path) -> dict[str, Any]:
    return {
        "model": "shop",
        "sources": {
            "customers": Table(source="var/data/customers.csv", contract=shop / "customers.yaml"),
            "orders": Table(
                source="var/data/orders/{night}.csv", contract=shop / "orders.yaml", history=90
            ),
        },
        "prepare": shop / "shop.sql",
        "expectations": shop / "expectations.yaml",
        "redaction": shop / "redaction.yaml",
    }


def labels(shop: Path, **changes: Any) -> Labels:
    usual = {
        "source": "var/data/left/{night}.csv",
        "contract": shop / "left.yaml",
        "key": {"customer_id": "who"},
        "after": "30d",
    }
    return Labels(**{**usual, **changes})


def trained(shop: Path, **changes: Any) -> DAG:
    train = TrainSpec(
        model="include.models.churn:ChurnClassifier", target="churned", entity="customer_id"
    )
    usual = {
        **files(shop),
        "labels": labels(shop),
        "train": train,
        "policy": shop / "policy.yaml",
        "window": 4,
    }
    with DAG("shop_training", schedule=nightly("0 3 * * *"), **NIGHTLY) as dag:
        training(**{**usual, **changes})
    return dag


def test_each_source_has_a_task_and_one_joins_them(shop: Path):
    dag = trained(shop)

    assert [task.task_id for task in dag.topological_sort()][:6] == [
        *("snapshot_customers", "snapshot_orders", "snapshot_labels"),
        *("prepare", "validate", "redact"),
    ]
    assert dag.get_task("prepare").upstream_task_ids == {
        "snapshot_customers",
        "snapshot_orders",
        "snapshot_labels",
    }
    assert dag.get_task("validate").upstream_task_ids == {"prepare"}
    assert set(dag.get_task("gate").sources) == {"customers", "orders", "labels"}


def test_features_are_read_of_the_nights_that_they_look_back_on_and_labels_of_those_they_come_in(
    shop: Path,
):
    dag = trained(shop)

    windows = {
        name: (dag.get_task(f"snapshot_{name}").window, dag.get_task(f"snapshot_{name}").behind)
        for name in ("customers", "orders", "labels")
    }

    # Four nights of rows that ended 30 nights ago, the first of which looks back on 90; labels
    # from the day after the first of them on.
    assert windows == {"customers": (1, 0), "orders": (93, 30), "labels": (33, 0)}
    assert dag.get_task("prepare")._nights("2026-03-31") == [
        *("2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"),
    ]


def test_a_scoring_joins_the_night_alone_and_needs_no_labels(shop: Path):
    with DAG("shop_scoring", schedule=nightly("0 4 * * *"), **NIGHTLY_SCORING) as dag:
        scoring(**files(shop), entity="customer_id", target="churned")

    prepare = dag.get_task("prepare")
    assert prepare.labels is None
    assert "churned" not in prepare.contract.columns
    assert prepare._nights("2026-03-31") == ["2026-03-31"]
    assert dag.get_task("snapshot_orders").window == 90


def test_live_metrics_take_the_labels_that_are_learnt_from(shop: Path):
    with DAG("shop_labels", schedule=nightly("0 5 * * *"), **NIGHTLY_SCORING) as dag:
        labelling(
            **files(shop),
            labels=labels(shop),
            entity="customer_id",
            label="churned",
            scored="night",
        )

    prepare = dag.get_task("prepare")
    assert prepare.labels == trained(shop).get_task("prepare").labels
    assert prepare._nights("2026-03-31") == ["2026-03-01"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"source": "x.csv"}, "both source and sources", id="two ways"),
        pytest.param({"prepare": None}, "nothing says how", id="no SQL"),
        pytest.param({"sources": None}, "prepare has no sources", id="no sources"),
        pytest.param(
            {"sources": None, "prepare": None, "source": "x.csv"},
            "labels are joined by prepare",
            id="labels alone",
        ),
        pytest.param({"prepare": Path("/nowhere.sql")}, "cannot be read", id="no file"),
    ],
)
def test_what_does_not_fit_keeps_the_dag_from_loading(
    shop: Path, changes: dict[str, Any], says: str
):
    with pytest.raises(SpecError, match=says):
        trained(shop, **changes)


DAG_FILE = """
from pathlib import Path
from airflow.sdk import DAG
from airlock import NIGHTLY, Labels, Table, TrainSpec, nightly, training

HERE = Path(__file__).parent
SOURCES = {{
    "customers": Table(source="var/data/customers.csv", contract=HERE / "customers.yaml"),
    "orders": Table(source="{orders}", contract=HERE / "orders.yaml", history={history}),
}}
with DAG("shop_training", schedule=nightly("0 3 * * *"), **NIGHTLY):
    training(
        model="shop",
        sources=SOURCES,
        prepare=HERE / "shop.sql",
        labels=Labels(
            source="var/data/left/{{night}}.csv",
            contract=HERE / "left.yaml",
            key={{"customer_id": "{key}"}},
            after="{after}",
        ),
        window=4,
        expectations=HERE / "expectations.yaml",
        redaction=HERE / "redaction.yaml",
        policy=HERE / "policy.yaml",
        train=TrainSpec(model="m:M", target="churned", entity="customer_id"),
    )
"""
USUAL = {"orders": "var/data/orders/{night}.csv", "history": 90, "key": "who", "after": "30d"}


@pytest.mark.parametrize(
    ("changes", "sql", "says"),
    [
        pytest.param({}, SELECT, "", id="right"),
        pytest.param(
            {}, SELECT.replace("o.amount", "o.amont"), "shop.sql:7: .*amont", id="a column"
        ),
        pytest.param({}, SELECT.replace("customers", "people"), "reads people", id="name"),
        pytest.param({}, "SELECT now()", r"calls now\(…\)", id="a clock"),
        pytest.param({"key": "whom"}, SELECT, "no column whom, the key of labels", id="key"),
        pytest.param({"after": "soon"}, SELECT, "after", id="after"),
        pytest.param({"history": None}, SELECT, "how many nights of orders", id="history"),
        pytest.param({"orders": "var/{nigth}.csv"}, SELECT, "{nigth}", id="placeholder"),
    ],
)
def test_airlock_check_says_the_same_with_its_place(
    shop: Path, changes: dict[str, Any], sql: str, says: str
):
    (shop / "shop.sql").write_text(sql)
    (shop / "dag.py").write_text(DAG_FILE.format(**{**USUAL, **changes}))

    read = read_pipelines(shop / "dag.py", Project(root=shop, sources=(str(shop / "var/data"),)))
    found = [
        f"{one.place}: {one.key}: {one.what}"
        for one in read.pipelines[0].findings
        if one.severity == "error" and "model" not in one.key
    ]

    assert any(re.search(says, one) for one in found) if says else not found
