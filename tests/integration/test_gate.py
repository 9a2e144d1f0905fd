"""The gate's task as it runs: inputs by receipt, the sidecar verified, the card in MLflow."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock.content import sha256
from airlock.errors import Unverified
from airlock.ledger import Ledger
from airlock.registry import MlflowSettings
from airlock.stages import publication
from airlock.stages.attempt import Attempt
from airlock.stages.evaluate.record import SPEED
from airlock.stages.gate.operator import GateOperator
from airlock.stages.gate.record import Decision
from airlock.stages.gate.stage import Case
from airlock.stages.record import File, Receipt
from airlock.store import Store, Zone, open_store
from tests.judged import NOW, ORIGIN, case, policy
from tests.registered import client, ledger_below, sqlite_below
from tests.trained import _database

RULES = policy(
    limits={"latency_ms_per_1000": 5, "cost": 2},
    holdout={"max_age_nights": 1},
    card={"owner": "Retention team", "intended_use": "Whom to call."},
)


class Deployment:
    """What a deployment's settings give, in one folder."""

    def __init__(self, folder: Path, mlflow: MlflowSettings) -> None:
        self.device_hour_price: float | None = 3.0
        self._folder = folder
        self._mlflow = mlflow

    def store(self, zone: Zone = "store") -> Store:
        return open_store(str(self._folder / zone))

    def ledger(self, model: str, *, to_write: bool = False) -> Ledger:
        return ledger_below(self._folder, model)

    def mlflow(self) -> MlflowSettings:
        return self._mlflow


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    shutil.copy(_database(), tmp_path / "mlflow.db")
    return Deployment(tmp_path, sqlite_below(tmp_path))


def with_speed(one: Case, store: Store, ms: float) -> Case:
    """The case whose evaluation lies beside its sidecar."""
    data = json.dumps({"rows": 1000, "runs": 7, "ms_per_1000": ms}).encode()
    folder = one.evaluation.result.report
    file = File(path=SPEED, sha256=sha256(data), bytes=len(data))
    store.create(f"{folder.prefix}/{SPEED}", data)
    made = replace(one.evaluation.result, report=replace(folder, files=(file,)))
    name = sha256(made.stored())
    return replace(one, evaluation=replace(one.evaluation, result=made, sha256=name))


def published(one: Case, store: Store) -> Case:
    """The results where tasks look for them, with the receipts of this run."""
    for part in one.results.values():
        store.create(part.address, part.result.stored())
        publication.give_receipt(
            store,
            Receipt(
                stage=part.result.stage,
                dag_id=ORIGIN.dag_id,
                run_id=ORIGIN.run_id,
                task_id=part.result.stage,
                try_number=1,
                night="2026-01-05",
                address=part.address,
                sha256=part.sha256,
                reused=False,
                seconds=1200.0,
                at=NOW,
            ),
        )
    return one


def judged(one: Case, deployment: Any, scratch: Path) -> tuple[Decision, Path]:
    scratch.mkdir()
    addresses = {name: part.address for name, part in one.results.items()}
    operator = GateOperator(task_id="gate", model="churn", policy=RULES, **addresses)
    attempt = Attempt(
        origin=ORIGIN,
        night="2026-01-05",
        params={},
        overrides=(),
        triggered_by=None,
        now=NOW,
        settings=deployment,
        scratch=scratch,
    )
    return operator.run_stage(attempt), attempt.report


def version_in(settings: MlflowSettings) -> str:
    """A run and version 1 of the model in MLflow; the run's id."""
    mlflow = client(settings)
    run = mlflow.create_run(mlflow.create_experiment("churn", settings.artifacts))
    mlflow.create_registered_model("churn")
    mlflow.create_model_version("churn", "file:///nowhere", run.info.run_id)
    return str(run.info.run_id)


def registered_in(one: Case, run_id: str) -> Case:
    record = replace(one.registration.record, mlflow_run=run_id)
    made = replace(one.registration.result, record=record.to_json())
    address = f"stages/register/{made.content}/0000.json"
    name = sha256(made.stored())
    found = replace(one.registration, record=record, result=made, sha256=name, address=address)
    return replace(one, registration=found)


def test_the_gate_judges_speed_cost_and_age_and_gives_mlflow_the_card(
    deployment: Deployment, tmp_path: Path
):
    run_id = version_in(deployment.mlflow())
    store = deployment.store()
    one = published(with_speed(registered_in(case(), run_id), store, ms=4.0), store)

    decision, report = judged(one, deployment, tmp_path / "scratch")

    figures = {ruling.rule: ruling.value for ruling in decision.rulings}
    assert decision.outcome == "passed"
    assert figures["limits: latency"] == 4.0
    assert figures["limits: cost"] == pytest.approx(1200 / 3600 * 3)
    assert figures["holdout age"] == 1
    card = (report / "card.md").read_text()
    assert "Retention team" in card
    assert f"Ledger entry {decision.sequence} holds the decision." in card
    mlflow = client(deployment.mlflow())
    assert "Whom to call." in mlflow.get_model_version("churn", "1").description
    files = {file.path for file in mlflow.list_artifacts(run_id, "model_card")}
    assert files == {"model_card/card.html", "model_card/card.md"}


def test_a_sidecar_that_was_made_faster_is_refused(deployment: Deployment, tmp_path: Path):
    store = deployment.store()
    one = published(with_speed(case(), store, ms=400.0), store)
    folder = tmp_path / "store" / one.evaluation.result.report.prefix
    path = folder / SPEED
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"400.0", b"  4.0"))

    with pytest.raises(Unverified, match="was altered after it was published"):
        judged(one, deployment, tmp_path / "scratch")


def test_an_evaluation_record_that_was_made_better_is_refused(
    deployment: Deployment, tmp_path: Path
):
    store = deployment.store()
    one = published(with_speed(case(), store, ms=4.0), store)
    path = tmp_path / "store" / one.evaluation.address
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"0.8", b"0.9"))

    with pytest.raises(Unverified, match="is not what was recorded"):
        judged(one, deployment, tmp_path / "scratch")


def test_without_mlflow_the_decision_stands_and_the_card_lies_beside_it(
    deployment: Deployment, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    nowhere = replace(deployment.mlflow(), tracking_uri="http://127.0.0.1:9")
    away = Deployment(tmp_path, nowhere)
    one = published(with_speed(case(), away.store(), ms=4.0), away.store())

    decision, report = judged(one, away, tmp_path / "scratch")

    assert decision.outcome == "passed"
    assert (report / "card.html").is_file()
    assert "The model card is not in MLflow yet" in caplog.text


def test_without_a_price_a_limit_on_cost_cannot_tell(deployment: Deployment, tmp_path: Path):
    deployment.device_hour_price = None
    store = deployment.store()
    one = published(with_speed(case(), store, ms=4.0), store)

    decision, _ = judged(one, deployment, tmp_path / "scratch")

    assert decision.reasons == ("The cost of the training was not measured.",)
