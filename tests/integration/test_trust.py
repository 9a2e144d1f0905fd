"""Nothing is loaded but what somebody signed whom this machine trusts, by whatever way it comes."""

from __future__ import annotations

import base64
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow import pyfunc
from mlflow.models import Model

from airlock import serve, signing
from airlock.bundle import manifest
from airlock.cli import main as cli
from airlock.core.errors import AirlockError, SettingsError, Unverified
from airlock.ledger import Signer
from airlock.registry.copies import write_model
from tests.trained import ROOT, Trained, trained

OURS = Signer.from_seed(base64.b64encode(bytes(range(32))).decode())
STRANGER = Signer.from_seed(base64.b64encode(bytes(range(50, 82))).decode())


def public(signer: Signer) -> str:
    return base64.b64encode(signer.public).decode()


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("training"), max_epochs=1)


@pytest.fixture
def model(training: Trained, tmp_path: Path) -> Path:
    """As `register` leaves a model in MLflow, signed by our key."""
    envelope = signing.signed_by(OURS, manifest.files_of(training.bundle), model="churn")
    (tmp_path / "scratch").mkdir()
    folder = tmp_path / "scratch" / "model"
    write_model(training.bundle, folder, ["torch"], Model(), envelope)
    return folder


@pytest.fixture(autouse=True)
def _nobody_is_trusted_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("AIRLOCK_TRUSTED_KEYS", "AIRLOCK_UNSIGNED"):
        monkeypatch.delenv(name, raising=False)


WAYS: dict[str, Callable[[Path], Any]] = {
    "mlflow.pyfunc.load_model": lambda model: pyfunc.load_model(str(model)),
    "airlock.serve.load_model": lambda model: serve.load_model(str(model)),
    "airlock.serve.load_bundle": lambda model: serve.load_bundle(model / "data/bundle"),
}


@pytest.fixture(params=sorted(WAYS))
def load(request: pytest.FixtureRequest) -> Callable[[Path], Any]:
    return WAYS[request.param]


def test_where_nobody_is_trusted_nothing_is_loaded_and_the_error_says_what_to_do(
    load: Callable[[Path], Any], model: Path
):
    with pytest.raises(SettingsError, match="airlock trust KEY"):
        load(model)


def test_one_command_sets_it_up(
    load: Callable[[Path], Any], model: Path, training: Trained, caplog: pytest.LogCaptureFixture
):
    assert cli.main(["trust", public(OURS)]) == 0

    predicted = load(model).predict(_rows(training))

    assert len(predicted) == 5
    assert not [one for one in caplog.records if one.name.startswith("airlock")]


def test_one_variable_sets_it_up(
    load: Callable[[Path], Any], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "trusted.json").write_text(json.dumps({OURS.key_id: public(OURS)}))
    monkeypatch.setenv("AIRLOCK_TRUSTED_KEYS", str(tmp_path / "trusted.json"))

    load(model)


def test_a_bundle_that_another_key_signed_is_refused(load: Callable[[Path], Any], model: Path):
    cli.main(["trust", public(STRANGER)])

    with pytest.raises(Unverified, match="no signature of a trusted key"):
        load(model)


def test_a_bundle_from_before_signatures_says_how_it_gets_one(
    load: Callable[[Path], Any], model: Path
):
    cli.main(["trust", public(OURS)])
    signing.envelope_path(model / "data/bundle").unlink()

    with pytest.raises(Unverified, match="airlock keys sign MODEL"):
        load(model)


@pytest.mark.parametrize("trusting", [False, True], ids=["no list", "a list"])
def test_unsigned_loading_is_asked_for_and_said_each_time(
    load: Callable[[Path], Any],
    model: Path,
    trusting: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    if trusting:
        cli.main(["trust", public(STRANGER)])
    monkeypatch.setenv("AIRLOCK_UNSIGNED", "1")

    with caplog.at_level(logging.WARNING, "airlock"):
        for _ in range(2):
            load(model)

    assert sum("AIRLOCK_UNSIGNED" in one.getMessage() for one in caplog.records) == 2


@pytest.mark.parametrize("value", ["", "0", "no", "true"])
def test_nothing_but_1_is_a_wish_for_unsigned_bundles(
    load: Callable[[Path], Any], model: Path, value: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AIRLOCK_UNSIGNED", value)

    with pytest.raises(SettingsError):
        load(model)


def test_the_caller_of_load_bundle_may_hand_in_the_keys(model: Path):
    keys = {OURS.key_id: public(OURS)}

    assert serve.load_bundle(model / "data/bundle", trusted=keys).predict
    with pytest.raises(Unverified):
        serve.load_bundle(model / "data/bundle", trusted={STRANGER.key_id: public(STRANGER)})


def test_keys_that_were_handed_in_are_not_softened_by_the_environment(
    model: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AIRLOCK_UNSIGNED", "1")

    with pytest.raises(Unverified):
        serve.load_bundle(model / "data/bundle", trusted={STRANGER.key_id: public(STRANGER)})


# MLmodel beside the bundle


def another_loader(text: str) -> str:
    return text.replace("airlock.serve", "antigravity")


def own_code(text: str) -> str:
    return text.replace("code: null", "code: code")


def another_flavor(text: str) -> str:
    return text.replace("flavors:\n", "flavors:\n  sklearn:\n    pickled_model: x\n")


def a_pickled_model(text: str) -> str:
    return text.replace("    code: null", "    code: null\n    python_model: evil.pkl")


def another_folder(text: str) -> str:
    return text.replace("data: data/bundle", "data: data/other")


def twice(text: str) -> str:
    return text.replace(
        "    loader_module: airlock.serve",
        "    loader_module: os\n    loader_module: airlock.serve",
    )


def an_object(text: str) -> str:
    return text + "\nx: !!python/object/apply:os.system [touch was_run]\n"


@pytest.mark.parametrize(
    "change",
    [
        *(another_loader, own_code, another_flavor, a_pickled_model),
        *(another_folder, twice, an_object, lambda text: "flavors: 1", lambda text: "["),
    ],
    ids=lambda change: change.__name__,
)
def test_load_model_obeys_no_file_beside_the_bundle(
    model: Path, change: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    cli.main(["trust", public(OURS)])
    monkeypatch.chdir(tmp_path)
    written = (model / "MLmodel").read_text()
    (model / "MLmodel").write_text(change(written))
    assert change(written) != written

    with pytest.raises(Unverified, match=r"loaded by other code than airlock\.serve"):
        serve.load_model(str(model))

    assert not Path("was_run").exists()


# airlock trust


@pytest.mark.parametrize("form", ["base64", "file", "list"])
def test_a_key_is_taken_as_text_as_a_file_and_as_a_list(form: str, tmp_path: Path):
    given = tmp_path / "key"
    given.write_text(
        json.dumps({OURS.key_id: public(OURS)}) if form == "list" else public(OURS) + "\n"
    )

    assert cli.main(["trust", public(OURS) if form == "base64" else str(given)]) == 0

    [path] = (tmp_path / "config").rglob("*.json")
    assert json.loads(path.read_text()) == {OURS.key_id: public(OURS)}


def test_a_key_is_listed_and_forgotten(capsys: pytest.CaptureFixture[str]):
    cli.main(["trust", public(OURS)])
    cli.main(["trust", public(STRANGER)])
    capsys.readouterr()

    assert cli.main(["trust", "--forget", OURS.key_id]) == 0
    capsys.readouterr()
    assert cli.main(["trust"]) == 0

    assert capsys.readouterr().out.split() == [STRANGER.key_id]
    assert cli.main(["trust", "--forget", OURS.key_id]) == 2


@pytest.mark.parametrize(
    "key", ["", "no key", "AAAA", "{}", '{"a": 1}', "[" * 100_000, public(OURS) + public(OURS)]
)
def test_what_is_no_public_key_is_refused(key: str, tmp_path: Path):
    try:
        status = cli.main(["trust", key])
    except AirlockError:
        status = 1

    assert status in {0, 1} if not key else status == 1
    assert not list((tmp_path / "config").rglob("*.json"))


def _rows(training: Trained) -> Any:
    import pandas as pd

    return pd.DataFrame(json.loads((training.bundle / "input_example.json").read_text()))


def test_the_command_needs_no_airflow(tmp_path: Path):
    script = (
        "import sys; sys.modules['airflow'] = None; "
        "from airlock.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script, "trust", public(OURS)],
        env={"PYTHONPATH": str(ROOT / "plugins"), "XDG_CONFIG_HOME": str(tmp_path / "config")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert OURS.key_id in done.stdout
