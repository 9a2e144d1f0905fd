"""`airlock new` writes the files of a pipeline from a look at its table, and replaces nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock.cli import main as cli
from airlock.stages.gate.spec import Policy
from airlock.stages.redact.spec import RedactionSpec
from airlock.stages.validate.spec import Expectations
from tests.newcomers import TABLES, bring

FILES = ("expectations/{0}.yaml", "redaction/{0}.yaml", "policies/{0}.yaml", "models/{0}.py")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for name in TABLES:
        assert cli.main(bring(name, root)) == 0
    return root


@pytest.mark.parametrize("name", TABLES)
def test_what_is_written_is_right_as_it_is_also_with_its_table(
    name: str, project: Path, capsys: pytest.CaptureFixture[str]
):
    table = next((project / "var/data").glob(f"{name}.*"))

    status = cli.main(["check", name, "--project", str(project), "--data", str(table), "--strict"])

    assert status == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", TABLES)
def test_every_file_says_by_which_schema_it_is_read(name: str, project: Path):
    for folder in ("expectations", "redaction", "policies"):
        file = project / "include" / folder / f"{name}.yaml"
        head = file.read_text().splitlines()[0]

        assert head.startswith("# yaml-language-server: $schema=")
        assert (file.parent / head.partition("=")[2]).resolve().is_file()


def test_how_a_file_is_written_is_seen_and_said(project: Path):
    written = (project / "include/expectations/flats.yaml").read_text()
    contract = Expectations.load(project / "include/expectations/flats.yaml").contract

    assert (contract.csv.encoding, contract.csv.decimal, contract.csv.delimiter) == (
        "cp1252",
        ",",
        ";",
    )
    assert contract.columns["Bezugsfertig"].format == "%d.%m.%Y"
    assert contract.columns["Fläche"].type == "number"
    assert "# Seen: numbers have a comma before the fraction." in written


def test_the_model_fits_what_is_predicted(project: Path):
    training = {name: (project / f"dags/{name}_training.py").read_text() for name in TABLES}

    assert 'task="regression"' in training["flats"]
    assert 'task="regression"' not in training["flowers"] + training["visits"]


def test_what_may_say_who_somebody_is_and_what_teaches_nothing_is_dropped(project: Path):
    actions = RedactionSpec.load(project / "include/redaction/subscribers.yaml").columns
    flowers = RedactionSpec.load(project / "include/redaction/flowers.yaml").columns

    assert {name: actions[name].action for name in ("customer_id", "email", "signed_up")} == {
        "customer_id": "pseudonym",
        "email": "drop",
        "signed_up": "drop",
    }
    assert flowers["site"].action == "drop"


def test_the_policy_asks_for_no_more_rows_than_the_holdout_has(project: Path):
    policy = Policy.load(project / "include/policies/flowers.yaml")

    assert policy.holdout.min_rows < 1_500 * 0.2
    assert policy.baseline is not None


def test_a_second_call_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]):
    policy = project / "include/policies/flats.yaml"
    policy.write_text("# mine\n" + policy.read_text())

    assert cli.main(bring("flats", project)) == 1

    assert policy.read_text().startswith("# mine\n")
    assert "exists, and nothing is overwritten" in capsys.readouterr().err


def test_a_folder_with_a_night_each_becomes_a_nightly_pipeline(tmp_path: Path):
    make, target, _ = TABLES["flowers"]
    for night in ("2026-01-04", "2026-01-05"):
        folder = tmp_path / f"var/data/garden/date={night}"
        folder.mkdir(parents=True)
        (folder / "part.csv").write_bytes(make())
    source = str(tmp_path / "var/data/garden")

    words = ["new", "garden", "--from", source, "--target", target, "--project", str(tmp_path)]
    assert cli.main(words) == 0

    written = (tmp_path / "dags/garden_training.py").read_text()
    assert 'source="garden/date={night}/*.csv"' in written
    assert 'schedule=nightly("0 2 * * *")' in written
    assert cli.main(["check", "--strict", "--project", str(tmp_path)]) == 0


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        pytest.param(["--target", "kinds"], 1, "Did you mean kind?", id="no such target"),
        pytest.param(["--target", "site"], 1, "same value in every row", id="nothing to tell"),
        pytest.param(["--target", "plant"], 1, "is no number", id="every row its own class"),
        pytest.param(["--entity", "site"], 1, "cannot say whom", id="an entity of one value"),
        pytest.param(["--from", "/etc/hostname"], 2, "outside of the places", id="elsewhere"),
        pytest.param(["--from", "nothing.csv"], 2, "There is nothing", id="no file"),
    ],
)
def test_what_cannot_become_a_pipeline_is_said_and_nothing_is_written(
    words: list[str], status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert cli.main([*bring("flowers", tmp_path), *words]) == status

    assert said in capsys.readouterr().err
    assert not (tmp_path / "dags").exists()


def test_no_cell_that_names_somebody_is_in_any_file(project: Path):
    for file in [*(project / "include").rglob("*.*"), *(project / "dags").iterdir()]:
        text = file.read_text()
        assert "example.com" not in text
        assert "Grüne Straße" not in text
        assert "C00001" not in text
