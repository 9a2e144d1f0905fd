"""What runs, people and files give is filled into operators as it is: once, and never again."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, BaseOperator
from airflow.sdk.definitions.mappedoperator import MappedOperator
from hypothesis import given, settings

from airlock import RollbackOperator
from airlock.engine.operator import StageOperator
from tests.payloads import PAYLOADS, SECRET, texts

DAGS = sorted((Path(__file__).parents[3] / "dags").glob("*.py"))
# Nothing but the name of a parameter: no expression around it that could hold somebody's text.
FIXED = re.compile(r"\{\{ params\.[a-z_]+ \}\}")


def rendered(text: str, **dag: Any) -> tuple[Any, Any, Any]:
    """The fields of a real operator, filled by Airflow from parameters that hold a text."""
    with DAG("rollback", **dag):
        task = RollbackOperator(
            task_id="rollback",
            model="{{ params.model }}",
            reason="{{ params.reason }}",
            to_version="{{ params.version }}",
        )
    params = {"model": text, "reason": text, "version": text, "other": "1337"}
    task.render_template_fields({"params": params, "dag": task.dag, "ti": None})  # type: ignore[typeddict-item]  # what templates ask for
    return task.model, task.reason, task.to_version


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS)
@pytest.mark.parametrize("native", [False, True], ids=["as text", "as Python objects"])
def test_what_a_person_typed_comes_out_as_they_typed_it(
    monkeypatch: pytest.MonkeyPatch, text: str, native: bool
):
    monkeypatch.setenv("AIRFLOW_CONN_SECRET", json.dumps({"conn_type": "x", "password": SECRET}))

    assert rendered(text, render_template_as_native_obj=native) == (text, text, text)


@given(texts)
@settings(max_examples=60, deadline=None)
def test_whatever_is_put_together_comes_out_as_it_went_in(text: str):
    assert rendered(text, render_template_as_native_obj=True) == (text, text, text)


@pytest.mark.parametrize("text", ["[1, 2]", "1e3", "None", "'x'", "{'a': 1}", "__import__('os')"])
def test_a_text_that_looks_like_a_value_of_python_stays_a_text(text: str):
    assert rendered(text, render_template_as_native_obj=True) == (text, text, text)


def tasks(path: Path) -> Iterator[BaseOperator | MappedOperator]:
    spec = importlib.util.spec_from_file_location(f"dag_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for one in vars(module).values():
        if isinstance(one, DAG):
            yield from one.tasks  # type: ignore[misc]  # as the SDK types them


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (found for one in value.values() for found in strings(one))
    elif isinstance(value, list | tuple | set):
        yield from (found for one in value for found in strings(one))


@pytest.mark.parametrize("path", DAGS, ids=lambda path: path.stem)
def test_every_template_of_the_shipped_dags_is_the_name_of_a_parameter_alone(path: Path):
    for task in tasks(path):
        given = task.partial_kwargs if isinstance(task, MappedOperator) else vars(task)
        fields = [given.get(name) for name in task.template_fields]
        for text in (found for one in fields for found in strings(one)):
            assert "{%" not in text
            assert "{#" not in text
            assert "{{" not in FIXED.sub("", text), f"{task.task_id}: {text}"
        # A text that ends like a file's name is not read as one.
        if isinstance(task, StageOperator):
            assert not task.template_ext


@pytest.mark.parametrize("path", DAGS, ids=lambda path: path.stem)
def test_what_a_dag_says_of_itself_stands_in_its_file(path: Path):
    source = path.read_text(encoding="utf-8")

    assert "doc_md=f" not in source
    assert not re.search(r"doc_md=(?!__doc__)", source)
