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
