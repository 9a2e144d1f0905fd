"""`airlock new` and `check --data` read tables of every kind, and guess alike."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.csv as pacsv
import pyarrow.feather as feather
import pytest

from airlock.cli import main as cli
from airlock.core.errors import DataError
from airlock.drafts import sample
from airlock.stages.validate.spec import Expectations
from tests.newcomers import bring


@pytest.fixture
def project(tmp_path: Path) -> Path:
    assert cli.main(bring("flowers", tmp_path)) == 0
    return tmp_path


@pytest.mark.parametrize("kind", ["jsonl", "feather"])
def test_a_table_of_another_kind_gives_the_same_files(
    project: Path, kind: str, capsys: pytest.CaptureFixture[str]
):
    rows = pacsv.read_csv(project / "var/data/flowers.csv")
    table = project / f"var/data/blossoms.{kind}"
    if kind == "jsonl":
        lines = (json.dumps(row, default=str) for row in rows.to_pylist())
        table.write_text("".join(f"{one}\n" for one in lines))
    else:
        feather.write_feather(rows, str(table))
    said = [*("--target", "kind", "--entity", "plant"), "--project", str(project)]

    assert cli.main(["new", "blossoms", "--from", str(table), *said]) == 0
    checked = ["check", "blossoms", "--project", str(project), "--data", str(table), "--strict"]
    assert cli.main(checked) == 0, capsys.readouterr().out

    made, usual = (
        Expectations.load(project / f"include/expectations/{name}.yaml").contract
        for name in ("blossoms", "flowers")
    )
    assert made.columns == usual.columns
    assert f"blossoms.{kind}" in (project / "dags/blossoms_training.py").read_text()


def test_days_in_json_are_seen_and_what_no_contract_can_name_is_refused(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"a": 1, "b": "2026-01-31", "c": "31.1.2026", "d": "2026-01-31T10:00:00Z", "e": 1}\n'
        '{"a": 2, "b": null, "c": "1.12.2026", "d": null, "e": 1.5, "f": true}\n'
    )

    found = sample.look(path)

    kinds = {field.name: str(field.type) for field in found.table.schema}
    assert kinds == {
        "a": "int64",
        "b": "date32[day]",
        "c": "date32[day]",
        "d": "timestamp[us]",
        "e": "double",
        "f": "bool",
    }
    assert found.formats == {"c": "%d.%m.%Y"}

    for wrong in ('{"a": "x"}\n{"a": 1}\n', '{"a": [1]}\n', '{"a": {"b": 1}}\n'):
        path.write_text(wrong)
        with pytest.raises(DataError, match="several types, or nested"):
            sample.look(path)


BARE = "no,screen,price,good\n{}".format(
    "".join(f'A{at},{10 + at % 9}" wide,{at % 7},{"yes" if at % 3 else "no"}\n' for at in range(90))
)


def test_quotes_that_are_text_are_seen_and_written_into_the_contract(tmp_path: Path):
    project = bring_file(tmp_path, "screens.csv", BARE)

    assert cli.main(new(project, "screens", "good")) == 0

    contract = Expectations.load(project / "include/expectations/screens.yaml").contract
    assert contract.csv.quote is None
    assert (
        "# Seen: quotes are text, and close no cell."
        in (project / "include/expectations/screens.yaml").read_text()
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.tsv", "ham\tgo now\nspam\twin\nham\tok\n", id="a class that comes again"),
        pytest.param("a.csv", "1,2.5,3\n4,5.5,6\n7,8.5,9\n", id="numbers"),
        pytest.param("a.csv", "7,x,2026-01-05\n8,y,2026-01-06\n", id="mostly numbers and days"),
    ],
)
def test_a_table_without_a_header_is_said_with_what_to_do(
    tmp_path: Path, name: str, text: str, capsys: pytest.CaptureFixture[str]
):
    project = bring_file(tmp_path, name, text)

    assert cli.main(new(project, "a", "label", name)) == 1

    said = " ".join(capsys.readouterr().err.split())
    assert "reads like a row, and names no columns. Put a line with their names in front" in said


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"","X","2011"\n1,2,3\n4,5,6\n', id="a number without a name, and a year"),
        pytest.param("a,b\n", id="nothing behind it"),
        pytest.param("yes,no\n1,0\n0,1\n", id="classes as columns"),
    ],
)
def test_a_header_that_looks_odd_is_one_all_the_same(tmp_path: Path, text: str):
    (tmp_path / "a.csv").write_text(text)

    assert sample.look(tmp_path / "a.csv").table.num_columns >= 2


@pytest.mark.parametrize(
    ("text", "do"),
    [
        pytest.param(BARE, "Write csv: {quote: null}", id="bare quotes"),
        pytest.param(BARE.partition("\n")[2].replace('"', ""), "{header: false}", id="no header"),
    ],
)
def test_check_says_what_to_write_for_such_a_file(
    tmp_path: Path, text: str, do: str, capsys: pytest.CaptureFixture[str]
):
    project = bring_file(tmp_path, "screens.csv", BARE.replace('"', ""))
    assert cli.main(new(project, "screens", "good")) == 0
    other = project / "var/data/other.csv"
    other.write_text(text)

    checked = ["check", "screens", "--project", str(project), "--data", str(other)]
    assert cli.main(checked) == 1

    assert do in " ".join(capsys.readouterr().out.split())


def bring_file(folder: Path, name: str, text: str) -> Path:
    """A project with one table."""
    bring("flowers", folder)
    (folder / "var/data" / name).write_text(text)
    return folder


def new(project: Path, model: str, target: str, name: str = "") -> list[str]:
    table = project / "var/data" / (name or f"{model}.csv")
    return ["new", model, "--from", str(table), "--target", target, "--project", str(project)]
