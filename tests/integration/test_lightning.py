"""Train with the real Lightning, torch and MLflow: small, but whole."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

import include.models
from airlock.config.mlflow_settings import MlflowSettings
from airlock.core.errors import DataError, ModelError, RegistryUnavailable
from airlock.serve import load_recorded
from airlock.stages.evaluate.spec import EvaluateSpec
from tests.redacted import SPLIT, customers
from tests.trained import ORIGIN, ROOT, SPEC, Trained, trained

FILES = {
    "environment.lock",
    "graph.pt2",
    "input_example.json",
    "manifest.json",
    "model.json",
    "output_example.json",
    "preprocessing.json",
    "requirements.txt",
    "signature.json",
    "weights.safetensors",
}


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("training"))


def test_a_training_leaves_a_bundle_and_a_record_that_fits_it(training: Trained):
    model = json.loads((training.bundle / "model.json").read_text())

    assert {path.name for path in training.bundle.iterdir()} == FILES
    assert training.record.split == model["split"] == SPLIT
    assert training.record.classes == tuple(model["classes"]) == ("0", "1")
    assert training.record.rows["train"] > training.record.rows["validation"] > 50
    assert training.record.metrics["validation_auroc"] > 0.7
    assert training.record.night == "2026-01-05"
    assert type(training.record).from_json(training.record.to_json()) == training.record


def test_the_lock_pins_what_is_installed_and_what_that_requires(training: Trained):
    lines = (training.bundle / "environment.lock").read_text().splitlines()

    pins = dict(line.split("==") for line in lines[1:])
    assert lines[0] == f"# python {'.'.join(map(str, sys.version_info[:3]))}"
    assert {"torch", "numpy", "pandas", "sympy", "python-dateutil"} <= set(pins)
    assert "airflow" not in "".join(pins)
    assert pins["torch"] == version("torch").partition("+")[0]


def test_the_bundle_holds_no_row_and_no_pseudonym(training: Trained):
    pseudonym = customers()["customer_id"][0]

    for path in training.bundle.iterdir():
        content = path.read_bytes()
        assert pseudonym.encode() not in content
        assert b"<PERSON>" not in content


def test_the_input_example_has_the_signature_and_gives_the_output_example(training: Trained):
    said = {
        name: json.loads((training.bundle / f"{name}.json").read_text())
        for name in ("signature", "input_example", "output_example")
    }

    found = load_recorded(training.bundle, training.name).predict(
        pd.DataFrame(said["input_example"])
    )

    inputs = [column["name"] for column in said["signature"]["inputs"]]
    outputs = [column["name"] for column in said["signature"]["outputs"]]
    assert sorted(said["input_example"][0]) == sorted(inputs)
    assert list(found.columns) == outputs
    pd.testing.assert_frame_equal(found, pd.DataFrame(said["output_example"])[outputs])


def test_the_mlflow_run_has_the_epochs_and_what_they_came_to(training: Trained):
    client = MlflowClient(f"sqlite:///{training.bundle.parent / 'mlflow.db'}")

    run = client.get_run(training.record.mlflow_run)
    losses = client.get_metric_history(run.info.run_id, "validation_loss")

    assert run.info.status == "FINISHED"
    assert run.data.params["hyperparameters.hidden"] == "8"
    assert run.data.metrics["validation_auroc"] == training.record.metrics["validation_auroc"]
    assert [point.step for point in losses] == [1, 2, 3]


def test_the_mlflow_run_says_what_was_read_and_holds_no_row(training: Trained):
    client = MlflowClient(f"sqlite:///{training.bundle.parent / 'mlflow.db'}")

    inputs = client.get_run(training.record.mlflow_run).inputs.dataset_inputs

    read = {one.tags[0].value: one.dataset for one in inputs}
    assert set(read) == {"train", "validation"}
    assert json.loads(read["train"].source) == {"sha256": "d" * 64}
    assert json.loads(read["train"].profile) == {"num_rows": training.record.rows["train"]}
    assert "fee" in read["train"].schema
    assert customers()["customer_id"][0] not in str([one.to_dictionary() for one in inputs])


def test_the_mlflow_run_has_the_loss_step_by_step(training: Trained):
    client = MlflowClient(f"sqlite:///{training.bundle.parent / 'mlflow.db'}")

    losses = client.get_metric_history(training.record.mlflow_run, "train_loss_step")

    batches = -(-training.record.rows["train"] // SPEC.batch_size)
    assert [point.step for point in losses] == list(range(1, 3 * batches + 1))
    assert losses[-1].value < losses[0].value


def test_the_mlflow_run_says_what_the_training_cost(training: Trained):
    client = MlflowClient(f"sqlite:///{training.bundle.parent / 'mlflow.db'}")

    found = client.get_run(training.record.mlflow_run).data.metrics

    assert found["device_seconds"] > 0
    assert found["cost"] == pytest.approx(found["device_seconds"] / 3600 * 2.5)


def test_the_mlflow_run_has_the_charts(training: Trained):
    client = MlflowClient(f"sqlite:///{training.bundle.parent / 'mlflow.db'}")

    found = {file.path for file in client.list_artifacts(training.record.mlflow_run, "report")}

    drawn = {"learning", "confusion", "reliability", "roc", "precision_recall"}
    assert {f"report/{name}.svg" for name in drawn} <= found


def test_the_same_training_makes_the_same_bundle(training: Trained, tmp_path: Path):
    assert trained(tmp_path / "again").name == training.name
    assert trained(tmp_path / "other", seed=1).name != training.name


def test_another_process_in_another_folder_makes_the_same_bundle(training: Trained, tmp_path: Path):
    code = "import sys; from pathlib import Path; from tests.trained import trained; " + (
        "print(trained(Path(sys.argv[1])).name)"
    )

    made = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "elsewhere")],
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}", "PYTHONHASHSEED": "5"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert made.stdout.split()[-1] == training.name


def test_what_is_in_the_holdout_changes_nothing(training: Trained, tmp_path: Path):
    poisoned = customers()
    held_out = poisoned["fold"] == "holdout"
    poisoned.loc[held_out, "fee"] = 1e9
    poisoned.loc[held_out, "plan"] = "poison"
    poisoned.loc[held_out, "churned"] = 1 - poisoned.loc[held_out, "churned"]

    assert trained(tmp_path / "poisoned", poisoned).name == training.name


def test_preprocessing_is_learnt_from_the_train_fold_alone(training: Trained, tmp_path: Path):
    shifted = customers()
    shifted.loc[shifted["fold"] == "validation", "fee"] += 1000

    other = trained(tmp_path / "shifted", shifted)

    files = [one.bundle / "preprocessing.json" for one in (training, other)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_regression_predicts_in_the_target_s_own_unit(tmp_path: Path):
    frame = customers()
    frame["fee"] = 100.0 + 2 * frame["tenure"]

    training = trained(tmp_path / "fees", frame, task="regression", target="fee", max_epochs=20)

    predicted = load_recorded(training.bundle, training.name).predict(frame)
    assert list(predicted.columns) == ["prediction"]
    assert np.abs(predicted["prediction"] - frame["fee"]).mean() < 15
    assert training.record.metrics["validation_r2"] > 0.8


def test_a_scanned_column_is_learnt_from_as_free_text(tmp_path: Path):
    frame = customers()
    frame["note"] = np.where(
        frame["churned"] == 1, "will leave, call <PHONE_NUMBER>", "is content, thanks"
    )

    training = trained(
        tmp_path / "notes",
        frame,
        model="airlock.models.text:TextClassifier",
        hyperparameters={},
        features=("note", "tenure", "plan"),
        max_epochs=5,
    )

    scorer = load_recorded(training.bundle, training.name)
    assert ("note", "text") in training.record.features
    assert training.record.metrics["validation_auroc"] > 0.99
    # The exported graph, not the module, and on rows that it has never seen.
    odd = frame.head(3).assign(note=["leave", None, "ＣＡＬＬ ünï \u200b" + "x " * 5000])
    assert np.isfinite(scorer.predict(odd)["probability_1"]).all()
    assert b"content" not in b"".join(path.read_bytes() for path in training.bundle.iterdir())


def test_three_classes_have_three_probabilities(tmp_path: Path):
    frame = customers().assign(churned=lambda rows: np.arange(len(rows)) % 3)

    three = trained(tmp_path / "three", frame)
    predicted = load_recorded(three.bundle, three.name).predict(frame)

    columns = ["probability_0", "probability_1", "probability_2"]
    assert np.allclose(predicted[columns].sum(axis=1), 1)
    assert predicted["prediction"].isin([0, 1, 2]).all()


def test_training_stops_when_it_no_longer_gets_better(tmp_path: Path):
    noise = customers()
    noise["churned"] = np.random.default_rng(0).integers(0, 2, len(noise))
    learn_fast = {"hidden": 64, "learning_rate": 0.05}

    training = trained(
        tmp_path / "noise", noise, hyperparameters=learn_fast, max_epochs=60, patience=2
    )

    assert training.record.epochs < 60
    figures = json.loads((tmp_path / "noise" / "report" / "epochs.json").read_text())
    best = min(one["validation_loss"] for one in figures)
    # The best weights are kept, not the last ones.
    assert training.record.metrics["validation_loss"] == best
    assert training.record.metrics["validation_log_loss"] == pytest.approx(best, abs=1e-4)
    assert figures[-1]["validation_loss"] > best


# --- the user's module ---

OWN = """
import torch
from airlock.models.shape import Shape
from airlock.models.tabular import Tabular, TabularClassifier

class Own(TabularClassifier):
    def __init__(self, shape: Shape, *, hidden: int = 4) -> None:
        super().__init__(shape, hidden=hidden)
"""


@pytest.fixture
def own_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Write a module of a project's own below include/, and return its name."""
    models = tmp_path / "include" / "models"
    models.mkdir(parents=True)
    monkeypatch.setattr(include.models, "__path__", [*include.models.__path__, str(models)])

    def write(body: str) -> str:
        name = f"own_{tmp_path.name}"
        (models / f"{name}.py").write_text(OWN + body)
        return f"include.models.{name}:Own"

    return write


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("raise OSError('no weights here')", "OSError: no weights here", id="import"),
        pytest.param("Own = dict", "is no LightningModule", id="no module"),
        pytest.param(
            "class Own(Own):\n"
            "    def __init__(self, shape, *, hidden=4):\n"
            "        raise ValueError('four layers at most')",
            "four layers at most",
            id="constructor",
        ),
        pytest.param(
            "def boom(self, n, c): raise RuntimeError('shapes do not fit')\nOwn.forward = boom",
            r"cannot be exported: .*shapes do not fit",
            id="forward",
        ),
        pytest.param(
            "Own.loss = lambda self, outputs, _: outputs.sum() * float('nan')",
            "training loss of Own is nan in step 1 of epoch 1, for the rows 1 to 64 in that "
            "epoch's order, at a learning rate of 0.003",
            id="loss is NaN",
        ),
        pytest.param(
            "class Own(Own):\n"
            "    def training_step(self, batch):\n"
            "        at = self.global_step + 1\n"
            "        return super().training_step(batch) * (float('inf') if at == 7 else 1)",
            "training loss of Own is inf in step 7 of epoch 1, for the rows 385 to 448 in",
            id="loss is infinite at step 7",
        ),
        pytest.param(
            "class Own(Own):\n"
            "    def training_step(self, batch):\n"
            "        raise KeyError('no such layer')",
            "failed in epoch 1: KeyError: 'no such layer'",
            id="training step",
        ),
        pytest.param(
            "class Own(Own):\n"
            "    def forward(self, n, c):\n"
            "        return super().forward(n, c)[:, 0]",
            "failed in epoch 1: .*(dimension|size|Expected)",
            id="wrong output shape",
        ),
        pytest.param(
            "class Own(Own):\n"
            "    def training_step(self, batch):\n"
            "        return super().training_step(batch) + torch.empty(1 << 46).sum()",
            "ran out of memory in epoch 1",
            id="more memory than there is",
        ),
        pytest.param("del Own", "cannot be imported: AttributeError", id="missing"),
        pytest.param(
            "Own.validation_step = lambda self, batch: None",
            "does not log validation_loss",
            id="validation_loss is not logged",
        ),
        pytest.param(
            "class Own(Own):\n"
            "    def validation_step(self, batch):\n"
            "        self.log('validation_loss', torch.tensor(float('inf')))",
            "validation loss of Own is inf after epoch 1",
            id="validation_loss is infinite",
        ),
        pytest.param(
            "class Own(Own):\n"
            "    def forward(self, n, c):\n"
            "        return super().forward(n, c) if n.sum().item() < 1e9 else n[:, :2]",
            "cannot be exported",
            id="looks at values",
        ),
        pytest.param(
            "class Own(Own):\n"
            "    def forward(self, n, c):\n"
            "        return super().forward(n, c) + torch.rand(1)",
            r"aten\.rand\.default, which is not on the list of operators",
            id="depends on chance",
        ),
    ],
)
def test_a_module_that_does_not_work_is_named_with_its_own_words(
    tmp_path: Path, own_module: Callable[[str], str], body: str, said: str
):
    with pytest.raises(ModelError, match=said) as refused:
        trained(tmp_path / "run", root=tmp_path, model=own_module(body))

    assert "Own" in str(refused.value)


DATA = """
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader

class Data(LightningDataModule):
    def __init__(self, train, validation, *, batch_size):
        super().__init__()
        self.folds, self.size = (train, validation), batch_size

    def train_dataloader(self):
        return DataLoader(self.folds[0], self.size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.folds[1], 4096)
"""


def test_a_project_s_own_data_module_feeds_its_model(
    tmp_path: Path, own_module: Callable[[str], str]
):
    model = own_module(DATA)
    own: dict[str, Any] = {"model": model, "hyperparameters": {}, "root": tmp_path}
    fed = own | {"data": model.replace(":Own", ":Data")}

    training = trained(tmp_path / "fed", **fed)

    # The holdout is not among the rows, and its labels have no say.
    poisoned = customers()
    poisoned.loc[poisoned["fold"] == "holdout", ["churned", "fee"]] = 0
    assert trained(tmp_path / "again", poisoned, **fed).name == training.name
    assert training.record.training["data"] == fed["data"]
    assert trained(tmp_path / "other", **own).name != training.name


def test_a_wrong_hyperparameter_is_named_before_any_row_is_read(tmp_path: Path):
    nothing_to_read = customers().drop(columns="fold")

    with pytest.raises(ModelError, match="does not take hiden") as refused:
        trained(tmp_path / "run", nothing_to_read, hyperparameters={"hiden": 8})

    assert "hidden, layers, dropout, learning_rate, weight_decay" in refused.value.do


def test_a_source_that_changed_is_in_the_record(
    tmp_path: Path, training: Trained, own_module: Callable[[str], str]
):
    own = trained(tmp_path / "own", root=tmp_path, model=own_module(""), hyperparameters={})

    assert own.record.code != training.record.code


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"churned": 1}, "same value in every row", id="one class"),
        pytest.param({"churned": None}, "missing", id="no label"),
    ],
)
def test_a_table_that_teaches_nothing_is_refused(tmp_path: Path, change, said: str):
    with pytest.raises(DataError, match=said):
        trained(tmp_path / "run", customers().assign(**change))


def test_a_dead_mlflow_server_is_worth_a_retry(training: Trained, tmp_path: Path):
    from airlock.stages.train.identity import code_digest
    from airlock.stages.train.stage.run_context import Folders, TrainingIdentity
    from airlock.stages.train.stage.train import train

    out, report = tmp_path / "out", tmp_path / "report"
    with pytest.raises(RegistryUnavailable) as refused:
        train(
            training.redaction,
            SPEC,
            identity=TrainingIdentity(
                model="churn", key="1" * 64, origin=ORIGIN, code=code_digest(SPEC.model, root=ROOT)
            ),
            folders=Folders(table=training.table, scratch=tmp_path, out=out, report=report),
            mlflow=MlflowSettings(tracking_uri="http://127.0.0.1:1"),
        )

    assert refused.value.retry_can_help
    assert not out.exists()


# --- a real table ---


def test_the_telco_model_ranks_the_holdout_well(shared_data: Path, tmp_path: Path):
    from airlock.stages.evaluate.stage.evaluate import evaluate

    telco = pd.read_csv(shared_data / "telco_churn.csv", na_values=[" "])
    kept = {"Churn": "churned", "customerID": "customer_id"}
    frame = telco[["tenure", "Contract", "InternetService", "MonthlyCharges", *kept]].rename(
        columns=kept | {"Contract": "plan", "InternetService": "region", "MonthlyCharges": "fee"}
    )
    frame["churned"] = (frame["churned"] == "Yes").astype(int)
    frame["fold"] = np.array(["holdout"] * 2 + ["validation"] + ["train"] * 7)[
        np.arange(len(frame)) % 10
    ]

    training = trained(
        tmp_path / "telco",
        frame,
        model="include.models.telco:TelcoChurn",
        max_epochs=8,
        batch_size=256,
        hyperparameters={},
    )
    evaluation = evaluate(
        training.redaction,
        training.record,
        EvaluateSpec(),
        table=training.table,
        bundle=training.bundle,
        bundle_digest=training.name,
        reference=None,
        report=tmp_path,
    )

    assert evaluation.candidate["auroc"].value > 0.80
