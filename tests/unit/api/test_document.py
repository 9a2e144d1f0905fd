"""The OpenAPI document is what the routes are, and no change of it breaks who relies on it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airlock.api.document import breaking, document
from airlock.api.v1.reading import SCHEMA

ROOT = Path(__file__).parents[3]
COMMITTED = ROOT / "docs/api/openapi.json"
# What schema 1 promised first. It is never written again: a new schema gets a file of its own.
FIRST = ROOT / f"tests/golden/openapi-{SCHEMA}.json"


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    return document()


def test_the_committed_document_is_what_the_routes_are(now: dict[str, Any]):
    assert json.loads(COMMITTED.read_text()) == now, (
        "Write it anew: python -m airlock.api.document > docs/api/openapi.json"
    )


def test_nothing_that_was_promised_is_broken(now: dict[str, Any]):
    assert list(breaking(json.loads(FIRST.read_text()), now)) == []


Change = Callable[[dict[str, Any]], object]
RUNS, DECISIONS = "/api/v1/runs", "/api/v1/models/{name}/decisions"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda d: d["paths"].pop(RUNS), "POST /api/v1/runs is gone", id="route"),
        pytest.param(
            lambda d: d["paths"][RUNS]["post"]["responses"].pop("201"), "answers 201", id="answer"
        ),
        pytest.param(
            lambda d: d["paths"][DECISIONS]["get"]["parameters"].pop(), "takes no", id="parameter"
        ),
        pytest.param(
            lambda d: d["paths"][DECISIONS]["get"]["parameters"].append(
                {"in": "query", "name": "why", "required": True, "schema": {"type": "string"}}
            ),
            "demands why",
            id="demanded parameter",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["Scored"]["properties"].pop("rows"),
            "Scored.rows is gone",
            id="field",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["Scored"]["properties"].update(
                rows={"type": "string"}
            ),
            "Scored.rows is of another type",
            id="type",
        ),
        pytest.param(
            lambda d: d["components"]["schemas"]["Asked"]["required"].append("night"),
            "Asked.night is demanded",
            id="demanded field",
        ),
    ],
)
def test_a_change_that_breaks_a_caller_is_named(now: dict[str, Any], change: Change, said: str):
    changed = copy.deepcopy(now)
    change(changed)

    assert any(said in one for one in breaking(now, changed))


def test_what_is_only_added_breaks_nobody(now: dict[str, Any]):
    more = copy.deepcopy(now)
    more["paths"]["/api/v1/new"] = {"get": {"responses": {"200": {}}}}
    more["components"]["schemas"]["Scored"]["properties"]["more"] = {"type": "string"}

    assert list(breaking(now, more)) == []
