"""The gate's task as it runs: inputs by receipt, the sidecar verified, the card in MLflow."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from airlock.catalogs import cards
from airlock.core.content import sha256
from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.engine.attempt import Attempt
from airlock.engine.record import File, Folder, Input, Receipt, Result
from airlock.engine.seals import give_sealed
from airlock.ledger import Ledger
from airlock.registry import MlflowSettings
from airlock.stages.evaluate.record import SPEED
from airlock.stages.gate.case import Case
from airlock.stages.gate.operator import GateOperator
from airlock.stages.gate.record import Decision
from airlock.stages.reconcile.operator import ReconcileOperator
from airlock.stages.reconcile.record import Reconciliation
from airlock.stages.train.record import RAN
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

    sealed = True
    sinks = ()

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

    def checkpoints(self) -> None:
        return None


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    shutil.copy(_database(), tmp_path / "mlflow.db")
    return Deployment(tmp_path, sqlite_below(tmp_path))


def measured(one: Case, store: Store, ms: float, *, seconds: float = 1200.0) -> Case:
    """The case whose evaluation and training lie beside their sidecars."""
    speed = {"rows": 1000, "runs": 7, "ms_per_1000": ms}
    return replace(
        one,
        evaluation=_beside(one.evaluation, SPEED, speed, store),
        training=_beside(one.training, RAN, {"seconds": seconds}, store),
    )


def _beside(part: Input[Any], name: str, facts: dict[str, Any], store: Store) -> Input[Any]:
    data = json.dumps(facts).encode()
    folder = part.result.report
    file = File(path=name, sha256=sha256(data), bytes=len(data))
    store.create(f"{folder.prefix}/{name}", data)
    made = replace(part.result, report=replace(folder, files=(file,)))
    return replace(part, result=made, sha256=sha256(made.stored()))


def published(one: Case, store: Store) -> Case:
    """The results where tasks look for them, with the receipts of this run."""
    for part in one.results.values():
        store.create(part.address, part.result.stored())
        give_sealed(
            store,
            ledger_below(Path(store.uri.removeprefix("file://")).parent, "churn").key(),
            publication.load(store, part.address),
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


def an_attempt(deployment: Any, scratch: Path) -> Attempt:
    scratch.mkdir()
    return Attempt(
        origin=ORIGIN,
        night="2026-01-05",
        params={},
        overrides=(),
        triggered_by=None,
        now=NOW,
        settings=deployment,
        scratch=scratch,
    )


def judged(one: Case, deployment: Any, scratch: Path) -> tuple[Decision, Path]:
    addresses = {name: part.address for name, part in one.results.items()}
    operator = GateOperator(task_id="gate", model="churn", policy=RULES, **addresses)
    attempt = an_attempt(deployment, scratch)
    decision = operator.run_stage(attempt)
    report = publication.upload(
        attempt.report, stage="gate", part="report", zone="store", stores=attempt.stores
    )
    made = Result(
        stage="gate",
        version=1,
        inputs={},
        record=decision.to_json(),
        data=Folder(zone="store", prefix="attempts/gate/1/data"),
        report=report,
        made_by=ORIGIN,
    )
    published = publication.publish(attempt.stores, decision.claim, made, scratch)
    operator.announce(attempt, decision, published)
    return decision, attempt.report


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
    one = measured(registered_in(case(devices=2), run_id), store, ms=4.0, seconds=600)

    decision, report = judged(published(one, store), deployment, tmp_path / "scratch")

    figures = {ruling.rule: ruling.value for ruling in decision.rulings}
    assert decision.outcome == "passed"
    assert figures["limits: latency"] == 4.0
    assert figures["limits: cost"] == pytest.approx(2 * 600 / 3600 * 3)
    assert figures["holdout age"] == 1
    card = (report / "card.md").read_text()
    assert "Retention team" in card
    assert f"Ledger entry {decision.sequence} holds the decision." in card
    mlflow = client(deployment.mlflow())
    assert "Whom to call." in mlflow.get_model_version("churn", "1").description
    files = {file.path for file in mlflow.list_artifacts(run_id, "model_card")}
    assert files == {"model_card/card.html", "model_card/card.md"}
    assert list(cards.pending(store, "churn")) == []


def test_a_sidecar_that_was_made_faster_is_refused(deployment: Deployment, tmp_path: Path):
    store = deployment.store()
    one = published(measured(case(), store, ms=400.0), store)
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
    one = published(measured(case(), store, ms=4.0), store)
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
    one = published(measured(case(), away.store(), ms=4.0), away.store())

    decision, report = judged(one, away, tmp_path / "scratch")

    assert decision.outcome == "passed"
    assert (report / "card.html").is_file()
    assert "The model card is not in MLflow yet" in caplog.text


def reconciled(deployment: Deployment, scratch: Path) -> Reconciliation:
    operator = ReconcileOperator(task_id="reconcile")
    return operator._reconcile({}, an_attempt(deployment, scratch))  # type: ignore[typeddict-item]  # tells nobody


def test_a_card_that_mlflow_missed_is_added_once_when_it_is_back(
    deployment: Deployment, tmp_path: Path
):
    run_id, store = version_in(deployment.mlflow()), deployment.store()
    nowhere = replace(deployment.mlflow(), tracking_uri="http://127.0.0.1:9")
    one = published(measured(registered_in(case(), run_id), store, ms=4.0), store)
    judged(one, Deployment(tmp_path, nowhere), tmp_path / "gate")
    mlflow = client(deployment.mlflow())
    assert not mlflow.get_model_version("churn", "1").description

    seen = [reconciled(deployment, tmp_path / f"look {number}") for number in range(2)]

    assert "Whom to call." in mlflow.get_model_version("churn", "1").description
    files = {file.path for file in mlflow.list_artifacts(run_id, "model_card")}
    assert files == {"model_card/card.html", "model_card/card.md"}
    assert [(look.described, look.eventful) for look in seen] == [(1, True), (0, False)]


def test_the_card_of_an_earlier_decision_does_not_replace_a_later_one(
    deployment: Deployment, tmp_path: Path
):
    run_id, store = version_in(deployment.mlflow()), deployment.store()
    nowhere = replace(deployment.mlflow(), tracking_uri="http://127.0.0.1:9")
    one = published(measured(registered_in(case(), run_id), store, ms=4.0), store)
    judged(one, Deployment(tmp_path, nowhere), tmp_path / "first")
    [owed] = cards.pending(store, "churn")
    other = case(holdout=1_900)
    other = published(measured(registered_in(other, run_id), store, ms=4.0), store)
    later, _ = judged(other, deployment, tmp_path / "second")
    assert later.sequence > owed.sequence

    reconciled(deployment, tmp_path / "look")

    description = client(deployment.mlflow()).get_model_version("churn", "1").description
    assert f"Ledger entry {later.sequence} holds the decision." in description
    assert list(cards.pending(store, "churn")) == []


def test_a_card_that_was_altered_is_not_shown(deployment: Deployment, tmp_path: Path):
    run_id, store = version_in(deployment.mlflow()), deployment.store()
    nowhere = replace(deployment.mlflow(), tracking_uri="http://127.0.0.1:9")
    one = published(measured(registered_in(case(), run_id), store, ms=4.0), store)
    judged(one, Deployment(tmp_path, nowhere), tmp_path / "gate")
    [card] = [stat.key for stat in store.list("attempts/gate/") if stat.key.endswith("card.md")]
    store.put(card, b"The best model there is.")

    with pytest.raises(Unverified, match="was altered after it was published"):
        reconciled(deployment, tmp_path / "look")

    assert not client(deployment.mlflow()).get_model_version("churn", "1").description


def test_without_a_price_a_limit_on_cost_cannot_tell(deployment: Deployment, tmp_path: Path):
    deployment.device_hour_price = None
    store = deployment.store()
    one = published(measured(case(), store, ms=4.0), store)

    decision, _ = judged(one, deployment, tmp_path / "scratch")

    assert decision.reasons == ("The cost of the training was not measured.",)
