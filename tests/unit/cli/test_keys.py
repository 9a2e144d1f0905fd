"""airlock keys, airlock verify --deep: another key vouches, and every file is looked at."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from airlock.bundle import manifest
from airlock.cli import main as cli
from airlock.cli.keys import move_keys
from airlock.compat.airflow import Connection
from airlock.config.keys import SIGNING
from airlock.config.mlflow_settings import MlflowSettings
from airlock.config.settings import Settings
from airlock.core.errors import SettingsError
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Folder, Result
from airlock.engine.vouching import sign_champions
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.store import Store
from tests.judged import NOW, ORIGIN

NEW = Signer.from_seed(base64.b64encode(bytes(range(50, 82))).decode())


@dataclass(frozen=True)
class Here:
    """What the command line asks of the settings."""

    stores: Stores
    trusted: TrustedKeys
    signer: Signer

    def checkpoints(self) -> None:
        return None

    def store(self, zone: str = "store") -> Store:
        return self.stores[zone]

    def mlflow(self) -> MlflowSettings:
        return MlflowSettings(tracking_uri="http://127.0.0.1:9")

    def ledger(self, model: str, *, to_write: bool = False) -> Ledger:
        return Ledger(self.stores["store"], model, trusted=self.trusted, signer=self.signer)


def use(settings: Here, monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.setattr(Settings, "read", lambda: settings)
    return settings


@pytest.fixture
def here(
    stores: Stores,
    trusted: TrustedKeys,
    signer: Signer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Here:
    """Entry 1 is a run with raw rows, redacted ones and a bundle, entry 2 its signed champion."""
    here = use(Here(stores, trusted, signer), monkeypatch)
    # MLflow's copies have tests of their own; nobody waits for a server that is away.
    monkeypatch.setattr("airlock.verify.model.check_copies", lambda *_, **__: "")
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "weights.safetensors").write_bytes(b"weights")
    manifest.seal(bundle)
    training = _published(stores, "train", bundle, "store", tmp_path)
    validation = _published(stores, "validate", bundle, "raw", tmp_path)
    redaction = _published(stores, "redact", bundle, "store", tmp_path)
    ledger = here.ledger("churn")
    results = {
        one.result.stage: {"address": one.address, "sha256": one.sha256, "content": "c"}
        for one in (training, validation, redaction)
    }
    run = {"run": {"dag_id": "d", "run_id": "r"}, "night": None, "results": results}
    ledger.append("run", run, id="run/d/r/0", at=NOW)
    champion = {
        "version": 1,
        "bundle": training.result.data.digest,
        "training": training.address,
        "training_sha256": training.sha256,
        "validation": validation.address,
        "validation_sha256": validation.sha256,
        "split": "s",
        "night": None,
    }
    ledger.append("promoted", {"champion": champion}, id="p", at=NOW)
    sign_champions(ledger)
    return here


def _published(stores: Stores, stage: str, folder: Path, zone: str, scratch: Path) -> Published:
    report = scratch / f"report-{stage}"
    report.mkdir()
    (report / "index.html").write_text("<p>All is well.</p>")
    result = Result(
        stage=stage,
        version=1,
        inputs={},
        record={},
        data=publication.upload(folder, stage=stage, part="data", zone=zone, stores=stores),
        report=publication.upload(report, stage=stage, part="report", zone="store", stores=stores),
        made_by=ORIGIN,
    )
    return publication.publish(stores, stage, result, scratch / "in")


def folder_of(here: Here, stage: str, part: str) -> Folder:
    result = publication.load(here.stores["store"], f"stages/{stage}/{stage}/0000.json").result
    return getattr(result, part)


def flip(here: Here, folder: Folder) -> None:
    key = f"{folder.prefix}/{folder.files[0].path}"
    store = here.stores[folder.zone]
    store.put(key, store.get(key)[:-1] + b"?")


def test_everything_that_a_run_left_behind_is_looked_at(
    here: Here, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["verify", "--deep"]) == 0
    assert ", 3 results)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("stage", "part"), [("validate", "data"), ("validate", "report"), ("train", "report")]
)
def test_one_byte_of_a_snapshot_or_a_report_is_found(
    here: Here, capsys: pytest.CaptureFixture[str], stage: str, part: str
):
    flip(here, folder_of(here, stage, part))

    assert cli.main(["verify"]) == 1
    assert "entry 1 does not hold" in capsys.readouterr().out


def test_rows_past_their_retention_are_no_harm_but_a_part_of_them_is(
    here: Here, capsys: pytest.CaptureFixture[str]
):
    folder = folder_of(here, "validate", "data")
    first, *others = [f"{folder.prefix}/{file.path}" for file in folder.files]
    here.stores["raw"].delete(first)

    assert cli.main(["verify", "--deep"]) == 1
    for key in others:
        here.stores["raw"].delete(key)
    assert cli.main(["verify", "--deep"]) == 0
    assert "rows of 1 are gone, as they should be" in capsys.readouterr().out


def test_rows_that_were_erased_are_no_harm_once_a_tombstone_says_so(
    here: Here, capsys: pytest.CaptureFixture[str]
):
    data, report = folder_of(here, "redact", "data"), folder_of(here, "redact", "report")
    empty(here, data)
    assert cli.main(["verify", "--deep"]) == 1
    assert "entry 1 does not hold" in capsys.readouterr().out

    body = {"what": "Rows were erased.", "tables": [data.prefix, report.prefix]}
    here.ledger("churn").append("tombstone", body, id="t", at=NOW)
    assert cli.main(["verify", "--deep"]) == 0
    assert "rows of 1 are gone" in capsys.readouterr().out
    # It speaks of rows, and excuses no report.
    empty(here, report)
    assert cli.main(["verify", "--deep"]) == 1


def empty(here: Here, folder: Folder) -> None:
    store = here.stores[folder.zone]
    for stat in list(store.list(f"{folder.prefix}/")):
        store.delete(stat.key)


def test_a_champion_whose_training_is_of_another_bundle_is_not_signed(
    here: Here, capsys: pytest.CaptureFixture[str]
):
    ledger = here.ledger("churn")
    champion = {**ledger.entries()[1].body["champion"], "bundle": "f" * 64}
    ledger.append("promoted", {"champion": champion}, id="other", at=NOW)

    assert cli.main(["keys", "sign"]) == 1
    assert "is of another bundle" in capsys.readouterr().err


def test_a_champion_without_a_signature_does_not_hold_until_it_is_signed(
    here: Here, capsys: pytest.CaptureFixture[str]
):
    store = here.stores["store"]
    for stat in list(store.list("signatures/")):
        store.delete(stat.key)

    assert cli.main(["verify"]) == 1
    assert "was never signed" in capsys.readouterr().out
    assert cli.main(["keys", "sign"]) == 0
    assert "churn: 1 bundle(s) signed;" in capsys.readouterr().out
    assert cli.main(["verify"]) == 0


def test_after_a_rotation_the_new_key_alone_vouches(
    here: Here, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    old = here.signer
    both = TrustedKeys({**here.trusted.keys, NEW.key_id: base64.b64encode(NEW.public).decode()})
    use(replace(here, trusted=both, signer=NEW), monkeypatch)

    assert cli.main(["keys", "rotate"]) == 0

    said = capsys.readouterr().out
    assert f"Key {NEW.key_id} signs from here on, in every ledger; {old.key_id} no longer." in said
    assert "churn: 1 bundle(s) signed; none renewed in MLflow." in said
    assert cli.main(["verify", "--deep"]) == 0
    assert "_keys: all holds (1 entries" in capsys.readouterr().out
    store = here.stores["store"]
    [by_new] = [stat.key for stat in store.list("signatures/") if NEW.key_id in stat.key]
    store.delete(by_new)
    assert cli.main(["verify"]) == 1
    assert "has no signature of a trusted key" in capsys.readouterr().out
    assert cli.main(["keys", "rotate"]) == 0
    assert "No other key counts already." in capsys.readouterr().out


def test_nothing_is_signed_whose_files_the_ledger_does_not_name(here: Here):
    store = here.stores["store"]
    for stat in list(store.list("signatures/")):
        store.delete(stat.key)
    store.put("stages/train/train/0000.json", store.get("stages/validate/validate/0000.json"))

    assert cli.main(["keys", "sign"]) == 1
    assert list(store.list("signatures/")) == []


def test_keys_are_moved_out_of_connections_into_files_and_nothing_is_overwritten(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / 'airflow.db'}")
    Connection.__table__.create(engine)
    seed = base64.b64encode(bytes(range(32))).decode()
    with Session(engine) as session:
        session.add(Connection(conn_id=SIGNING, conn_type="generic", password=seed))
        session.add(Connection(conn_id="airlock_store", conn_type="generic"))
        session.commit()

        assert move_keys(session, tmp_path / "keys") == [SIGNING]
        session.commit()

        assert [one.conn_id for one in session.scalars(select(Connection))] == ["airlock_store"]
        assert move_keys(session, tmp_path / "keys") == []
        other = base64.b64encode(bytes(32)).decode()
        session.add(Connection(conn_id=SIGNING, conn_type="generic", password=other))
        with pytest.raises(SettingsError, match="holds another key"):
            move_keys(session, tmp_path / "keys")
    file = tmp_path / "keys/airlock_signing.key"
    assert (file.read_text().strip(), file.stat().st_mode & 0o777) == (seed, 0o600)


@pytest.mark.parametrize("name", ["churn.bak", "churn/old", "Churn", "churn2"])
def test_a_copied_ledger_is_found_and_said_to_be_one(
    here: Here, capsys: pytest.CaptureFixture[str], name: str
):
    store = here.stores["store"]
    for stat in list(store.list("ledger/churn/")):
        store.create(f"ledger/{name}/{stat.key.rpartition('/')[2]}", store.get(stat.key))

    assert cli.main(["verify"]) == 1
    said = capsys.readouterr().out
    copied = f"ledger/{name} holds 2 entries of the ledger of churn, and can be no model's"
    assert copied in said or "of churn2 was written for another place" in said
