"""What the docs show holds: code names what there is, YAML is right, commands exist."""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from airflow.sdk import DAG
from pydantic import ValidationError

import airlock
from airlock.cli.main import _parser
from airlock.core.spec import Spec
from airlock.reading import read_yaml
from airlock.stages.drift.spec import DriftSpec
from airlock.stages.evidence.spec import Governance
from airlock.stages.gate.spec import Policy
from airlock.stages.gc.spec import GcSpec
from airlock.stages.redact.spec import ColumnRedaction, RedactionSpec
from airlock.stages.validate.spec import Expectations
from airlock.starter.write import write_project

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "PYPI.md"]
PAGES += [ROOT / "examples/extension/README.md"]
SPECS: tuple[type[Spec], ...] = (
    Expectations,
    RedactionSpec,
    Policy,
    DriftSpec,
    GcSpec,
    Governance,
)
LEFT_OUT = "…"
FOREIGN = set(
    """airflow astro cd cp cat curl docker export for git helm jq kubectl mkdir openssl pip python
    python3 sqlite3 sh umask unset source mlflow aws mc ls echo set rm chmod diff sha256sum find
    psql systemctl bash touch xxd base64 sed printf ssh tail head done unzip .""".split()
)
"""Commands of others that a page may name."""


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def _blocks() -> Iterator[Block]:
    for page in PAGES:
        text = page.read_text()
        for found in re.finditer(r"^( *)```(\w+)\n(.*?)^\1```", text, re.MULTILINE | re.DOTALL):
            line = text.count("\n", 0, found.start()) + 2
            written = re.sub(rf"^{found[1]}", "", found[3], flags=re.MULTILINE)
            yield Block(str(page.relative_to(ROOT)), line, found[2], written)


BLOCKS = list(_blocks())
PYTHON = [block for block in BLOCKS if block.language == "python"]
YAML = [block for block in BLOCKS if block.language == "yaml"]
COMMANDS = [
    pytest.param(line.removeprefix("$ "), id=f"{block}: {line[2:40]}")
    for block in BLOCKS
    if block.language in {"console", "bash", "sh"}
    for line in block.text.splitlines()
    if line.startswith("$ ")
]


def test_the_docs_show_something():
    assert len(PYTHON) > 10
    assert len(YAML) > 10
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_compiles_and_imports_what_there_is(block: Block):
    # "..." among the arguments says that there are more of them.
    tree = ast.parse(re.sub(r"(?<=[( ])\.\.\.(?=[,)])", "**more", block.text))

    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("airlock"):
            module = importlib.import_module(node.module or "")
            for alias in node.names:
                assert hasattr(module, alias.name), f"{node.module} has no {alias.name}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            known = _arguments(node.func.id)
            written = {word.arg for word in node.keywords if word.arg}
            assert known is None or written <= known, f"{node.func.id} has no {written - known}"


@pytest.mark.parametrize("page", ["docs/extend.md", "docs/operators.md"])
def test_python_of_the_pages_for_builders_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_project(tmp_path)
    monkeypatch.setenv("AIRFLOW__AIRLOCK__ROOT", str(tmp_path))
    names = {
        **{name: getattr(airlock, name) for name in airlock.__all__},
        "DAG": DAG,
        "INCLUDE": tmp_path / "include",
        "__name__": __name__,
    }
    header = "from __future__ import annotations\n"

    for block in PYTHON:
        if block.page == page:
            exec(compile(header + block.text, str(block), "exec"), names)


@pytest.mark.parametrize("block", YAML, ids=str)
def test_yaml_is_what_its_file_may_hold(block: Block):
    foreign = block.page == "docs/install.md" or block.text.startswith("scrape_configs:")
    if LEFT_OUT in block.text or foreign:
        # Not whole, or a file of somebody else: it must be YAML all the same.
        read_yaml(block.text.replace(LEFT_OUT, "left_out"))
        return
    written = read_yaml(block.text)

    wrong = [_wrong(spec, part) for spec, part in _readings(written)]
    assert not all(wrong), wrong


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_exist(command: str, capsys: pytest.CaptureFixture[str]):
    for part in re.split(r"\s*(?:&&|\|\||[|;])\s*", command.partition("  #")[0]):
        words = shlex.split(re.split(r"\s[<>]", part)[0], comments=True)
        words = words[1:] if words[:1] == ["do"] else words
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words:
            _check_command(words)


def _check_command(words: list[str]) -> None:
    name = words[0].removeprefix("./")
    if name == "airlock":
        with contextlib.suppress(SystemExit) if "--help" in words else contextlib.nullcontext():
            _parser().parse_args(words[1:])
    elif name == "make":
        targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert {word for word in words[1:] if "=" not in word} <= set(targets)
    elif "/" in words[0]:
        assert (ROOT / words[0]).exists() or words[0].startswith((".venv", "/")), words[0]
    else:
        assert name in FOREIGN, name


def _readings(written: object) -> Iterator[tuple[type[Spec], object]]:
    """What a block may be: a file from its beginning, or what stands below one of its keys."""
    for spec in SPECS:
        yield spec, written
    yield RedactionSpec, {"columns": written}
    if isinstance(written, dict) and len(written) == 1:
        # Of a column alone, what names other columns cannot be compared with them.
        yield ColumnRedaction, next(iter(written.values()))
    yield Expectations, {"contract": written}


def _arguments(name: str) -> set[str] | None:
    """The keywords that a public name takes; None for any, and for what is not Airlock's."""
    if name not in airlock.__all__:
        return None
    public = getattr(airlock, name)
    if isinstance(public, type) and issubclass(public, Spec):
        return set(public.model_fields)
    parameters = inspect.signature(public).parameters.values()
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters):
        return None
    return {one.name for one in parameters}


def _wrong(spec: type[Spec], written: object) -> str:
    """What a spec has against a part of its file: that something is missing does not count."""
    try:
        spec.model_validate(written)
    except ValidationError as error:
        return "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors()
            if one["type"] != "missing"
        )
    return ""
