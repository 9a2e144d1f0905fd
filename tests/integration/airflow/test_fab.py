"""Approvals and the tab where the FAB auth manager keeps the accounts: it numbers them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from local.home import Home
from local.prepare import prepare
from local.services import Airflow
from tests.answering import (
    STOPPED,
    answers,
    only_number_two_may_answer_for_op,
    states,
    waiting,
)
from tests.integration.airflow.conftest import ROOT, started

pytest.importorskip("airflow.providers.fab", reason="apache-airflow-providers-fab is not installed")

pytestmark = pytest.mark.soak

FAB = "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager"
# In the order in which they are made: the first is number 1.
ROLES = {"admin": "Admin", "op": "Op", "user": "User", "viewer": "Public"}


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """Its database has FAB's tables and accounts, with the usual passwords."""
    folder = tmp_path_factory.mktemp("fab")
    home = Home(ROOT, folder / "var")
    prepare(home)
    passwords = json.loads(home.passwords.read_text())
    make = ("users", "create", "--firstname", "x", "--lastname", "y")
    for command in (
        ("db", "migrate"),
        *(
            (*make, "-u", name, "-p", passwords[name], "-e", f"{name}@example.org", "-r", role)
            for name, role in ROLES.items()
        ),
    ):
        subprocess.run(
            [sys.executable, "-m", "airflow", *command],
            env=home.environment() | {"AIRFLOW__CORE__AUTH_MANAGER": FAB},
            check=True,
            capture_output=True,
        )
    env = {
        "AIRFLOW__CORE__AUTH_MANAGER": FAB,
        "AIRFLOW__AIRLOCK__ACCOUNTS": json.dumps({"admin": "1", "op": "2"}),
    }
    with started(folder, **env) as running:
        yield running


def test_only_the_account_of_the_settings_may_answer_for_a_name(airflow: Airflow):
    only_number_two_may_answer_for_op(airflow)


def test_who_triggered_the_run_may_not_approve_it(airflow: Airflow):
    run = waiting(airflow)

    airflow.client.answer(run, "approve", ["Approve"], {"reason": "my own idea"})

    assert states(airflow, run) == STOPPED
    assert answers(airflow, run)[0].body["approved"] is False


@pytest.mark.parametrize(("who", "answer"), [(None, 401), ("viewer", 403), ("op", 200)])
def test_the_tab_answers_whoever_may_see_the_dag(airflow: Airflow, who: str | None, answer: int):
    run = waiting(airflow)
    passwords = json.loads(airflow.home.passwords.read_text())
    with httpx.Client(base_url=airflow.url, trust_env=False) as http:
        if who is not None:
            signed = http.post("/auth/token", json={"username": who, "password": passwords[who]})
            http.headers["authorization"] = f"Bearer {signed.json()['access_token']}"

        assert http.get(f"/airlock/runs/{run.dag_id}/{run.run_id}").status_code == answer
