"""`airlock rollback` against the real Airflow: in a person's name, with MLflow away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from airlock import signing
from airlock.bundle import manifest
from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.engine.record import File, Result
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.stages.score.record import Scoring
from airlock.store import open_store
from local.keys import secret
from local.services import Airflow
from tests.integration.airflow.conftest import ROOT, mlflow_of
from tests.judged import NOW, case, result
from tests.registered import client


@pytest.fixture
def mlflow_is_away(airflow: Airflow) -> Iterator[None]:
    """Let the connection lead to where nobody listens."""
    path = "/connections/airlock_mlflow"
    before = airflow.client.request("GET", path)
    away = {"extra": json.dumps({"uri": "http://127.0.0.1:9"})}
    for now in (away, {"extra": before["extra"]}):
        body = {"connection_id": "airlock_mlflow", "conn_type": "generic", **now}
        airflow.client.request("PATCH", path, json=body)
        if now is away:
            yield


def token(airflow: Airflow, user: str) -> str:
    password = json.loads(airflow.home.passwords.read_text())[user]
    body = {"username": user, "password": password}
    answer = httpx.post(f"{airflow.url}/auth/token", json=body, trust_env=False, timeout=30)
    return str(answer.raise_for_status().json()["access_token"])


def roll_back(airflow: Airflow, *arguments: str, user: str = "op") -> Any:
    return subprocess.run(
        [sys.executable, "-m", "airlock.cli", "rollback", *arguments, "--url", airflow.url],
        env=os.environ
        | {"AIRLOCK_TOKEN": token(airflow, user), "PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )


def ledger_of(airflow: Airflow, model: str) -> Ledger:
    home = airflow.home
    signer = Signer.from_seed(secret(home, "airlock_signing"))
    trusted = TrustedKeys(json.loads(home.trusted_keys.read_text()))
    return Ledger(open_store(str(home.var / "store")), model, trusted=trusted, signer=signer)


def two_champions(airflow: Airflow, model: str, scratch: Path) -> Ledger:
    """Two promotions whose bundles really lie in the store; the second one scored a night."""
    ledger = ledger_of(airflow, model)
    hand = client(mlflow_of(airflow))
    hand.create_registered_model(model)
    stores: Stores = {"store": ledger.store, "raw": ledger.store}
    for version in (1, 2):
        hand.create_model_version(model, source="file:///nowhere")
        bundle = scratch / f"{model}-{version}"
        bundle.mkdir()
        (bundle / "weights.safetensors").write_bytes(f"{model} {version}".encode())
        manifest.seal(bundle)
        data = publication.upload(bundle, stage="train", part="data", zone="store", stores=stores)
        made: Result = case(bundle=f"{model} {version}").training.result
        fields = {name: getattr(made, name) for name in made.__dataclass_fields__}
        training = publication.publish(
            stores, f"{model}{version}", Result(**fields | {"data": data}), scratch
        )
        champion = {
            "version": version,
            "bundle": data.digest,
            "training": training.address,
            "training_sha256": training.sha256,
            "validation": "x",
            "validation_sha256": "x",
            "split": "s",
            "night": None,
        }
        files = {file.path: file.sha256 for file in data.files}
        signing.sign(ledger.store, ledger.key(), files, model=model)
        ledger.append("promoted", {"champion": champion}, id=f"p{version}", at=NOW)
    scoring = Scoring(
        model=model,
        night="2026-01-06",
        rows=1,
        version=2,
        sequence=2,
        bundle=data.digest,
        mean_score=0.5,
        parts=(),
    )
    ledger.store.put(f"stages/score/{model}/0000.json", result(scoring, {}).result.stored())
    return ledger


def test_a_person_goes_back_while_mlflow_is_away_and_is_told_which_nights_to_score_again(
    airflow: Airflow, mlflow_is_away: None, tmp_path: Path
):
    ledger = two_champions(airflow, "one", tmp_path)

    done = roll_back(airflow, "one", "--reason", "complaints from the call centre")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "one: version 1 is champion again instead of 2" in done.stdout
    assert "op: complaints from the call centre" in done.stdout
    assert "Nights with predictions of version 2: 2026-01-06." in done.stdout
    entries = ledger.entries()
    assert [entry.kind for entry in entries[2:]] == ["rolled_back", "incident", "recorded"]
    assert entries[2].body["by"] == "op"


def test_a_target_whose_bundle_was_altered_is_refused_and_nothing_changes(
    airflow: Airflow, tmp_path: Path
):
    ledger = two_champions(airflow, "two", tmp_path)
    address = ledger.entries()[0].body["champion"]["training"]
    folder = publication.load(ledger.store, address).result.data
    file: File = next(one for one in folder.files if one.path == "weights.safetensors")
    ledger.store.put(f"{folder.prefix}/{file.path}", b"evil")

    done = roll_back(airflow, "two", "--reason", "complaints")

    assert done.returncode == 1
    assert "Nothing was rolled back. " in done.stdout
    assert "was altered after it was published" in done.stdout
    assert ledger.state().champion_sequence == 2


def test_whoever_may_not_read_a_model_is_told_of_none_and_rolls_nothing_back(
    airflow: Airflow, tmp_path: Path
):
    ledger = two_champions(airflow, "three", tmp_path)

    done = roll_back(airflow, "three", "--reason", "complaints", user="viewer")

    assert done.returncode == 1
    assert "There is no model three that you may read" in done.stderr
    assert ledger.state().champion_sequence == 2
