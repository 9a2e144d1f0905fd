"""The API behind the tab: who is let in where, and what it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from airlock.api.app import create_app
from local.keys import secret
from tests.integration.airflow.plugin.auth import SECRET_DAG
from tests.integration.airflow.plugin.site import ASKED, DAG, STAGES, Site

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

ROUTES: Mapping[str, str] = {
    "/runs/{dag_id}/{run_id}": f"/runs/{DAG}/rejected",
    "/runs/{dag_id}/{run_id}/{task_id}": f"/runs/{DAG}/rejected/gate",
    "/runs/{dag_id}/{run_id}/{task_id}/report/{path:path}": (
        f"/runs/{DAG}/rejected/gate/report/index.html"
    ),
    "/models/{name}/ledger": "/models/customer_churn/ledger",
    "/api/v1/models": "/api/v1/models",
    "/api/v1/models/{name}": "/api/v1/models/customer_retention",
    "/api/v1/models/{name}/versions": "/api/v1/models/customer_retention/versions",
    "/api/v1/models/{name}/versions/{version}": "/api/v1/models/customer_retention/versions/1",
    "/api/v1/models/{name}/decisions": "/api/v1/models/customer_retention/decisions",
    "/api/v1/models/{name}/ledger.json": "/api/v1/models/customer_retention/ledger.json",
    "/api/v1/models/{name}/nights": "/api/v1/models/customer_retention/nights",
    "/api/v1/models/{name}/nights/{night}": "/api/v1/models/customer_retention/nights/2026-01-05",
    "/api/v1/models/{name}/artefacts/{sha256}": "artefact",
    "/api/v1/models/{name}/artefacts/{sha256}/report/{path:path}": "artefact/report/index.html",
    "/api/v1/models/{name}/queue": "/api/v1/models/customer_retention/queue",
    "/api/v1/models/{name}/costs": "/api/v1/models/customer_retention/costs",
    "/api/v1/models/{name}/months": "/api/v1/models/customer_retention/months",
    "/api/v1/models/{name}/compared": "/api/v1/models/customer_retention/compared?left=2&right=7",
    "/api/v1/models/{name}/service": "/api/v1/models/customer_retention/service",
    "/metrics": "/metrics",
    "/ui/{name}": "/ui/airlock.js",
}
RUNS = "/api/v1/runs"
# Of no run, and of a model whose rows nobody asks about: there for nobody.
ABSENT: Mapping[str, str] = {
    "/api/v1/models/{name}/versions/{version}/evidence.zip": (
        "/api/v1/models/customer_retention/versions/1/evidence.zip"
    ),
    "/api/v1/models/{name}/queue/{night}": "/api/v1/models/customer_retention/queue/2026-01-05",
}
ANSWERS = "/api/v1/models/{name}/queue/{night}/answers"
QUEUED = f"/api/v1/models/{ASKED}/queue/2026-01-08"
ANSWER = "/api/v1/models/customer_retention/queue/2026-01-05/answers"
FOR_THE_BOARD = (
    f"/runs/{SECRET_DAG}/board",
    f"/runs/{SECRET_DAG}/board/gate",
    f"/runs/{SECRET_DAG}/board/gate/report/index.html",
)


@pytest.fixture(scope="module")
def http(site: Site) -> Iterator[httpx.Client]:
    # Whoever asks first waits until the API is built, on a machine that runs other tests besides.
    base = f"{site.airflow.url}/airlock"
    with httpx.Client(base_url=base, trust_env=False, timeout=60) as client:
        yield client


@pytest.fixture(scope="module")
def headers(site: Site) -> dict[str, dict[str, str]]:
    """What each kind of caller sends."""
    viewer = site.token("viewer")
    claims = jwt.decode(viewer, options={"verify_signature": False})
    forged = jwt.encode({**claims, "sub": "admin"}, "guessed" * 10, algorithm="HS512")
    tokens = {
        "bad token": "x.y.z",
        "forged token": forged,
        "unsigned token": jwt.encode(claims, None, algorithm="none"),
        "viewer": viewer,
        "user": site.token("user"),
        "op": site.token("op"),
        "admin": site.token("admin"),
    }
    bearers = {who: {"authorization": f"Bearer {token}"} for who, token in tokens.items()}
    return {"anonymous": {}, **bearers, "viewer's cookie": {"cookie": f"_token={viewer}"}}


def test_the_sweep_below_knows_every_route():
    assert {route.path for route in create_app().routes} == {*ROUTES, *ABSENT, RUNS, ANSWERS}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("who", "answer"),
    [
        ("anonymous", 401),
        ("bad token", 403),
        ("forged token", 403),
        ("unsigned token", 403),
        ("viewer", 200),
        ("viewer's cookie", 200),
        ("user", 200),
        ("op", 200),
        ("admin", 200),
    ],
)
def test_every_route_only_reads_and_only_for_whoever_is_signed_in(
    http, headers, who, answer, method
):
    expected = answer if method == "GET" else 405
    # What no entry names is there for nobody.
    some = [one for one in ROUTES.values() if one.startswith("/")]

    found = {
        address: http.request(method, address, headers=headers[who]).status_code for address in some
    }

    assert found == dict.fromkeys(some, expected)


@pytest.mark.parametrize(
    ("who", "answer"),
    [
        ("anonymous", 401),
        ("bad token", 403),
        ("forged token", 403),
        ("unsigned token", 403),
        ("viewer", 403),
        ("viewer's cookie", 403),
    ],
)
def test_who_may_not_start_a_run_starts_none(http, headers, site: Site, who, answer):
    asked = {"do": "roll back", "model": "customer_retention", "reason": "It was better."}
    sent = {**headers[who], "Idempotency-Key": f"sweep-{who.replace(' ', '-')}"}

    found = http.post(RUNS, json=asked, headers=sent)

    assert found.status_code == answer
    runs = site.airflow.client.request("GET", "/dags/model_rollback/dagRuns")["dag_runs"]
    assert [run for run in runs if run["dag_run_id"].startswith("api__")] == []


@pytest.mark.parametrize("method", [one for one in METHODS if one != "POST"])
def test_a_run_is_started_and_a_row_answered_by_post_alone(http, headers, method):
    found = {
        http.request(method, at, headers=headers["admin"]).status_code for at in (RUNS, ANSWER)
    }

    assert found == {405}


@pytest.mark.parametrize(
    ("who", "rows", "answer"),
    [
        ("anonymous", 401, 401),
        ("bad token", 403, 403),
        ("forged token", 403, 403),
        ("unsigned token", 403, 403),
        ("viewer", 403, 403),
        ("viewer's cookie", 403, 403),
        # Whose key nobody is asked about: they come as far as the row itself.
        ("user", 200, 409),
        ("op", 200, 409),
        ("admin", 200, 409),
    ],
)
def test_rows_are_for_whoever_may_start_the_dag_for_answers(http, headers, who, rows, answer):
    given = {"row_key": "f" * 32, "answer": "1"}

    seen = http.get(QUEUED, headers=headers[who])
    said = http.post(f"{QUEUED}/answers", json=given, headers=headers[who])

    assert (seen.status_code, said.status_code) == (rows, answer)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("who", ["anonymous", "viewer", "admin"])
def test_what_is_there_for_nobody_is_a_404_to_whoever_is_signed_in(http, headers, who, method):
    expected = (401 if who == "anonymous" else 404) if method == "GET" else 405

    found = {http.request(method, at, headers=headers[who]).status_code for at in ABSENT.values()}

    assert found == {expected}


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_page_of_another_site_starts_nothing(http, site: Site, origin):
    sent = {"cookie": f"_token={site.token('admin')}", "Idempotency-Key": "x"}
    sent |= {"origin": origin} if origin else {}
    asked = {"do": "roll back", "model": "customer_retention", "reason": "It was better."}

    found = http.post(RUNS, json=asked, headers=sent)

    assert found.status_code == 403
    assert "not from a page of this Airflow" in found.json()["what"]


def test_fifty_at_once_with_one_key_make_one_run_and_another_body_none(http, headers, site: Site):
    asked = {"do": "roll back", "model": "customer_retention", "reason": "Better.", "version": 99}
    sent = {**headers["admin"], "Idempotency-Key": "fifty"}

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: http.post(RUNS, json=asked, headers=sent), range(50)))
    other = http.post(RUNS, json={**asked, "version": 98}, headers=sent)

    assert {one.status_code for one in answers} <= {200, 201}
    assert sum(one.status_code == 201 for one in answers) == 1
    [run_id] = {one.json()["run_id"] for one in answers}
    runs = site.airflow.client.request("GET", "/dags/model_rollback/dagRuns")["dag_runs"]
    assert [run["dag_run_id"] for run in runs if run["dag_run_id"] == run_id] == [run_id]
    assert (other.status_code, other.headers["content-type"]) == (422, "application/problem+json")
    log = site.airflow.client.request("GET", "/eventLogs?event=airlock.start_run")["event_logs"]
    assert [(one["run_id"], one["owner"]) for one in log] == [(run_id, "admin")]


@pytest.mark.parametrize("address", FOR_THE_BOARD)
def test_a_dags_runs_are_for_whoever_may_read_that_dag(http, headers, address):
    assert http.get(address, headers=headers["admin"]).status_code == 200

    refused = http.get(address, headers=headers["viewer"])
    unknown = address.replace(f"{SECRET_DAG}/board", f"{SECRET_DAG}/nothing")
    missing = http.get(unknown, headers=headers["viewer"])

    assert refused.status_code == 403
    assert (missing.status_code, missing.text) == (refused.status_code, refused.text)


@pytest.mark.parametrize(
    ("model", "viewer", "admin"),
    [
        pytest.param("customer_churn", 200, 200, id="written by a DAG that all may read"),
        pytest.param("board", 404, 200, id="written by a DAG that the viewer may not read"),
        pytest.param("orphan", 404, 200, id="written by no run"),
        pytest.param("nothing", 404, 404, id="does not exist"),
        pytest.param("%2e%2e", 404, 404, id="no name at all"),
    ],
)
def test_a_ledger_is_for_whoever_may_read_every_dag_that_wrote_to_it(
    http, headers, model, viewer, admin
):
    answers = {
        who: http.get(f"/models/{model}/ledger", headers=headers[who]).status_code
        for who in ("viewer", "admin")
    }

    assert answers == {"viewer": viewer, "admin": admin}


def test_a_ledger_shows_its_entries_in_order(http, headers):
    answer = http.get("/models/customer_churn/ledger", headers=headers["viewer"]).json()

    assert [entry["kind"] for entry in answer["entries"]][:2] == ["run", "decided"]
    assert answer["champion"] is None


@pytest.mark.parametrize(
    ("model", "viewer", "admin"),
    [
        pytest.param("customer_retention", 200, 200, id="written by a DAG that all may read"),
        pytest.param("board", 404, 200, id="written by a DAG that the viewer may not read"),
        pytest.param("orphan", 404, 200, id="written by no run"),
        pytest.param("nothing", 404, 404, id="does not exist"),
        pytest.param("%2e%2e", 404, 404, id="no name at all"),
    ],
)
def test_a_model_is_for_whoever_may_read_every_dag_that_wrote_to_its_ledger(
    http, headers, model, viewer, admin
):
    address = f"/api/v1/models/{model}"
    listed = {
        who: {
            one["model"]
            for one in http.get("/api/v1/models", headers=headers[who]).json()["models"]
        }
        for who in ("viewer", "admin")
    }

    assert http.get(address, headers=headers["viewer"]).status_code == viewer
    assert http.get(address, headers=headers["admin"]).status_code == admin
    assert (model in listed["viewer"], model in listed["admin"]) == (viewer == 200, admin == 200)


@pytest.mark.parametrize("address", ["/api/v1/models", "/api/v1/models/customer_retention"])
def test_an_unchanged_answer_is_empty(http, headers, address):
    first = http.get(address, headers=headers["viewer"])
    again = http.get(address, headers={**headers["viewer"], "if-none-match": first.headers["etag"]})

    assert first.json()["schema"] == 1
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(
    "address",
    [
        f"/runs/{DAG}/nothing",
        f"/runs/{DAG}/rejected/nothing",
        f"/runs/{DAG}/rejected/announce",
        f"/runs/{DAG}/rejected/promote",
        f"/runs/{DAG}/rejected/gate/report/nothing.html",
        f"/runs/{DAG}/rejected/gate/report/..%2f..%2fdata",
        f"/runs/{DAG}/rejected/gate/report/%2fetc%2fpasswd",
        "/runs/%2e%2e/%2e%2e",
        "/ui/nothing.js",
        "/ui/__init__.py",
        "/ui/..%2fplugin.py",
        "/docs",
        "/openapi.json",
    ],
)
def test_what_is_not_there_is_not_found_in_words(http, headers, address):
    answer = http.get(address, headers=headers["admin"])

    assert answer.status_code == 404
    assert set(answer.json()) == {"what", "do"}
    assert "/var/" not in answer.text


def test_a_run_tells_its_stages_in_order_and_what_comes_next(http, headers):
    run = http.get(f"/runs/{DAG}/rejected", headers=headers["viewer"]).json()

    assert [stage["stage"] for stage in run["stages"]] == STAGES
    assert [stage["step"] for stage in run["stages"]][5:] == ["done", "stopped", *["skipped"] * 2]
    assert run["next"]["sentence"].startswith("Nothing to do")


def test_a_task_tells_its_verdict_and_what_the_ledger_says(http, headers):
    gate = http.get(f"/runs/{DAG}/rejected/gate", headers=headers["viewer"]).json()

    assert gate["headline"] == "Version 4 was rejected by policy customer_churn"
    assert gate["reasons"][1] == "brier was not measured."
    assert gate["signed"]
    assert gate["ledger"].startswith("Entry 3 of the ledger of customer_churn names this very")


def test_of_a_record_that_no_entry_names_nothing_is_shown(http, headers):
    told = http.get(f"/runs/{DAG}/doctored/gate", headers=headers["viewer"])
    page = http.get(f"/runs/{DAG}/doctored/gate/report/index.html", headers=headers["viewer"])
    run = http.get(f"/runs/{DAG}/doctored", headers=headers["viewer"]).json()

    assert (told.status_code, page.status_code) == (500, 500)
    assert told.json().keys() == {"what", "do"}
    assert "no entry of the ledger names this very record" in told.json()["what"]
    gate = next(one for one in run["stages"] if one["stage"] == "gate")
    assert (gate["step"], gate["badge"]) == ("failed", None)
    assert "is not shown" in gate["headline"]
    assert run["next"]["sentence"].startswith("Act on nothing of this run")


def test_what_the_gate_is_yet_to_name_says_so(http, headers):
    snapshot = http.get(f"/runs/{DAG}/rejected/snapshot", headers=headers["viewer"]).json()

    assert not snapshot["signed"]
    assert snapshot["ledger"].startswith("Not under a signature")


def test_a_reused_result_names_the_run_that_made_it(http, headers):
    train = http.get(f"/runs/{DAG}/waiting/train", headers=headers["viewer"]).json()

    assert (train["reused"], train["made_by"]) == (True, "rejected")


def test_nothing_in_a_report_runs(http, headers):
    answer = http.get(f"/runs/{DAG}/rejected/gate/report/index.html", headers=headers["viewer"])

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, no-cache"


def test_a_report_that_was_altered_is_not_shown(http, headers, site: Site):
    store = site.stores["store"]
    page = next(
        stat.key
        for stat in store.list("attempts/redact/")
        if stat.key.endswith("index.html") and _is_of(site, stat.key, "rejected")
    )
    whole = store.get(page)

    store.put(page, whole + b"<p>All is well.</p>")
    answer = http.get(f"/runs/{DAG}/rejected/redact/report/index.html", headers=headers["admin"])
    store.put(page, whole)

    assert answer.status_code == 500
    assert "was altered" in answer.json()["what"]


@pytest.mark.parametrize(("hours", "answer"), [(1, 200), (-1, 401)])
def test_a_token_counts_until_it_expires(http, headers, site: Site, hours, answer):
    token = headers["viewer"]["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    algorithm = jwt.get_unverified_header(token)["alg"]
    end = int((datetime.now(UTC) + timedelta(hours=hours)).timestamp())
    ours = jwt.encode({**claims, "exp": end}, secret(site.airflow.home, "jwt"), algorithm=algorithm)

    found = http.get("/ui/airlock.js", headers={"authorization": f"Bearer {ours}"})

    assert found.status_code == answer


def _is_of(site: Site, page: str, run_id: str) -> bool:
    store = site.stores["store"]
    slots = (json.loads(store.get(stat.key)) for stat in store.list("stages/redact/"))
    return any(
        slot["made_by"]["run_id"] == run_id and page.startswith(slot["report"]["prefix"])
        for slot in slots
    )
