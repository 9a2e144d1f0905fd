"""training(...) and scoring(...): every door, in the safe order; mistakes show when parsed."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.sdk import DAG
from airflow.sdk.definitions.mappedoperator import MappedOperator

from airlock import (
    NIGHTLY,
    NIGHTLY_SCORING,
    RETRAIN,
    ScoreSpec,
    TrainSpec,
    labelling,
    nightly,
    scoring,
    shadowed,
    training,
)
from airlock.core.errors import SpecError

INCLUDE = Path(__file__).parents[3] / "include"
CHURN = {
    "model": "customer_churn",
    "source": "subscriptions/date={night}/*.parquet",
    "expectations": INCLUDE / "expectations/customer_churn.yaml",
    "redaction": INCLUDE / "redaction/customer_churn.yaml",
}
TRAIN = TrainSpec(
    model="include.models.churn:ChurnClassifier", target="churned", entity="customer_id"
)
POLICY = INCLUDE / "policies/customer_churn.yaml"
DOORS = "snapshot validate redact train evaluate register gate approve promote".split()


@pytest.fixture
def training_dag() -> DAG:
    with DAG("lead_scoring_training", schedule=nightly("0 3 * * *"), **NIGHTLY) as dag:
        training(**CHURN, policy=POLICY, train=TRAIN)
    return dag


def test_a_training_passes_every_door_in_order(training_dag: DAG):
    assert [task.task_id for task in training_dag.topological_sort()] == DOORS
    for before, after in itertools.pairwise(DOORS):
        assert before in training_dag.get_task(after).upstream_task_ids


def test_a_policy_that_asks_for_several_people_has_a_door_for_each(tmp_path: Path):
    rules = tmp_path / "policy.yaml"
    asking = "approval: {required: always, count: 3}"
    rules.write_text(re.sub(r"(?s)approval:.*", asking, POLICY.read_text()))
    with DAG("lead_scoring_training", schedule=None, **NIGHTLY) as dag:
        training(**CHURN, policy=rules, train=TRAIN)

    behind_the_gate = ["approve", "approve_2", "approve_3", "promote"]
    assert [task.task_id for task in dag.topological_sort()][-4:] == behind_the_gate
    assert [dag.get_task(name).seat for name in behind_the_gate[:3]] == [1, 2, 3]
    for before, after in itertools.pairwise(behind_the_gate):
        assert before in dag.get_task(after).upstream_task_ids


def test_only_training_waits_for_the_gpu(training_dag: DAG):
    pools = {task.task_id: task.pool for task in training_dag.tasks}

    assert {name for name, pool in pools.items() if pool == "gpu"} == {"train"}


def test_every_stage_is_tried_again_with_back_off(training_dag: DAG):
    for task in training_dag.tasks:
        assert task.retries == 4
        assert task.retry_exponential_backoff
        # Airflow counts the tries before somebody cleared a task, too: the fifth waited 10 minutes.
        assert timedelta(seconds=2 * 81) <= task.max_retry_delay <= timedelta(minutes=3)


def test_of_each_task_that_works_one_does_so_at_a_time_and_of_those_that_wait_many(
    training_dag: DAG,
):
    with DAG("shared", schedule=None, **NIGHTLY) as shared:
        training(**CHURN, policy=POLICY, train=TRAIN, redact_tasks=2)

    at_once = {task.task_id: task.max_active_tis_per_dag for task in training_dag.tasks}

    assert training_dag.max_active_runs == 16
    assert {name for name, most in at_once.items() if most is None} == {"approve", "snapshot"}
    assert shared.get_task("redact_share").partial_kwargs["max_active_tis_per_dag"] is None


def test_scorings_ask_nobody_and_run_one_after_the_other():
    assert NIGHTLY_SCORING["max_active_runs"] == 1
    assert "max_active_tis_per_dag" not in NIGHTLY_SCORING["default_args"]


def test_queue_pool_and_executor_config_pass_through_to_training():
    with DAG("elsewhere", schedule=None, **NIGHTLY) as dag:
        training(
            **CHURN,
            policy=POLICY,
            train=TRAIN,
            pool="a100",
            queue="gpu_workers",
            executor_config={"pod_override": "a pod"},
        )

    train = dag.get_task("train")
    assert (train.pool, train.queue) == ("a100", "gpu_workers")
    assert train.executor_config == {"pod_override": "a pod"}


def test_a_scoring_redacts_as_the_training_does():
    with DAG("lead_scoring", schedule=nightly("0 4 * * *"), **NIGHTLY_SCORING) as dag:
        scoring(**CHURN, entity="customer_id")

    assert [task.task_id for task in dag.topological_sort()] == [*DOORS[:3], "score", "drift"]
    assert "max_epochs" not in dag.params


def test_a_scoring_may_be_shared_among_tasks_and_placed_where_a_gpu_is():
    with DAG("lead_scoring", schedule=None, **NIGHTLY_SCORING) as dag:
        scored = scoring(
            **CHURN,
            entity="customer_id",
            score_tasks=3,
            score=ScoreSpec(accelerator="gpu"),
            pool="gpu",
            queue="gpu_workers",
        )
        shadowed(scored)

    score, share = dag.get_task("score"), dag.get_task("score_share")
    assert isinstance(share, MappedOperator)
    assert share.partial_kwargs["shares"] == 3
    assert share.upstream_task_ids == {"redact"}
    assert score.upstream_task_ids == {"redact", "score_share"}
    assert {task.task_id for task in dag.tasks if task.pool == "gpu"} == {
        "score_share",
        "score",
        # On the same rows, and so on the same machines.
        "shadow",
    }
    assert dag.get_task("shadow").queue == "gpu_workers"


def test_labels_pass_the_same_first_doors_as_every_table():
    with DAG("lead_labels", schedule=None, **NIGHTLY_SCORING) as dag:
        labelling(
            model="customer_churn",
            source="labels/date={night}/*.csv",
            expectations=INCLUDE / "expectations/customer_churn_labels.yaml",
            redaction=INCLUDE / "redaction/customer_churn_labels.yaml",
            entity="customer_id",
            label="churned",
        )

    last = ["labels", "live", "canary"]
    assert [task.task_id for task in dag.topological_sort()] == [*DOORS[:3], *last]
    # Labels are no shift of the champion's data, and nobody trains on them.
    assert (dag.get_task("validate").model, dag.get_task("redact").model) == (None, None)


def test_a_persons_source_is_read_by_the_operator_and_is_no_part_of_a_template(training_dag: DAG):
    snapshot = training_dag.get_task("snapshot")

    assert (snapshot.source, snapshot.param) == ("subscriptions/date={night}/*.parquet", "source")


@pytest.mark.parametrize("source", ["{{ conn.x }}.csv", "{% set x %}.csv", "{# x #}.csv"])
def test_a_source_that_airflow_would_render_is_refused_when_parsed(source: str):
    with DAG("training"), pytest.raises(SpecError, match="looks like a template"):
        training(
            model="customer_churn",
            source=source,
            expectations=INCLUDE / "expectations/customer_churn.yaml",
            redaction=INCLUDE / "redaction/customer_churn.yaml",
            policy=INCLUDE / "policies/customer_churn.yaml",
            train=TRAIN,
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"target": "churn"}, "needs churn, which", id="target"),
        pytest.param({"features": ("email",)}, "needs email, which", id="feature"),
        pytest.param({"entity": "email"}, "entity email does not survive", id="dropped entity"),
        pytest.param({"entity": "nobody"}, "entity nobody does not survive", id="no such entity"),
    ],
)
def test_columns_that_do_not_survive_the_redaction_are_named_when_parsed(
    change: dict[str, object], message: str
):
    train = TrainSpec.model_validate({**TRAIN.model_dump(), **change})

    with (
        pytest.raises(SpecError, match=message),
        DAG("lead_scoring_training", schedule=None, **NIGHTLY),
    ):
        training(**CHURN, policy=POLICY, train=train)


def test_a_scoring_names_the_training_that_drift_may_start():
    with DAG("lead_scoring", schedule=None, **NIGHTLY_SCORING) as dag:
        scoring(**CHURN, entity="customer_id", retrain="lead_scoring_training")
    with DAG("lead_watching", schedule=None, **NIGHTLY_SCORING) as watching:
        scoring(**CHURN, entity="customer_id")

    assert dag.get_task("drift").outlets == [RETRAIN]
    assert watching.get_task("drift").outlets == []


def test_limits_of_columns_that_nobody_knows_are_named_when_parsed(tmp_path: Path):
    limits = tmp_path / "drift.yaml"
    limits.write_text("ignore: [tenur]\n")

    with (
        pytest.raises(SpecError, match="drift limits speak of tenur,"),
        DAG("lead_scoring", schedule=None, **NIGHTLY_SCORING),
    ):
        scoring(**CHURN, entity="customer_id", drift=limits)


@pytest.mark.parametrize("file", ["expectations", "redaction", "policy"])
def test_a_typo_in_any_file_is_named_when_parsed(file: str, tmp_path: Path):
    path = tmp_path / "typo.yaml"
    path.write_text("colums: {}\n")

    with (
        pytest.raises(SpecError, match=r"typo\.yaml:1:1: .*colums"),
        DAG("lead_scoring_training", schedule=None, **NIGHTLY),
    ):
        training(**{**CHURN, "policy": POLICY, "train": TRAIN, file: path})


def test_a_night_is_the_day_before_its_run():
    assert nightly("0 2 * * *").run_offset == -1
