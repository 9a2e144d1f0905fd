"""A bundle predicts where there is neither Airflow nor the project that trained it."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from airlock import signing
from airlock.bundle import manifest
from airlock.core.errors import Unverified
from airlock.ledger import Signer
from airlock.serve import load_recorded
from tests.redacted import customers
from tests.trained import ROOT, Trained, trained

SIGNER = Signer.from_seed(base64.b64encode(bytes(range(32))).decode())
PUBLIC = base64.b64encode(SIGNER.public).decode()

SERVE = """
import json, sys

ABSENT = "airflow include pytorch_lightning mlflow pyarrow boto3 rich".split()

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ImportError(f"{name} is not installed here")

sys.meta_path.insert(0, Absent())

import pandas as pd
from airlock.serve import _load_pyfunc

folder = sys.argv[1]
rows = pd.DataFrame(json.load(open(f"{folder}/input_example.json")))
print(json.dumps(_load_pyfunc(folder).predict(rows).to_dict(orient="records")))
"""


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(
        tmp_path_factory.mktemp("training"),
        model="include.models.churn:ChurnClassifier",
        max_epochs=1,
        hyperparameters={},
    )


@pytest.fixture
def bundle(training: Trained, tmp_path: Path) -> Path:
    return Path(shutil.copytree(training.bundle, tmp_path / "bundle"))


def test_a_fresh_process_without_airflow_and_without_the_class_predicts_alike(
    bundle: Path, tmp_path: Path
):
    envelope = signing.signed_by(SIGNER, manifest.files_of(bundle), model="churn")
    signing.envelope_path(bundle).write_bytes(envelope)
    trusted = tmp_path / "trusted.json"
    trusted.write_text(json.dumps({SIGNER.key_id: PUBLIC}))

    served = subprocess.run(
        [sys.executable, "-c", SERVE, str(bundle)],
        env={"PYTHONPATH": str(ROOT / "plugins"), "AIRLOCK_TRUSTED_KEYS": str(trusted)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    found = json.loads(served.stdout)
    expected = json.loads((bundle / "output_example.json").read_text())
    pd.testing.assert_frame_equal(pd.DataFrame(found)[[*expected[0]]], pd.DataFrame(expected))


@pytest.mark.parametrize("name", ["graph.pt2", "preprocessing.json", "model.json", "manifest.json"])
def test_one_changed_byte_anywhere_stops_the_loading(bundle: Path, training: Trained, name: str):
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / name).write_bytes(data)

    with pytest.raises(Unverified):
        load_recorded(bundle, training.name)


def test_a_row_is_predicted_alike_alone_and_among_many(training: Trained):
    scorer = load_recorded(training.bundle, training.name)
    rows = customers()

    together = scorer.predict(rows)
    alone = pd.concat([scorer.predict(rows.iloc[[at]]) for at in (0, 17, 1199)])

    pd.testing.assert_frame_equal(alone, together.loc[alone.index])


def test_columns_may_come_in_any_order_and_rows_keep_their_index(training: Trained):
    scorer = load_recorded(training.bundle, training.name)
    rows = customers().set_index("customer_id")

    found = scorer.predict(rows[sorted(rows.columns, reverse=True)])

    assert found.index.equals(rows.index)
    pd.testing.assert_frame_equal(found, scorer.predict(rows))


def test_rows_as_a_web_service_sends_them_are_predicted_alike(training: Trained):
    scorer = load_recorded(training.bundle, training.name)
    rows = customers().head(50)
    sent = pd.DataFrame(json.loads(rows.to_json(orient="records")))

    pd.testing.assert_frame_equal(scorer.predict(sent), scorer.predict(rows))


def test_no_rows_give_no_predictions(training: Trained):
    found = load_recorded(training.bundle, training.name).predict(customers().head(0))

    assert found.empty
    assert list(found.columns) == ["prediction", "probability_0", "probability_1"]
