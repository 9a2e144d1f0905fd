"""Register with the real MLflow: one version a bundle, proven to load, and nothing else loads."""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow import pyfunc

from airlock import signing
from airlock.bundle import graph, manifest
from airlock.core.errors import ModelError, SettingsError, Unverified
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.registry import MlflowSettings, open_registry, open_run, point_alias
from airlock.registry.envelope import renew_copies
from airlock.serve import load_bundle
from airlock.stages.evaluate.record import Evaluation, Interval
from airlock.stages.register.fresh import FreshProcess
from airlock.stages.register.record import Registration
from airlock.stages.register.stage import register
from airlock.store import open_store
from tests.registered import client, crown, ledger_below, version_of
from tests.trained import Trained, trained

AUROC = Interval(value=0.81, low=0.79, high=0.83)
MEASURED = Evaluation(
    spec="e" * 64,
    split="s" * 16,
    rows=100,
    classes={"0": 70, "1": 30},
    candidate_bundle="b" * 64,
    champion_bundle=None,
    champion_version=None,
    champion_sequence=0,
    champion_problem=None,
    candidate={"auroc": AUROC},
    champion={},
    difference={},
    slices=(),
)


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("training"))


def registered(
    training: Trained, settings: MlflowSettings, model: str, scratch: Path, **changes: Any
) -> Registration:
    scratch.mkdir(parents=True, exist_ok=True)
    with open_run(settings, model=model, key="k", tags={}) as opened:
        pass
    record = replace(training.record, mlflow_run=opened.id)
    arguments: dict[str, Any] = {
        "model": model,
        "bundle": training.bundle,
        "bundle_digest": training.name,
        "data_digest": "d" * 64,
        "ledger": ledger_below(scratch, model),
        "mlflow": settings,
        "scratch": scratch,
    }
    return register(record, MEASURED, **arguments | changes)


def resealed(bundle: Path, into: Path, name: str, content: bytes) -> Path:
    """A bundle with another file in it, under a manifest that fits."""
    shutil.copytree(bundle, into)
    (into / name).write_bytes(content)
    (into / "manifest.json").unlink()
    manifest.seal(into)
    return into


def test_what_was_measured_on_the_holdout_is_on_the_run_once(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    first = registered(training, settings, model, tmp_path / "first")
    registered(training, settings, model, tmp_path / "second")

    history = client(settings).get_metric_history(first.mlflow_run, "holdout_auroc")

    assert [point.value for point in history] == [0.81]


def test_a_bundle_has_one_version_that_a_fresh_process_has_loaded_once(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    asked: list[str] = []
    really_ask = FreshProcess.predict

    def counted(process: FreshProcess, *bundle: Any, which: str) -> None:
        asked.append(which)
        really_ask(process, *bundle, which=which)

    monkeypatch.setattr(FreshProcess, "predict", counted)

    first = registered(training, settings, model, tmp_path / "1")
    again = registered(training, settings, model, tmp_path / "2")

    assert again == first
    assert (first.version, first.bundle, first.smoke_rows) == (1, training.name, 5)
    assert [one.version for one in client(settings).search_model_versions(f"name='{model}'")] == [1]
    assert len(asked) == 1


def test_a_version_says_what_it_is_and_carries_the_signature(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    made = registered(training, settings, model, tmp_path / "1")

    page = client(settings).get_model_version(model, str(made.version))
    assert page.tags["airlock.data"] == "d" * 64
    assert f"bundle {training.name[:16]}" in page.description
    assert r"auroc 0.8100 \[0.7900, 0.8300\]" in page.description
    envelope = (Path(made.source) / "data/bundle.dsse.json").read_bytes()
    keys = ledger_below(tmp_path, model).trusted
    signing.check(envelope, bundle=training.name, trusted=keys, model=model)


def test_a_version_from_before_bundles_were_signed_is_registered_again(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    version_of(settings, model, training.bundle, tmp_path / "1")

    assert registered(training, settings, model, tmp_path / "2").version == 1


def test_whoever_serves_with_keys_loads_only_what_they_signed(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    source = registered(training, settings, model, tmp_path / "1").source
    ours = dict(ledger_below(tmp_path, model).trusted.keys)
    strangers = {key_id[::-1]: key for key_id, key in ours.items()}

    bundle = Path(source) / "data/bundle"

    assert load_bundle(bundle, trusted=ours).name == training.name
    with pytest.raises(Unverified, match="no signature of a trusted key"):
        load_bundle(bundle, trusted=strangers)
    signing.envelope_path(bundle).unlink()
    with pytest.raises(Unverified):
        load_bundle(bundle, trusted=ours)


@pytest.mark.parametrize(
    ("signed", "named", "refusal"),
    [
        pytest.param(True, "ours", None, id="signed by a key that the client trusts"),
        pytest.param(True, "others", Unverified, id="signed by another key"),
        pytest.param(False, "ours", Unverified, id="not signed"),
        pytest.param(True, "empty", SettingsError, id="a file without a key"),
        pytest.param(True, "nowhere", SettingsError, id="no such file"),
        pytest.param(True, "", SettingsError, id="an empty variable"),
    ],
)
def test_a_client_of_mlflow_that_names_its_keys_loads_only_what_they_signed(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    signed: bool,
    named: str,
    refusal: type[Exception] | None,
):
    number = version_of(settings, model, training.bundle, tmp_path / "1", signed=signed)
    with open_registry(settings) as registry:
        version = registry.version(model, number)
    assert version is not None
    for name, keys in (
        ("ours", dict(ledger_below(tmp_path, model).trusted.keys)),
        ("others", {"0" * 16: "A" * 43 + "="}),
        ("empty", {}),
    ):
        (tmp_path / name).write_text(json.dumps(keys))
    monkeypatch.setenv("AIRLOCK_TRUSTED_KEYS", str(tmp_path / named) if named else "")
    unpacked: list[Path] = []
    really_load = graph.load

    def counted(path: Path, device: str) -> Any:
        unpacked.append(path)
        return really_load(path, device)

    monkeypatch.setattr(graph, "load", counted)

    with pytest.raises(refusal) if refusal else nullcontext():
        pyfunc.load_model(version.source)

    # Refused before a byte of the graph is read.
    assert len(unpacked) == (refusal is None)


def test_after_a_rotation_a_client_of_mlflow_needs_the_new_key_alone(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    number = version_of(settings, model, training.bundle, tmp_path / "1", signed=True)
    new = Signer.from_seed(base64.b64encode(bytes(range(50, 82))).decode())
    trusted = TrustedKeys({new.key_id: base64.b64encode(new.public).decode()})
    ledger = Ledger(open_store(str(tmp_path / "store")), model, trusted=trusted, signer=new)
    crown(ledger, number, bundle=training.name)
    signing.sign(ledger.store, new, manifest.files_of(training.bundle), model=model)
    (tmp_path / "new").write_text(json.dumps(dict(trusted.keys)))
    monkeypatch.setenv("AIRLOCK_TRUSTED_KEYS", str(tmp_path / "new"))
    with open_registry(settings) as registry:
        version = registry.version(model, number)
    assert version is not None
    with pytest.raises(Unverified):
        pyfunc.load_model(version.source)

    renewed = [renew_copies(ledger, settings) for _ in range(2)]

    assert renewed == [1, 0]
    pyfunc.load_model(version.source)


def test_another_bundle_is_another_version(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    other = resealed(training.bundle, tmp_path / "bundle", "requirements.txt", b"torch\n")

    versions = [
        version_of(settings, model, bundle, tmp_path / str(number))
        for number, bundle in enumerate((training.bundle, other, training.bundle))
    ]

    assert versions == [1, 2, 1]


def test_plain_mlflow_loads_it_by_the_alias_without_airflow(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path, ledger: Ledger
):
    number = version_of(settings, model, training.bundle, tmp_path / "1", signed=True)
    crown(ledger, number)
    point_alias(ledger, settings)
    (tmp_path / "trusted.json").write_text(json.dumps(dict(ledger.trusted.keys)))
    script = """
import json, sys
sys.modules["airflow"] = None
import mlflow, pandas
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(f"models:/{sys.argv[2]}@champion")
print(len(model.predict(pandas.DataFrame(json.load(open(sys.argv[3]))))))
"""
    example = str(training.bundle / "input_example.json")
    environment = {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PATH": os.environ["PATH"],
        "AIRLOCK_TRUSTED_KEYS": str(tmp_path / "trusted.json"),
    }

    done = subprocess.run(
        [sys.executable, "-c", script, settings.tracking_uri, model, example],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == "5", done.stderr


def test_rivals_that_register_one_bundle_agree_on_the_lowest_version(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for race in range(3):
            rivals = [
                (settings, f"{model}_{race}", training.bundle, tmp_path / f"{race}-{who}")
                for who in range(2)
            ]
            assert pool.starmap(version_of, rivals, chunksize=1) == [1, 1]

            versions = client(settings).search_model_versions(f"name='{model}_{race}'")
            extra = [one for one in versions if int(one.version) != 1]
            assert all(one.tags["airlock.duplicate_of"] == "1" for one in extra)


# A copy that somebody changed


def forged_signature(copy: Path) -> None:
    envelope = copy / "data/bundle.dsse.json"
    envelope.write_text(envelope.read_text().replace('"sig":"', '"sig":"AAAA'))


def altered_weights(copy: Path) -> None:
    weights = copy / "data/bundle/weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


def added_file(copy: Path) -> None:
    (copy / "data/bundle/evil.py").write_text("print('hello')")


def another_loader(copy: Path) -> None:
    mlmodel = copy / "MLmodel"
    mlmodel.write_text(mlmodel.read_text().replace("airlock.serve", "os"))


def own_code(copy: Path) -> None:
    mlmodel = copy / "MLmodel"
    mlmodel.write_text(mlmodel.read_text().replace("code: null", "code: code"))


def another_flavor(copy: Path) -> None:
    mlmodel = copy / "MLmodel"
    mlmodel.write_text(
        mlmodel.read_text().replace("flavors:\n", "flavors:\n  sklearn:\n    pickled_model: x\n")
    )


@pytest.mark.parametrize(
    "harm",
    [
        forged_signature,
        altered_weights,
        added_file,
        another_loader,
        own_code,
        another_flavor,
    ],
    ids=lambda harm: harm.__name__,
)
def test_a_copy_that_was_changed_is_not_loaded(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    harm: Callable[[Path], None],
):
    number = version_of(settings, model, training.bundle, tmp_path / "1", signed=True)
    with open_registry(settings) as registry:
        version = registry.version(model, number)
    assert version is not None
    harm(Path(version.source))

    with pytest.raises((Unverified, ModelError)):
        registered(training, settings, model, tmp_path / "2")


def test_a_bundle_that_predicts_something_else_does_not_pass(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    rows = json.loads((training.bundle / "output_example.json").read_text())
    rows[0]["probability_1"] += 0.1
    changed = json.dumps(rows).encode()
    odd = resealed(training.bundle, tmp_path / "bundle", "output_example.json", changed)
    name = manifest.name_of(odd)

    with pytest.raises(ModelError, match="differ from those at training"):
        registered(training, settings, model, tmp_path / "1", bundle=odd, bundle_digest=name)


# Beyond a server


def test_a_tracking_server_serves_as_well(
    training: Trained, mlflow_server: MlflowSettings, model: str, tmp_path: Path, ledger: Ledger
):
    versions = [version_of(mlflow_server, model, training.bundle, tmp_path / name) for name in "ab"]
    crown(ledger, 1)

    assert versions == [1, 1]
    assert point_alias(ledger, mlflow_server)
    with open_registry(mlflow_server) as registry:
        assert registry.champion(model) == 1
        version = registry.version(model, 1)
        assert version is not None
        copy = registry.download(version, tmp_path / "copy")
    assert manifest.verify(copy, training.name)
