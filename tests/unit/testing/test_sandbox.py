"""A pipeline runs inside of a test: real operators, a store and a ledger of the test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from airlock.cli import main as cli
from airlock.config import connections
from airlock.config.settings import Settings
from airlock.core.errors import SettingsError
from airlock.testing import Sandbox, SandboxRun, made_up_rows
from airlock.testing.running import NoRecord
from tests.newcomers import bring

TRAINING, SCORING = "dags/flowers_training.py", "dags/flowers_scoring.py"
ASKS_AND_SHARES = """

from airflow.sdk import task

with DAG("flowers_by_hand", schedule=None, **NIGHTLY):

    @task
    def export() -> str:
        return "done"

    promote = training(
        model="flowers",
        source="flowers.csv",
        expectations=INCLUDE / "expectations/flowers.yaml",
        redaction=INCLUDE / "redaction/flowers.yaml",
        policy=INCLUDE / "policies/flowers.yaml",
        train=TrainSpec(
            model="include.models.flowers:FlowersModel", target="kind", entity="plant"
        ),
        redact_tasks=2,
    )
    export() >> promote.tasks.snapshot
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    assert cli.main(bring("flowers", root)) == 0
    policy = root / "include/policies/flowers.yaml"
    policy.write_text(policy.read_text().replace("required: never", "required: always"))
    dag = root / TRAINING
    dag.write_text(dag.read_text() + ASKS_AND_SHARES)
    return root


@pytest.fixture(scope="module")
def rows(project: Path) -> pd.DataFrame:
    return made_up_rows(project / "include/expectations/flowers.yaml", target="kind", rows=1_500)


@pytest.fixture(scope="module")
def sandbox(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return Sandbox(folder=tmp_path_factory.mktemp("box"), project=project)


@pytest.fixture(scope="module")
def unanswered(sandbox: Sandbox, rows: pd.DataFrame) -> SandboxRun:
    return sandbox.run(TRAINING, rows=rows, dag_id="flowers_training")


def test_a_run_leaves_the_record_of_every_stage_under_its_name(unanswered: SandboxRun):
    assert unanswered.snapshot.rows == 1_500
    assert unanswered.gate.outcome == "passed"
    assert unanswered.register.version == 1


def test_a_question_that_nobody_answers_waits_and_nothing_behind_it_runs(
    unanswered: SandboxRun, sandbox: Sandbox
):
    assert (unanswered.states["approve"], unanswered.states["promote"]) == (
        "awaiting_input",
        "waiting",
    )
    assert not unanswered.passed
    with pytest.raises(NoRecord, match="nobody answers"):
        _ = unanswered.promote


def test_who_says_no_ends_the_run_without_a_champion(
    unanswered: SandboxRun, sandbox: Sandbox, rows: pd.DataFrame
):
    refused = sandbox.run(
        TRAINING,
        rows=rows,
        dag_id="flowers_training",
        answers={"approve": ("bob", "reject", "the petals are too short")},
    )

    assert refused.states["promote"] == "skipped"
    assert refused.passed
    assert (refused.approve.by, refused.approve.approved) == ("bob", False)
    assert sandbox.champion("flowers") is None


def test_who_says_yes_makes_a_champion_that_scores_whoever_else_works_on_the_table(
    unanswered: SandboxRun, sandbox: Sandbox, rows: pd.DataFrame
):
    run = sandbox.run(TRAINING, rows=rows, dag_id="flowers_by_hand", answers={"approve": "alice"})
    scored = sandbox.run(SCORING, rows=rows.drop(columns="kind"), night="2026-01-06")

    assert run.passed, run.why
    assert run.values["export"] == "done"
    assert len(run.values["redact_share"]) == 2
    assert run.approve.by == "alice"
    champion = sandbox.champion("flowers")
    assert champion is not None
    assert scored.score.version == champion.version == 1
    assert set(sandbox.table(scored)["night"]) == {"2026-01-06"}


def test_a_red_task_is_a_result_and_says_why(sandbox: Sandbox, rows: pd.DataFrame):
    run = sandbox.run(SCORING, rows=rows.drop(columns="width"), night="2026-01-07")

    assert run.states["snapshot"] == "failed"
    assert run.states["score"] == "upstream_failed"
    with pytest.raises(NoRecord, match="width"):
        _ = run.score


def test_no_key_and_no_connection_of_the_project_is_in_reach_of_a_test(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE", "sqlite:////srv/warehouse.db")
    before = dict(os.environ)

    with sandbox.entered():
        settings = Settings.read()
        assert settings.keys == sandbox.folder / "keys"
        assert settings.store().uri.startswith(sandbox.folder.as_uri())
        with pytest.raises(SettingsError, match="sandbox has no connection warehouse"):
            connections.connection("warehouse")

    assert dict(os.environ) == before
    assert connections.connection("warehouse").host is not None


def test_two_sandboxes_sign_by_keys_of_their_own_and_split_alike(tmp_path: Path):
    keys = []
    for name in ("one", "two"):
        with Sandbox(folder=tmp_path / name).entered():
            settings = Settings.read()
            keys.append((settings.signer().key_id, settings.split_key().key_id))

    (signer, split), (other, same) = keys
    assert signer != other
    assert split == same


def test_pytest_loads_the_fixture_and_no_heavy_library():
    code = (
        "import sys, airlock.testing.pytest_plugin; print({'airflow', 'torch'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
