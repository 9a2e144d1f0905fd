"""`airlock init` writes a project that is right as it is, and replaces nothing."""

from __future__ import annotations

import json
import runpy
import shlex
import stat
from pathlib import Path

import pytest
import yaml

from airlock.cli import main as cli
from airlock.stages.gate.spec import Policy
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.validate.spec import Expectations
from airlock.starter.rows import leads
from airlock.starter.write import write_project

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("init") / "leads"
    write_project(folder)
    return folder


def test_the_command_names_every_file_and_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["init", str(tmp_path / "mine")]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[-1].endswith("mine/README.md.")
    assert all(Path(line).exists() for line in said[:-1])


@pytest.mark.parametrize(
    "there", ["README.md", "include/models/leads.py", "airflow.env", "var/keys", ".gitignore"]
)
def test_a_file_that_is_there_is_named_and_nothing_is_written(tmp_path: Path, there: str):
    kept = tmp_path / there
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("mine")

    assert cli.main(["init", str(tmp_path)]) == 1

    assert kept.read_text() == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]


def test_the_refusal_says_which_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "README.md").write_text("mine")

    cli.main(["init", str(tmp_path)])

    assert f"{tmp_path}/README.md exists" in capsys.readouterr().err


def test_other_files_of_the_folder_stay(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")

    write_project(tmp_path)

    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "file").write_text("")

    assert cli.main(["init", str(tmp_path / "file" / "below")]) == 1

    assert "cannot be written" in capsys.readouterr().err


def test_what_people_write_in_it_is_right(project: Path):
    promised = Expectations.load(project / "include/expectations/leads.yaml")
    columns = RedactionSpec.load(project / "include/redaction/leads.yaml")
    policy = Policy.load(project / "include/policies/leads.yaml")

    header = (project / "include/data/leads/leads.csv").read_text().partition("\n")[0]
    assert header.split(",") == list(promised.contract.columns) == list(columns.columns)
    assert policy.name == "leads"


@pytest.mark.parametrize("dag", ["leads_training", "leads_scoring"])
def test_its_dags_load(project: Path, dag: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ROOT", str(project))

    names = runpy.run_path(str(project / f"dags/{dag}.py"))

    assert names["__doc__"].startswith("### Leads")


def test_its_connections_are_those_of_the_checkout(project: Path):
    ours = _connections(ROOT / "airflow_settings.yaml")

    assert _connections(project / "airflow_settings.yaml") == ours


def test_its_environment_says_what_its_settings_say(project: Path):
    words = shlex.split((project / "airflow.env").read_text(), comments=True)
    said = dict(word.split("=", 1) for word in words)

    assert said["AIRFLOW__AIRLOCK__ROOT"] == str(project)
    assert {
        name: json.loads(said[f"AIRFLOW_CONN_{name.upper()}"])["extra"]
        for name in _connections(project / "airflow_settings.yaml")
    } == _connections(project / "airflow_settings.yaml")


def test_keys_and_raw_rows_are_for_their_user_alone_and_never_committed(project: Path):
    keys = sorted((project / "var/keys").glob("*.key"))

    assert [key.stem for key in keys] == ["airlock_pseudonym", "airlock_signing", "airlock_split"]
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    assert stat.S_IMODE((project / "var/raw").stat().st_mode) == 0o700
    assert {"var/", "airflow.env"} <= set((project / ".gitignore").read_text().splitlines())


def test_two_projects_have_keys_of_their_own_and_the_same_rows(project: Path, tmp_path: Path):
    write_project(tmp_path)

    for name in ("airlock_signing", "airlock_split"):
        one, other = (root / f"var/keys/{name}.key" for root in (project, tmp_path))
        assert one.read_text() != other.read_text()
    assert (tmp_path / "include/data/leads/leads.csv").read_text() == leads()


def _connections(path: Path) -> dict[str, object]:
    written = yaml.safe_load(path.read_text())["airflow"]["connections"]
    return {one["conn_id"]: one["conn_extra"] for one in written}
