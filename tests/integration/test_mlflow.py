"""The real MLflow: one run a key, an alias that follows the ledger, and no waiting for the dead."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from airlock.core.errors import (
    BrokenChain,
    ModelError,
    Preempted,
    RegistryUnavailable,
    SettingsError,
)
from airlock.ledger import Ledger
from airlock.registry import MlflowSettings, open_registry, open_run, point_alias, runs
from airlock.stages.reconcile.stage import reconcile
from airlock.store.folder import FolderStore
from tests.judged import NOW, ORIGIN
from tests.registered import client, crown

AWAY = MlflowSettings(tracking_uri="http://127.0.0.1:9")


# Runs


def test_a_key_has_one_run_however_many_attempts(settings: MlflowSettings, model: str):
    with open_run(settings, model=model, key="a", tags={"airlock.night": "2026-01-05"}) as first:
        first.log_params({"epochs": 3})
        first.log_metrics({"loss": 0.5}, step=1)
    with open_run(settings, model=model, key="a", tags={}) as again:
        again.log_params({"epochs": 3})
        again.log_metrics({"loss": 0.5}, step=1)
        again.log_metrics({"loss": 0.4}, step=2)
    with open_run(settings, model=model, key="b", tags={}) as other:
        pass

    assert (again.id, other.id != first.id) == (first.id, True)
    history = client(settings).get_metric_history(first.id, "loss")
    assert [(point.step, point.value) for point in history] == [(1, 0.5), (2, 0.4)]


def test_a_run_whose_work_fails_is_failed_and_the_error_is_the_works_own(
    settings: MlflowSettings, model: str
):
    with (
        pytest.raises(ModelError, match="diverged"),
        open_run(settings, model=model, key="a", tags={}) as opened,
    ):
        raise ModelError("The loss diverged.", do="Lower the rate.")

    assert client(settings).get_run(opened.id).info.status == "FAILED"


def test_a_run_whose_machine_is_taken_away_says_so_and_goes_on(
    settings: MlflowSettings, model: str
):
    with pytest.raises(Preempted), open_run(settings, model=model, key="a", tags={}) as first:
        raise Preempted("The machine is taken away.", do="Nothing.")
    between = client(settings).get_run(first.id).info.status
    with open_run(settings, model=model, key="a", tags={}) as again:
        meanwhile = client(settings).get_run(again.id).info.status

    assert again.id == first.id
    assert (between, meanwhile) == ("KILLED", "RUNNING")
    assert client(settings).get_run(first.id).info.status == "FINISHED"


def test_files_are_logged_below_the_configured_place(
    settings: MlflowSettings, model: str, tmp_path: Path
):
    (tmp_path / "epochs.json").write_text("[]")

    with open_run(settings, model=model, key="a", tags={}) as opened:
        opened.log_folder(tmp_path, "report")

    where = client(settings).get_run(opened.id).info.artifact_uri
    assert where.startswith(f"{settings.artifacts}/{model}/")
    assert (Path(where) / "report/epochs.json").exists()


def test_a_dataset_is_named_once_however_many_attempts(settings: MlflowSettings, model: str):
    for _ in range(2):
        with open_run(settings, model=model, key="a", tags={}) as opened:
            opened.log_dataset(
                "churn", "d" * 64, columns=[("fee", "number")], rows=7, context="train"
            )

    [one] = client(settings).get_run(opened.id).inputs.dataset_inputs
    assert (one.dataset.name, one.tags[0].value) == ("churn", "train")
    # MLflow keeps the beginning of a digest; the source has all of it.
    assert (one.dataset.digest, one.dataset.source) == ("d" * 36, f'{{"sha256": "{"d" * 64}"}}')


def test_many_steps_are_written_and_again_is_no_change(settings: MlflowSettings, model: str):
    points = [(step, 1 / step) for step in range(1, 1502)]

    for _ in range(2):
        with open_run(settings, model=model, key="a", tags={}) as opened:
            opened.log_steps("loss", points)

    history = client(settings).get_metric_history(opened.id, "loss")
    assert [(point.step, point.value) for point in history] == points


@pytest.mark.parametrize(
    ("price", "cost"), [pytest.param(2.5, 5.0, id="a price"), pytest.param(None, None, id="none")]
)
def test_a_cost_needs_a_price(
    settings: MlflowSettings, model: str, price: float | None, cost: float | None
):
    with open_run(settings, model=model, key="a", tags={}) as opened:
        opened.log_cost(3600, devices=2, price=price)

    found = client(settings).get_run(opened.id).data.metrics
    assert found["device_seconds"] == 7200
    assert found.get("cost") == cost


def test_the_machine_is_watched_while_a_run_is_open(
    settings: MlflowSettings, model: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runs, "_SAMPLED", 0.1)
    system: dict[str, float] = {}

    with open_run(settings, model=model, key="a", tags={}) as opened:
        began = time.monotonic()
        while not system and time.monotonic() - began < 60:
            time.sleep(0.2)
            found = client(settings).get_run(opened.id).data.metrics
            system = {name: x for name, x in found.items() if name.startswith("system/")}

    assert "system/cpu_utilization_percentage" in system
    assert not [one for one in threading.enumerate() if one.name == "SystemMetricsMonitor"]


def test_a_deleted_experiment_is_named(settings: MlflowSettings, model: str):
    with open_run(settings, model=model, key="a", tags={}):
        pass
    experiment = client(settings).get_experiment_by_name(model)
    client(settings).delete_experiment(experiment.experiment_id)

    with (
        pytest.raises(SettingsError, match=f"experiment {model} was deleted"),
        open_run(settings, model=model, key="b", tags={}),
    ):
        pass


# The alias


def test_the_alias_follows_the_ledger(settings: MlflowSettings, model: str, ledger: Ledger):
    hand = client(settings)
    hand.create_registered_model(model)
    hand.create_model_version(model, source="file:///nowhere")
    crown(ledger, 1)

    assert point_alias(ledger, settings)

    with open_registry(settings) as registry:
        assert registry.champion(model) == 1


def test_a_model_that_mlflow_does_not_know_has_no_alias(settings: MlflowSettings):
    with open_registry(settings) as registry:
        assert registry.champion("nobody") is None
        assert registry.version("nobody", 1) is None


def test_an_alias_moved_by_hand_is_put_right_and_is_an_incident(
    settings: MlflowSettings, model: str, ledger: Ledger
):
    hand = client(settings)
    hand.create_registered_model(model)
    for _ in range(2):
        hand.create_model_version(model, source="file:///nowhere")
    hand.set_registered_model_alias(model, "champion", "1")
    crown(ledger, 2)
    later = NOW + timedelta(hours=1)

    seen = [
        reconcile([ledger], origin=replace(ORIGIN, run_id=str(n)), mlflow=settings, now=later)
        for n in range(2)
    ]

    assert [one.repaired for one in seen] == [(model,), ()]
    [incident] = [entry for entry in ledger.entries() if entry.kind == "incident"]
    assert "at version 1 instead of at version 2" in incident.body["what"]
    assert hand.get_registered_model(model).aliases == {"champion": 2}


def test_an_alias_of_a_model_that_was_never_promoted_is_taken_away(
    settings: MlflowSettings, model: str, ledger: Ledger
):
    hand = client(settings)
    hand.create_registered_model(model)
    hand.create_model_version(model, source="file:///nowhere")
    hand.set_registered_model_alias(model, "champion", "1")
    ledger.append("incident", {"what": "It began."}, id="first", at=NOW)

    seen = [
        reconcile([ledger], origin=replace(ORIGIN, run_id=str(n)), mlflow=settings, now=NOW)
        for n in range(2)
    ]

    assert [one.repaired for one in seen] == [(model,), ()]
    assert "the ledger names no champion" in ledger.entries()[-1].body["what"]
    assert hand.get_registered_model(model).aliases == {}


def test_two_trainings_of_one_model_are_named_as_long_as_both_came_lately(
    settings: MlflowSettings, model: str, ledger: Ledger
):
    for name in ("one", "other"):
        run = {"run": {"dag_id": name, "run_id": "r"}, "results": {}, "night": None}
        ledger.append("run", run, id=f"run/{name}/r/0", at=NOW)

    now, later = (
        reconcile([ledger], origin=ORIGIN, mlflow=settings, now=NOW + timedelta(days=days))
        for days in (1, 8)
    )

    (told,) = now.shared
    assert f"one and other both did the training of {model} in the last 7 days" in told
    assert told in now.facts()
    assert later.shared == ()


def test_a_promotion_of_this_moment_is_no_incident(
    settings: MlflowSettings, model: str, ledger: Ledger
):
    hand = client(settings)
    hand.create_registered_model(model)
    hand.create_model_version(model, source="file:///nowhere")
    crown(ledger, 1)

    reconcile([ledger], origin=ORIGIN, mlflow=settings, now=NOW + timedelta(seconds=5))

    assert [entry.kind for entry in ledger.entries()] == ["promoted"]
    assert hand.get_registered_model(model).aliases == {"champion": 1}


def test_the_end_of_every_ledger_is_noted_in_the_second_place_and_a_rewritten_one_is_found(
    settings: MlflowSettings, model: str, ledger: Ledger, tmp_path: Path
):
    second = FolderStore(tmp_path / "second")
    client(settings).create_registered_model(model)
    client(settings).create_model_version(model, source="file:///nowhere")
    crown(ledger, 1)
    known = {"origin": ORIGIN, "mlflow": settings, "now": NOW, "second": second}

    for _ in range(2):
        reconcile([ledger], **known)
    [noted] = second.list("")
    second.put(noted.key, second.get(noted.key).replace(b'"head":"', b'"head":"0'))

    assert noted.key == f"checkpoints/{model}/00000001.json"
    with pytest.raises(BrokenChain, match="was rewritten"):
        reconcile([ledger], **known)


def test_a_version_says_what_became_of_it(settings: MlflowSettings, model: str, ledger: Ledger):
    hand = client(settings)
    hand.create_registered_model(model)
    for _ in range(2):
        hand.create_model_version(model, source="file:///nowhere")
    said = {"evidence": {"policy": "p" * 64}}
    decided = ledger.append("decided", said, id="d", at=NOW)
    crown(ledger, 1)
    crown(ledger, 2, decided=decided.sequence)

    point_alias(ledger, settings)

    def tags(version: int) -> dict[str, str]:
        return dict(hand.get_model_version(model, str(version)).tags)

    assert tags(1) == {"airlock.verdict": "replaced", "airlock.sequence": "3"}
    assert tags(2) == {
        "airlock.verdict": "champion",
        "airlock.sequence": "3",
        "airlock.policy": "p" * 64,
    }
    hand.set_model_version_tag(model, "2", "airlock.verdict", "rejected")
    reconcile([ledger], origin=ORIGIN, mlflow=settings, now=NOW)
    assert tags(2)["airlock.verdict"] == "champion"
    champion = ledger.entries()[1].body["champion"]
    body = {"champion": champion, "from_bundle": "bundle 2", "from_version": 2}
    ledger.append("rolled_back", body, id="r", at=NOW)
    point_alias(ledger, settings)
    assert (tags(1)["airlock.verdict"], tags(2)["airlock.verdict"]) == ("champion", "rolled back")


# MLflow away


def test_a_dead_server_is_noticed_in_seconds_and_nothing_global_is_left(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    away = replace(AWAY, username="airlock", password="secret")
    before = dict(os.environ)
    began = time.monotonic()

    with (
        pytest.raises(RegistryUnavailable, match="does not answer") as caught,
        open_run(away, model="churn", key="a", tags={}),
    ):
        pass

    assert time.monotonic() - began < 15
    assert caught.value.retry_can_help
    assert "secret" not in str(caught.value)
    assert dict(os.environ) == before


def test_a_database_that_is_away_is_noticed_in_seconds_without_its_password():
    away = MlflowSettings(tracking_uri="postgresql+psycopg2://airlock:secret@127.0.0.1:9/mlflow")
    began = time.monotonic()

    with pytest.raises(RegistryUnavailable, match=r"127\.0\.0\.1:9") as caught, open_registry(away):
        pass

    assert time.monotonic() - began < 15
    assert "secret" not in str(caught.value)


def test_what_mlflow_opens_itself_is_not_waited_for_without_end(
    settings: MlflowSettings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    with open_registry(settings):
        told = boto3.client("s3", region_name="eu-central-1").meta.config
        database = os.environ["PGCONNECT_TIMEOUT"], os.environ["PGOPTIONS"]

    assert (told.connect_timeout, told.read_timeout) == (5, 25)
    assert database == ("10", "-c lock_timeout=20s -c statement_timeout=60s")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    nowhere = MlflowSettings(tracking_uri=f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}")

    with pytest.raises(SettingsError, match=r"cannot be opened: .*file"), open_registry(nowhere):
        pass


def _open(uri: str) -> bool:
    with open_registry(MlflowSettings(tracking_uri=uri)) as registry:
        return registry.champion("nobody") is None


def test_two_processes_may_be_the_first_to_open_a_database(tmp_path: Path):
    uri = f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}"

    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(_open, [uri, uri], chunksize=1) == [True, True]
