"""Airlock and somebody's extension, installed into an Airflow that never saw the checkout.

One Airflow with a home and a DAG folder elsewhere, in an environment made of the two wheels; the
project is what `airlock init` wrote, with the example's DAG beside its own.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from local.client import AirflowClient
from local.home import Home
from local.ports import addresses, free_port
from local.runs import DagRun
from local.services import started, wait_until_healthy
from tests.installed import (
    EXTENSION,
    airlock_wheel,
    build_wheel,
    foreign_environment,
    fresh_environment,
)

NIGHT = "2026-01-05"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Somebody's environment, and what they were given in it."""

    python: Path
    project: Path
    environment: Mapping[str, str]

    def run(self, *command: str) -> str:
        """The output of a module of theirs."""
        done = subprocess.run(
            [self.python, "-m", *command],
            cwd=self.project.parent,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    folder = tmp_path_factory.mktemp("somebody")
    wheels = [
        airlock_wheel(tmp_path_factory.mktemp("airlock")),
        build_wheel(
            EXTENSION, ("pyproject.toml", "leads_airlock"), tmp_path_factory.mktemp("extension")
        ),
    ]
    environment = foreign_environment() | {"AIRFLOW_HOME": str(folder / "airflow")}
    python = fresh_environment(folder / "venv", wheels)
    project = folder / "project"
    installed = Installation(python=python, project=project, environment=environment)
    installed.run("airlock.cli", "init", str(project))
    _extend(project)
    return Installation(python=python, project=project, environment=environment | _written(project))


@pytest.fixture(scope="module")
def client(installation: Installation) -> Iterator[AirflowClient]:
    """A person at their Airflow, which runs until the last test of this file."""
    home = Home(installation.project, installation.project.parent / "services")
    home.logs.mkdir(parents=True)
    home.passwords.write_text(json.dumps({"admin": "made for this test"}))
    installation.run("airflow", "db", "migrate")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **installation.environment,
        **addresses(url, port),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home.passwords),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.1",
        # A nightly DAG that is switched on would start last night's run beside the test's own.
        "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
    }
    person = AirflowClient(url, user="admin", password="made for this test")
    with (
        started(home, environment, python=str(installation.python)) as services,
        contextlib.closing(person),
    ):
        wait_until_healthy(person, services, timeout=400)
        yield person


@pytest.fixture(scope="module")
def trained(client: AirflowClient) -> DagRun:
    return _run(client, "leads_extended_training")


def test_nothing_of_the_checkout_is_on_the_path(installation: Installation):
    said = installation.run("airlock.cli", "--help")

    assert "init" in said
    where = subprocess.run(
        [installation.python, "-c", "import airlock, sys; print(airlock.__file__, sys.path)"],
        cwd=installation.project,
        env=dict(installation.environment),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert where.startswith(str(installation.python.parents[1]))
    assert str(Path(__file__).parents[2] / "plugins") not in where


def test_airflow_lists_the_provider(installation: Installation):
    assert "airflow-airlock" in installation.run("airflow", "providers", "list", "-o", "json")


USED = """
import sys
from types import SimpleNamespace
from airlock.config.notify import notify
from airlock.store import open_store
shelf = open_store(f"shelf://{sys.argv[1]}/shelf")
shelf.prove_create_once()
assert [shelf.create("a/b", b"one"), shelf.create("a/b", b"two")] == [True, False]
run = {"dag_run": SimpleNamespace(dag_id="leads")}
assert notify(run, subject="news of {{ var }}", message="all is well")
"""


def test_the_store_and_the_notifier_of_others_work(installation: Installation, tmp_path: Path):
    environment = {
        **installation.environment,
        "AIRFLOW__AIRLOCK__NOTIFIER": "bell",
        "AIRFLOW__AIRLOCK__NOTIFIER_KWARGS": json.dumps(
            {
                "file": str(tmp_path / "bell.jsonl"),
                "subject": "{subject}",
                "message": "{message}",
            }
        ),
    }

    done = subprocess.run(
        [installation.python, "-c", USED, str(tmp_path)],
        cwd=installation.project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "shelf/a/b").read_bytes() == b"one"
    rung = json.loads((tmp_path / "bell.jsonl").read_text())
    assert rung["message"].startswith("all is well")
    assert "{{ var }}" in rung["subject"]


@pytest.mark.timeout(900)
def test_a_run_through_the_stages_of_others_ends_as_a_champion(
    client: AirflowClient, installation: Installation, trained: DagRun
):
    states = {task.task_id: task.state for task in client.tasks(trained)}

    assert set(states.values()) == {"success"}, states
    assert "explain" in states
    history = installation.run("airlock.cli", "history", "leads_extended")
    assert "Version 1 is champion" in history


def test_the_tab_shows_the_run_with_the_stage_of_others(client: AirflowClient, trained: DagRun):
    tabs = {
        app["bundle_url"]
        for plugin in client.request("GET", "/plugins")["plugins"]
        if plugin["name"] == "airlock"
        for app in plugin["react_apps"]
    }
    page = _asked(client, f"/airlock/runs/{trained.dag_id}/{trained.run_id}")

    assert [_asked(client, f"/{bundle}").status_code for bundle in tabs] == [200]
    assert page.status_code == 200
    assert "Scores are moved most by" in page.text


@pytest.mark.timeout(900)
def test_the_champion_s_scores_reach_the_output_of_others(
    client: AirflowClient, installation: Installation, trained: DagRun
):
    scored = _run(client, "leads_extended_scoring")

    assert set(client.wait(scored).values()) == {"success"}
    [sent] = (installation.project / "var/sent").glob("*.jsonl")
    rows = [json.loads(line) for line in sent.read_text().splitlines()]
    assert len(rows) == 3_000
    assert {row["version"] for row in rows} == {1}


def _extend(project: Path) -> None:
    """The example's files beside the project's own, its archive, and the folder it sends to."""
    shutil.copytree(EXTENSION / "project", project, dirs_exist_ok=True)
    (project / "var/sent").mkdir()
    with zipfile.ZipFile(project / "include/data/leads.zip", "w") as archive:
        archive.write(project / "include/data/leads/leads.csv", "leads.csv")


def _written(project: Path) -> dict[str, str]:
    """What `airflow.env` says to a shell."""
    said = subprocess.run(
        ["sh", "-c", "set -a; . ./airflow.env; env -0"],
        cwd=project,
        env={},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    variables = dict(one.split("=", 1) for one in said.split("\0") if one)
    return {name: value for name, value in variables.items() if name not in {"PWD", "_", "SHLVL"}}


def _run(client: AirflowClient, dag_id: str) -> DagRun:
    client.unpause(dag_id, timeout=300)
    run = client.trigger(dag_id, night=NIGHT)
    client.wait(run)
    return run


def _asked(client: AirflowClient, path: str) -> httpx.Response:
    client.request("GET", "/dags", params={"limit": 1})
    return client._send("GET", path)
