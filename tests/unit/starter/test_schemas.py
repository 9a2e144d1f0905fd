"""The schemas that editors read say what the files may hold."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from airlock.cli import main as cli
from airlock.reading import read_yaml
from airlock.starter.schemas import make_schemas

ROOT = Path(__file__).parents[3]
FOLDERS = {"expectations": "expectations", "redaction": "redaction", "policies": "policy"}
SHIPPED = [
    pytest.param(path, kind, id=path.stem + "-" + kind)
    for folder, kind in {**FOLDERS, "drift": "drift"}.items()
    for path in sorted((ROOT / "include" / folder).glob("*.yaml"))
]


def test_the_command_writes_them_over_those_of_another_version(tmp_path: Path):
    (tmp_path / "policy.schema.json").write_text("{}")

    assert cli.main(["schemas", str(tmp_path)]) == 0

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == make_schemas()


@pytest.mark.parametrize(("path", "kind"), SHIPPED)
def test_a_file_that_loads_is_right_by_its_schema(path: Path, kind: str):
    schema = json.loads(make_schemas()[f"{kind}.schema.json"])

    jsonschema.validate(json.loads(json.dumps(read_yaml(path.read_text()), default=str)), schema)


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("policy", {"name": "x", "first": {"auc": {"min": 0.6}}, "champion": []}),
        ("redaction", {"columns": {"id": {"action": "hash"}}}),
        ("expectations", {"contract": {"columns": {"id": {"type": "int"}}}, "expectations": []}),
    ],
)
def test_a_typo_is_marked(kind: str, written: object):
    schema = json.loads(make_schemas()[f"{kind}.schema.json"])

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written, schema)
