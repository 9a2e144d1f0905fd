"""A store that the version before wrote is read, verified, and gone on with.

`tests/data/store_of_0_1.tar.xz` is what two nights of the demo, a scoring and a rejected candidate
left behind at the commit before modules moved to their shelves; all its rows are made up.
"""

from __future__ import annotations

import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from airlock import signing
from airlock.config.mlflow_settings import MlflowSettings
from airlock.core.errors import Unverified
from airlock.engine import adoption, publication
from airlock.engine.past_nights import archive_of
from airlock.engine.publication import Stores
from airlock.engine.record import record_of
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.reports import describe
from airlock.serve import load_recorded
from airlock.store import open_store
from airlock.verify import verify

STORE = Path(__file__).parents[1] / "data/store_of_0_1.tar.xz"
MODEL = "customer_churn"
NIGHT = "2026-01-06"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with tarfile.open(STORE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture
def stores(folder: Path) -> Stores:
    return {"store": open_store(str(folder / "store")), "raw": open_store(str(folder / "raw"))}


@pytest.fixture
def ledger(folder: Path, stores: Stores) -> Ledger:
    signer = Signer.from_seed((folder / "keys/airlock_signing.key").read_text().strip())
    trusted = TrustedKeys.read(folder / "keys/trusted.json")
    return Ledger(stores["store"], MODEL, trusted=trusted, signer=signer)


def test_every_result_reads_as_a_record_with_a_page(stores: Stores):
    slots = [stat.key for stat in stores["store"].list("stages/")]

    records = [publication.load(stores["store"], key).result for key in slots]

    assert len(records) > 20
    for result in records:
        assert describe(record_of(result.stage).from_json(result.record)).headline


def test_its_ledger_verifies_with_all_that_it_reaches_but_mlflow(
    ledger: Ledger, stores: Stores, folder: Path
):
    absent = MlflowSettings(tracking_uri=f"sqlite:///{folder / 'nothing.db'}")

    found = verify(ledger, stores=stores, mlflow=absent)

    assert found.entries == 7
    others = [one for one in found.problems if "MLflow" not in one.text]
    assert others == []


def test_its_champion_predicts_what_it_predicted(ledger: Ledger, stores: Stores, tmp_path: Path):
    champion = ledger.state().champion
    assert champion is not None
    training = publication.load(
        stores["store"], champion.training, expected=champion.training_sha256
    ).result
    bundle = publication.fetch(stores, training.data, tmp_path / "in")
    signing.stored(
        stores["store"], model=MODEL, bundle=champion.bundle, trusted=ledger.valid_keys()
    )

    scorer = load_recorded(bundle, champion.bundle)
    said = scorer.predict(pd.DataFrame(json.loads((bundle / "input_example.json").read_text())))

    meant = pd.DataFrame(json.loads((bundle / "output_example.json").read_text()))
    pd.testing.assert_frame_equal(said, meant, check_dtype=False, rtol=1e-5)


def test_its_nights_count_once_a_person_vouches_for_them(ledger: Ledger):
    def fetch(*_: object, **__: object) -> Path:
        raise AssertionError("no row is needed")

    with pytest.raises(Unverified, match="airlock adopt customer_churn"):
        archive_of(ledger, fetch).serving(NIGHT)

    adoption.adopt(ledger, by="grace", reason="compared with the warehouse", at=NOW)

    serving = archive_of(ledger, fetch).serving(NIGHT)
    assert serving is not None
    assert serving.rows > 4_000


def test_its_ledger_goes_on(ledger: Ledger):
    ledger.append("incident", {"what": "An upgrade."}, id="incident/upgrade", at=NOW)

    again = Ledger(ledger.store, MODEL, trusted=ledger.trusted)
    assert [entry.kind for entry in again.entries()][-1] == "incident"
