"""Mistakes in the DAG file itself, and forms in which a right one may be written."""

from __future__ import annotations

import ast
import inspect
import json
from pathlib import Path

import pytest

from airlock import labelling, scoring, training
from airlock.cli import main as cli
from airlock.pipelines.written.calls import KEYWORDS
from airlock.pipelines.written.file import Follower
from tests.newcomers import bring

ROOT = Path(__file__).parents[3]
TRAINING, SCORING = "dags/flowers_training.py", "dags/flowers_scoring.py"
POLICY, REDACTION = "include/policies/flowers.yaml", "include/redaction/flowers.yaml"

# id: file, what stands there, what is written instead, what is said, what to do.
MISTAKES = {
    "no trigger form": (TRAINING, ", **NIGHTLY)", ")", "no trigger form", "**NIGHTLY"),
    "form of a scoring": (TRAINING, "NIGHTLY", "NIGHTLY_SCORING", "no field for the epochs", "NI"),
    "plain schedule": (TRAINING, "=None", '="0 3 * * *"', "no night", 'nightly("0 3 * * *")'),
    "hourly": (TRAINING, "=None", '=nightly("5 * * * *")', "several runs are about", "hourly("),
    "keyword": (TRAINING, "policy=", "polcy=", "takes no polcy", "mean policy?"),
    "no import": (TRAINING, "NIGHTLY, TrainSpec", "NIGHTLY", "TrainSpec is used", "import"),
    "import": (
        TRAINING,
        "TrainSpec, training",
        "TrainSpec, trainning",
        "no trainning",
        "training?",
    ),
    "no Python": (TRAINING, "training(", "training(((", "is not Python", "Correct"),
    "no spec": (TRAINING, "=TrainSpec(", "=dict(", "must be a TrainSpec", "Write train="),
    "another model": (SCORING, '="flowers"', '="flower"', "trains flower", "mean flowers?"),
    "unknown target": (SCORING, '"kind"', '"knid"', "no column knid", "mean kind?"),
    "unknown entity": (SCORING, '"plant"', '"plnat"', "plnat does not survive", "mean plant?"),
    "scheme": (TRAINING, '"flowers.csv"', '"s4://b/x.csv"', "s4://", "file, s3"),
    "above": (TRAINING, '"flowers.csv"', '"../../x.csv"', "outside of the places", "Move"),
    "template": (TRAINING, '"flowers.csv"', '"{{ ds }}.csv"', "looks like a template", "{night}"),
    "by position": (TRAINING, 'model="flowers"', '"flowers"', "by name alone", "model="),
    "epochs": (TRAINING, '="kind"', '="kind", max_epochs="ten"', "whole number", "digits"),
    "a text of features": (TRAINING, '="kind"', '="kind", features=("a")', "a list", '("one",)'),
    "seed": (TRAINING, '="kind"', '="kind", seed=-1', "at least 0", "specs.md"),
    "no base": (TRAINING, "include.models.flowers:", "models.flowers:", "no package", "include"),
    "list of metrics": (POLICY, "auroc: {min: 0.55}", "- auroc", "keys with values", "specs.md"),
    "a margin in percent": (POLICY, "margin: 0.03", "margin: 3", "ever worse", "0.03, not 3"),
    "yes": (REDACTION, "action: keep", "action: yes", "one of", "quotes"),
    "capitals": (REDACTION, "  length:", "  Length:", "speaks of Length", "mean length?"),
    "brace": (REDACTION, "keep}", "keep", "is not YAML", "brackets"),
}

# id: what a right DAG file may also say.
FORMS = {
    "a path in parts": (
        'INCLUDE / "policies/flowers.yaml"',
        'INCLUDE.joinpath("policies", "flowers.yaml")',
    ),
    "a name": ('        source="flowers.csv"', "        source=SOURCE"),
    "an alias": ("    training(", "    airlock.training("),
    "a loop": ("    training(", "    for model in ['flowers']:\n      training("),
    "more keywords": ('        model="flowers",', "        **COMMON,"),
    "a function": ("with DAG(", "def build():\n  pass\n\nwith DAG("),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert cli.main(bring("flowers", tmp_path)) == 0
    return tmp_path


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    # The form is named where it is imported and where it is used.
    times = 2 if after == "NIGHTLY_SCORING" else 1
    file.write_text(text.replace(before, after, times))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_said_with_its_line(
    mistake: str, project: Path, capsys: pytest.CaptureFixture[str]
):
    file, before, after, what, do = MISTAKES[mistake]
    change(project / file, before, after)
    if "nightly(" in after:
        change(project / file, "import NIGHTLY,", "import NIGHTLY, nightly,")

    cli.main(["check", "--json", "--project", str(project)])

    out = capsys.readouterr().out
    findings = json.loads(out[out.index("{\n") :])["findings"]
    said = [one for one in findings if what in one["what"] and do in one["do"]]
    assert said, findings
    assert all(one["line"] and one["column"] for one in said)
    assert all(str(project / file) == one["file"] for one in said)


@pytest.mark.parametrize("form", FORMS)
def test_a_file_may_be_written_in_many_ways(
    form: str, project: Path, capsys: pytest.CaptureFixture[str]
):
    change(project / TRAINING, *FORMS[form])
    more = 'import airlock\n\nSOURCE = "flowers.csv"\nCOMMON = {"model": "flowers"}\nINCLUDE ='
    change(project / TRAINING, "INCLUDE =", more)

    if form == "a loop":
        text = (project / TRAINING).read_text()
        at = text.index("      training(")
        (project / TRAINING).write_text(text[:at] + text[at:].replace("\n", "\n  "))

    assert cli.main(["check", "--strict", "--project", str(project)]) == 0
    assert "flowers (training)" in capsys.readouterr().out


def test_what_is_computed_is_said_to_be_unchecked_and_is_no_error(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    change(project / TRAINING, 'source="flowers.csv"', 'source=os.environ["SOURCE"]')

    assert cli.main(["check", "--project", str(project)]) == 0

    assert "note: source: is computed" in capsys.readouterr().out


def test_a_file_that_would_be_followed_for_ever_is_left(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    calls = "\n".join(f"def f{n}():\n" + f"    f{n + 1}()\n" * 9 for n in range(9))
    loops = "for a in range(9):\n  pass\n" + "for x in [1] * 9:\n  f0()\n"
    (project / "dags/busy.py").write_text(f"import airlock\n{calls}\ndef f9(): pass\n{loops}")

    assert cli.main(["check", "--project", str(project)]) == 0

    assert "not followed to its end" in capsys.readouterr().out


def test_a_model_that_no_file_names_is_a_wrong_call(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    assert cli.main(["check", "flower", "--project", str(project)]) == 2

    assert "Did you mean flowers?" in capsys.readouterr().err


def test_strict_counts_warnings(project: Path):
    change(project / TRAINING, "schedule=None", 'schedule="0 3 * * *"')

    assert cli.main(["check", "--project", str(project)]) == 0
    assert cli.main(["check", "--strict", "--project", str(project)]) == 1


@pytest.mark.parametrize("pipeline", [training, scoring, labelling])
def test_the_keywords_are_those_of_the_function(pipeline):
    parameters = inspect.signature(pipeline).parameters.values()
    needs = {one.name for one in parameters if one.default is inspect.Parameter.empty}

    assert KEYWORDS[pipeline.__name__] == (needs, {one.name for one in parameters} - needs)


@pytest.mark.parametrize("folder", ["dags", "include", "local", "tests/faults"])
def test_any_python_is_followed_to_its_end(folder: str):
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    for file in files:
        follower = Follower(file, ROOT)

        follower.follow(ast.parse(file.read_bytes()))

        assert follower.steps.left > 0, file


SQL = 'sql("include/flowers.sql", connection="w")'


@pytest.mark.parametrize(
    ("query", "written", "said"),
    [
        pytest.param("SELECT * FROM flowers", SQL, "", id="right"),
        pytest.param(None, SQL, "cannot be read (No such file", id="no file"),
        pytest.param("DELETE FROM flowers", SQL, "DELETE changes something", id="no SELECT"),
        pytest.param("SELECT :nigth", SQL, "Did you mean :night?", id="a typo"),
        pytest.param("SELECT 1", SQL.replace('"w"', '""'), "must not be empty", id="nobody"),
        pytest.param("SELECT 1", 'sql("include/flowers.sql")', "other arguments", id="no conn"),
        pytest.param("SELECT 1", SQL[:-1] + ", window=3)", "other arguments", id="a keyword"),
    ],
)
def test_a_query_is_looked_at_as_far_as_its_file_says(
    project: Path, capsys: pytest.CaptureFixture[str], query: str | None, written: str, said: str
):
    file = project / TRAINING
    change(file, '"flowers.csv"', written)
    change(file, "from airlock import ", "from airlock import sql, ")
    if query is not None:
        (project / "include/flowers.sql").write_text(query)

    ended = cli.main(["check", "--json", "--project", str(project)])
    out = capsys.readouterr().out
    findings = json.loads(out[out.index("{\n") :])["findings"]
    wrong = [one for one in findings if one["severity"] == "error"]
    assert (ended == 0) is (not said), wrong
    assert [said in f"{one['what']} {one['do']}" for one in wrong] == ([True] if said else [])
    assert all(one["line"] > 1 and one["file"].endswith(TRAINING) for one in wrong)


def test_a_window_of_a_query_without_nights_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
):
    change(project / TRAINING, '"flowers.csv"', SQL + ", window=3")
    change(project / TRAINING, "from airlock import ", "from airlock import sql, ")
    (project / "include/flowers.sql").write_text("SELECT * FROM flowers")

    assert cli.main(["check", "--project", str(project)]) == 1
    assert "has no nights, so there is no window of 3" in capsys.readouterr().out
