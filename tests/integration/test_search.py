"""A search inside of a training: rungs, trials, one winner; nothing of it is trained twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlflow import MlflowClient

from airlock.cli import main as cli
from airlock.testing import Sandbox, SandboxRun
from tests.newcomers import bring

TRAINING = "dags/subscribers_training.py"
SEARCH = """search={
            "trials": 4,
            "budget": "20 minutes",
            "space": {
                "learning_rate": {"low": 0.05, "high": 0.3, "log": True},
                "num_leaves": {"low": 3, "high": 15},
                "max_epochs": {"values": [20, 30]},
            },
        },
        kind="lightgbm","""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    assert cli.main([*bring("subscribers", root), "--kind", "lightgbm"]) == 0
    dag = root / TRAINING
    dag.write_text(dag.read_text().replace('kind="lightgbm",', SEARCH))
    assert cli.main(["check", "subscribers", "--project", str(root)]) == 0
    return root


@pytest.fixture(scope="module")
def rows(project: Path) -> Path:
    return project / "var/data/subscribers.csv"


@pytest.fixture(scope="module")
def sandbox(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return Sandbox(folder=tmp_path_factory.mktemp("box"), project=project)


@pytest.fixture(scope="module")
def first(sandbox: Sandbox, rows: Path) -> SandboxRun:
    return sandbox.run(TRAINING, rows=rows)


@pytest.fixture(scope="module")
def again(sandbox: Sandbox, rows: Path, first: SandboxRun) -> SandboxRun:
    """All tasks once more, as after a clear: nothing has changed."""
    return sandbox.run(TRAINING, rows=rows)


def trained(sandbox: Sandbox) -> dict[str, str]:
    """Every training of the store, and which task made it."""
    found = {}
    for path in (sandbox.folder / "store/stages/train").rglob("*.json"):
        found[str(path)] = path.read_text()
    return found


def test_the_winner_of_the_trials_is_trained_evaluated_and_judged(
    first: SandboxRun, sandbox: Sandbox
):
    searched = first.search
    final = {one.number: one.score for one in searched.final}

    assert first.gate.outcome == "passed", first.why
    assert (searched.tried, searched.failed) == (4, 0)
    # The best two of four by the validation fold, and the TrainSpec as it stands.
    assert 0 in final
    assert len(final) == 3
    assert searched.winner == max(final, key=lambda number: final[number])
    assert first.train.training["hyperparameters"] == {
        name: value for name, value in searched.settings.items() if name != "max_epochs"
    }
    # Of 1,019 rows no part is taken: so each setting was trained once, and the winner as a trial.
    assert len(trained(sandbox)) == 4


def test_number_and_spread_of_trials_stand_in_record_page_and_card(
    first: SandboxRun, sandbox: Sandbox
):
    summary = first.evaluate.search

    assert (summary.tried, summary.metric) == (4, "auroc")
    assert summary.worst <= summary.median <= summary.best
    pages = [path.read_text() for path in sandbox.folder.rglob("attempts/evaluate/*/report/*.html")]
    cards = [path.read_text() for path in sandbox.folder.rglob("attempts/gate/*/report/card.html")]
    for page in (*pages, *cards):
        assert "How its settings were chosen" in page
        assert f"{summary.worst:.4f} to {summary.best:.4f}" in page
    drawn = next(sandbox.folder.rglob("attempts/search/*/report/index.html")).read_text()
    assert "Trials of the first level" in drawn
    assert pages
    assert cards


def test_one_run_of_mlflow_stands_above_those_of_all_trials(first: SandboxRun, sandbox: Sandbox):
    client = MlflowClient(f"sqlite:///{sandbox.folder / 'mlflow/mlflow.db'}")
    runs = client.search_runs([one.experiment_id for one in client.search_experiments()])
    above = {run.data.tags.get("mlflow.parentRunId") for run in runs}
    parents = [run for run in runs if "airlock.search" in run.data.tags]

    assert above == {None, parents[0].info.run_id}
    assert len(parents) == 1
    assert parents[0].data.params["trials"] == "4"
    assert len(runs) == 5


def test_of_a_cleared_search_nothing_is_trained_again(
    first: SandboxRun, again: SandboxRun, sandbox: Sandbox
):
    assert again.search == first.search
    assert again.values["train"] == first.values["train"]
    assert len(trained(sandbox)) == 4
