"""Register on a bad day: processes that are slow or killed, and MLflow that has lost something."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from airlock.core.errors import ModelError, ProcessLost, RegistryUnavailable, Unverified
from airlock.registry import MlflowSettings, open_registry, open_run
from airlock.stages.register import smoke
from airlock.stages.register.record import Registration
from airlock.stages.register.stage import register
from tests.integration.test_register import MEASURED
from tests.registered import client, ledger_below, sqlite_below, version_of
from tests.trained import Trained, trained

ASKED = '{"folder": "folder", "digest": "digest", "keys": {}}'
ANSWERS = """echo 'airlock smoke: {"rows": 5}'"""


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    return trained(tmp_path_factory.mktemp("training"))


def registered(
    training: Trained, settings: MlflowSettings, model: str, scratch: Path, **changes: Any
) -> Registration:
    scratch.mkdir(parents=True, exist_ok=True)
    with open_run(settings, model=model, key="k", tags={}) as opened:
        pass
    arguments: dict[str, Any] = {
        "model": model,
        "bundle": training.bundle,
        "bundle_digest": training.name,
        "data_digest": "d" * 64,
        "ledger": ledger_below(scratch, model),
        "mlflow": settings,
        "scratch": scratch,
    }
    record = replace(training.record, mlflow_run=opened.id)
    return register(record, MEASURED, **arguments | changes)


def python_that(does: str, folder: Path) -> str:
    """An interpreter that does something else than what it is asked for."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return str(path)


# The fresh process


@pytest.mark.parametrize(
    ("does", "said"),
    [
        pytest.param("exec sleep 60", "gave no answer within 1 s", id="it is slow"),
        pytest.param("kill -9 $$", "was ended by SIGKILL without an answer", id="it is killed"),
        pytest.param("kill -11 $$", "was ended by SIGSEGV without an answer", id="it crashes"),
        pytest.param("exit 3", "ended with status 3 without an answer", id="it says nothing"),
        pytest.param("echo {", "ended with status 0 without an answer", id="it says nonsense"),
        pytest.param(
            """echo '{"rows": 5}'""",
            "ended with status 0 without an answer",
            id="a library says what looks like an answer",
        ),
        pytest.param(
            "echo 'MemoryError: 1 of maria@example.org' >&2; exit 1",
            r"ended with status 1 without an answer \(MemoryError\)",
            id="it raises before it begins",
        ),
        pytest.param(
            """echo 'airlock smoke: {"passing": "It raises OSError."}'; exit 1""",
            r"was hindered by the machine\. It raises OSError",
            id="the machine hinders it",
        ),
    ],
)
def test_a_process_without_an_answer_says_nothing_of_the_model_and_is_tried_again(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    does: str,
    said: str,
):
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", python_that(does, tmp_path))
        with pytest.raises(ProcessLost, match=said) as caught:
            registered(training, settings, model, tmp_path / "1", smoke_timeout=1)

    assert caught.value.retry_can_help
    assert "maria" not in str(caught.value)
    page = client(settings).get_model_version(model, "1")
    assert page.tags["airlock.smoke"].startswith("The fresh process that loads")
    assert "airlock.proven" not in page.tags


def test_the_next_attempt_proves_the_version_that_is_there(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", python_that("kill -9 $$", tmp_path))
        with pytest.raises(ProcessLost):
            registered(training, settings, model, tmp_path / "1")

    made = registered(training, settings, model, tmp_path / "2")

    assert made.version == 1
    page = client(settings).get_model_version(model, "1")
    assert page.tags["airlock.smoke"] == "passed"
    assert len(client(settings).search_model_versions(f"name='{model}'")) == 1


def test_only_its_own_words_say_that_a_model_is_broken(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    answers = """echo 'a library says hello'; echo 'airlock smoke: {"problem": "It is odd."}'"""
    monkeypatch.setattr(sys, "executable", python_that(answers, tmp_path))

    with pytest.raises(ModelError, match=r"does not work in a fresh process\. It is odd"):
        registered(training, settings, model, tmp_path / "1")

    page = client(settings).get_model_version(model, "1")
    assert "does not work in a fresh process" in page.tags["airlock.smoke"]


def test_a_process_that_cannot_be_started_is_tried_again(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))

    with pytest.raises(ProcessLost, match="could not be started: No such file"):
        registered(training, settings, model, tmp_path / "1")


def test_the_process_has_no_secret_and_no_module_from_where_the_task_stands(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    seen = tmp_path / "seen"
    tells = f"""env >{seen}; printf '%s\\n' "$@" >>{seen}; {ANSWERS}"""
    monkeypatch.setattr(sys, "executable", python_that(tells, tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_AIRLOCK_SIGNING", "secret")

    registered(training, settings, model, tmp_path / "1")

    lines = seen.read_text().splitlines()
    assert not [one for one in lines if one.startswith("AIRFLOW")]
    assert "-P" in lines


def test_a_copy_that_was_proven_and_altered_since_is_found_without_a_process(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", python_that(ANSWERS, tmp_path))
        made = registered(training, settings, model, tmp_path / "1")
    (Path(made.source) / "data/bundle/graph.pt2").write_bytes(b"other weights")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))

    with pytest.raises(Unverified):
        registered(training, settings, model, tmp_path / "2")


def test_what_became_of_the_process_is_said_though_mlflow_takes_no_tag(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    def away(*_: object, **__: object) -> None:
        raise MlflowException("database is locked")

    monkeypatch.setattr(sys, "executable", python_that("exit 3", tmp_path))
    monkeypatch.setattr(MlflowClient, "set_model_version_tag", away)

    with pytest.raises(ProcessLost, match="ended with status 3"):
        registered(training, settings, model, tmp_path / "1")


def test_whoever_serves_a_model_has_no_airflow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def check(*_: object) -> int:
        import airflow  # noqa: F401

        return 5

    monkeypatch.setattr(smoke, "check", check)
    monkeypatch.setattr(sys, "stdin", io.StringIO(ASKED))
    monkeypatch.setitem(sys.modules, "airflow", ModuleType("airflow"))  # as if it were there
    try:
        status = smoke.main("linear", "60")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)

    assert status == 1
    assert '"problem": "It raises ModuleNotFoundError."' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(MemoryError(), "passing", id="no memory"),
        pytest.param(OSError(28, "No space left on device"), "passing", id="no room"),
        pytest.param(OSError(24, "Too many open files"), "passing", id="no descriptors"),
        pytest.param(RuntimeError("can't start new thread"), "passing", id="no threads"),
        pytest.param(
            RuntimeError("DefaultCPUAllocator: can't allocate memory"),
            "passing",
            id="torch's words",
        ),
        pytest.param(RegistryUnavailable("Away.", do="Wait."), "passing", id="a retry can help"),
        pytest.param(ModelError("Odd.", do="Look."), "problem", id="another answer than before"),
        pytest.param(FileNotFoundError(2, "gone"), "problem", id="a file is missing"),
        pytest.param(ValueError("maria@example.org"), "problem", id="its code raises"),
    ],
)
def test_what_a_machine_lacks_is_told_from_what_is_wrong_with_a_model(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    kind: str,
):
    def check(*_: object) -> int:
        raise error

    monkeypatch.setattr(smoke, "check", check)
    monkeypatch.setattr(sys, "stdin", io.StringIO(ASKED))
    monkeypatch.setitem(sys.modules, "airflow", sys.modules.get("airflow"))  # it blocks that
    try:
        status = smoke.main("linear", "60")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)

    said = capsys.readouterr().out
    assert (status, f'{smoke.ANSWER}{{"{kind}":' in said) == (1, True)
    assert "maria" not in said


@pytest.mark.parametrize("slow", ["import_for", "check"])
def test_a_process_that_nobody_waits_for_ends_itself(slow: str):
    script = (
        "import signal; from airlock.stages.register import smoke; "
        "smoke.import_for = smoke.check = lambda *_: None; "
        f"smoke.{slow} = lambda *_: signal.pause(); smoke.main('linear', '0.1')"
    )

    found = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=found, input=ASKED, text=True, check=False
    )

    assert done.returncode == -signal.SIGALRM


def test_a_process_that_nobody_asks_ends_without_a_word():
    smoke_alone = [sys.executable, "-m", "airlock.stages.register.smoke", "linear", "60"]

    found = {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        smoke_alone, env=found, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, b"")


# The task itself


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def status_of(work: Callable[[], object]) -> int:
    """How a child of this process ends that does something; it never goes on as the test does."""
    child = os.fork()
    if not child:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]


def before(name: str) -> Callable[[], None]:
    def patch() -> None:
        setattr(MlflowClient, name, lambda *_, **__: die())

    return patch


def after(name: str) -> Callable[[], None]:
    def patch() -> None:
        really = getattr(MlflowClient, name)

        def then(*arguments: Any, **options: Any) -> None:
            really(*arguments, **options)
            die()

        setattr(MlflowClient, name, then)

    return patch


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MLflow whose tables are made, and that nobody in this process holds open."""
    folder = tmp_path_factory.mktemp("fresh")

    def make_tables() -> None:
        with open_registry(sqlite_below(folder)):
            pass

    assert status_of(make_tables) == 0
    return folder / "mlflow.db"


@pytest.mark.parametrize(
    ("fault", "left"),
    [
        pytest.param(after("create_logged_model"), 1, id="after the model is begun"),
        pytest.param(after("log_model_artifacts"), 1, id="after its files are there"),
        pytest.param(after("finalize_logged_model"), 1, id="after it is ready"),
        pytest.param(before("create_model_version"), 1, id="before the version"),
        pytest.param(after("create_model_version"), 0, id="after the version"),
    ],
)
def test_whatever_is_killed_the_next_attempt_finds_or_makes_the_one_version(
    training: Trained, fresh: Path, tmp_path: Path, fault: Callable[[], None], left: int
):
    shutil.copy(fresh, tmp_path / "mlflow.db")
    settings = sqlite_below(tmp_path)

    def attempt() -> None:
        fault()
        version_of(settings, "churn", training.bundle, tmp_path / "killed")

    assert os.WTERMSIG(status_of(attempt)) == signal.SIGKILL

    assert version_of(settings, "churn", training.bundle, tmp_path / "again") == 1

    hand = client(settings)
    [page] = hand.search_model_versions("name='churn'")
    assert page.tags["airlock.bundle"] == training.name
    experiment = hand.get_experiment_by_name("churn")
    models = hand.search_logged_models([experiment.experiment_id])
    said = [one.tags["airlock.abandoned"] for one in models if "airlock.abandoned" in one.tags]
    assert said == ["An attempt that was ended early. The bundle is version 1."] * left


def test_a_duplicate_that_was_killed_before_it_said_so_is_told_by_the_next_attempt(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    version_of(settings, model, training.bundle, tmp_path / "1")
    first = client(settings).get_model_version(model, "1")
    client(settings).create_model_version(
        model, first.source, tags={"airlock.bundle": training.name}
    )

    assert version_of(settings, model, training.bundle, tmp_path / "2") == 1

    other = client(settings).get_model_version(model, "2")
    assert other.tags["airlock.duplicate_of"] == "1"


# What MLflow has lost, or does not say now


def test_a_run_that_mlflow_has_lost_blocks_no_bundle(
    training: Trained, settings: MlflowSettings, model: str, tmp_path: Path
):
    lost = replace(training.record, mlflow_run="0" * 32)

    made = register(
        lost,
        MEASURED,
        model=model,
        bundle=training.bundle,
        bundle_digest=training.name,
        data_digest="d" * 64,
        ledger=ledger_below(tmp_path, model),
        mlflow=settings,
        scratch=tmp_path,
    )

    assert made.version == 1


@pytest.mark.parametrize("call", ["create_registered_model", "create_experiment"])
def test_a_busy_mlflow_is_tried_again_and_no_setting_is_blamed(
    training: Trained,
    settings: MlflowSettings,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
):
    def busy(*_: object, **__: object) -> None:
        raise MlflowException("database is locked")  # its code is INTERNAL_ERROR

    with monkeypatch.context() as patched:
        patched.setattr(MlflowClient, call, busy)
        with pytest.raises(RegistryUnavailable) as caught:
            version_of(settings, model, training.bundle, tmp_path / "1")

    assert caught.value.retry_can_help
    assert version_of(settings, model, training.bundle, tmp_path / "2") == 1
