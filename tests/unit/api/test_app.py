"""No answer leads to a host that a request names, and nothing in one acts that is not seen."""

from __future__ import annotations

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from airlock.api.access import LiteralResponse, install
from airlock.api.app import create_app
from airlock.core.errors import DataError
from tests.payloads import ACTING, PAYLOADS

EVERYTHING = " ".join(PAYLOADS.values())


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize(
    "path",
    [
        *("/", "//", "/ui", "/ui/", "/ui/airlock.js/", "/ui//airlock.js", "//evil.example/ui/"),
        *("/models/churn/ledger/", "/runs/a/b/", "/runs/a/b/c/", "/runs/a/b/c/report/x/"),
        *("/runs/a/b/c/report//evil.example/", "/%2f%2fevil.example/%2e%2e/"),
    ],
)
def test_no_path_is_redirected(path: str, method: str):
    client = TestClient(create_app(), follow_redirects=False, raise_server_exceptions=False)

    answer = client.request(method, path, headers={"host": "evil.example"})

    assert not 300 <= answer.status_code < 400
    assert "location" not in answer.headers
    assert "evil.example" not in answer.text


@pytest.fixture
def told() -> FastAPI:
    """An app like ours, with a route that tells a text and one that fails over it."""
    app = FastAPI(default_response_class=LiteralResponse)
    install(app)

    @app.get("/said")
    def said() -> dict[str, object]:
        return {"text": EVERYTHING, "rows": [{EVERYTHING: EVERYTHING}]}

    @app.get("/failed")
    def failed() -> None:
        raise DataError(f"{EVERYTHING} is new.", do=EVERYTHING)

    return app


@pytest.mark.parametrize("path", ["/said", "/failed"])
def test_no_answer_holds_what_acts_and_is_not_seen(told: FastAPI, path: str):
    answer = TestClient(told, raise_server_exceptions=False).get(path)

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    texts = json.dumps(answer.json(), ensure_ascii=False)
    assert "<script>" in texts
    assert not set(texts) & set(ACTING)
