"""What programs read: versions, decisions, nights, artefacts, queue and costs of a model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from airlock.api.v1.overviews import overviews
from airlock.catalogs.usage import note_usage
from airlock.ledger import named
from tests.history import History
from tests.unit.api.v1.conftest import MODEL
from tests.unit.engine.test_usage import ONE

BASE = f"/api/v1/models/{MODEL}"
PATHS = (
    "",
    "/versions",
    "/versions/3",
    "/decisions",
    "/ledger.json",
    "/nights",
    "/queue",
    "/costs",
    "/months",
)


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_says_its_schema_and_is_empty_while_nothing_changes(
    client: TestClient, path: str
):
    first = client.get(f"{BASE}{path}")
    again = client.get(f"{BASE}{path}", headers={"if-none-match": first.headers["etag"]})

    assert (first.status_code, first.json()["schema"]) == (200, 1)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", [*PATHS, "/nights/2026-01-05", f"/artefacts/{'0' * 64}"])
def test_a_model_that_somebody_may_not_read_is_not_there(
    client: TestClient, readable: dict[str, bool], path: str
):
    readable["all"] = False

    answer = client.get(f"{BASE}{path}")
    missing = client.get(f"/api/v1/models/nothing{path}")

    assert answer.status_code == missing.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.text.replace(MODEL, "nothing") == missing.text


def test_decisions_come_page_by_page_and_none_twice(client: TestClient, history: History):
    seen, cursor = [], 0
    while cursor is not None:
        page = client.get(f"{BASE}/decisions", params={"limit": 4, "cursor": cursor}).json()
        seen += [one["sequence"] for one in page["items"]]
        cursor = page["next"]

    assert seen == [*range(1, len(history.ledger.entries()) + 1)]


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ({"kind": "promoted"}, {"promoted"}),
        ({"by": "grace"}, {"rolled_back"}),
        ({"version": 2}, {"decided"}),
        ({"kind": "promoted", "by": "nobody"}, set()),
    ],
)
def test_decisions_are_chosen_by_kind_person_and_version(client: TestClient, asked, kinds):
    found = client.get(f"{BASE}/decisions", params=asked).json()["items"]

    assert {one["kind"] for one in found} == kinds


def test_the_ledger_comes_as_a_file_of_what_was_signed(client: TestClient, history: History):
    answer = client.get(f"{BASE}/ledger.json")

    assert answer.headers["content-disposition"] == f'attachment; filename="ledger-{MODEL}.json"'
    whole = answer.json()["entries"]
    assert [one["signature"] for one in whole] == [
        one.signature for one in history.ledger.entries()
    ]


def test_one_version_tells_what_led_to_it_and_what_came_of_it(client: TestClient):
    whole = client.get(f"{BASE}/versions/3").json()

    assert [one["how"] for one in whole["champions"]] == ["promoted"]
    assert not whole["present"]
    assert whole["answers"][0]["by"] == "ada"
    assert [one["stage"] for one in whole["chapters"]] == ["evaluate"]
    assert whole["chapters"][0]["headline"].startswith("Measured on")
    assert whole["nights"] == ["2026-01-07", "2026-01-08"]


def test_a_version_that_there_is_not_says_which_there_are(client: TestClient):
    answer = client.get(f"{BASE}/versions/99")

    assert answer.status_code == 404
    assert answer.json()["detail"] == f"There is no version 99 of {MODEL} (1 to 4 exist)."


def test_a_night_says_who_scored_it(client: TestClient):
    one = client.get(f"{BASE}/nights/2026-01-07").json()["items"][0]

    assert (one["scored"]["versions"], one["scored"]["serves"]) == ([3], True)
    assert client.get(f"{BASE}/nights/2020-01-01").status_code == 404


def test_an_artefact_is_what_the_ledger_names_and_its_digest_is_its_etag(
    client: TestClient, history: History
):
    run = next(one for one in history.ledger.entries() if one.kind == "run")
    [result] = named(run)

    answer = client.get(f"{BASE}/artefacts/{result.sha256}")

    assert answer.headers["etag"] == f'"{result.sha256}"'
    assert (answer.json()["stage"], answer.json()["entry"]) == ("evaluate", run.sequence)
    assert client.get(f"{BASE}/artefacts/{'0' * 64}").status_code == 404


def test_an_artefact_that_was_altered_is_not_given_out(client: TestClient, history: History):
    run = next(one for one in history.ledger.entries() if one.kind == "run")
    [result] = named(run)
    store = history.stores["store"]
    store.put(result.address, store.get(result.address).replace(b"0.81", b"0.99"))

    answer = client.get(f"{BASE}/artefacts/{result.sha256}")

    assert answer.status_code == 500
    assert "is not what was recorded" in answer.json()["detail"]


@pytest.mark.parametrize(
    "asked", [{"limit": 0}, {"limit": 501}, {"cursor": -1}, {"cursor": "x"}, {"version": "3; DROP"}]
)
def test_what_is_not_understood_is_refused_with_its_place_and_not_repeated(
    client: TestClient, asked
):
    answer = client.get(f"{BASE}/decisions", params=asked)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert next(iter(asked)) in answer.json()["detail"]
    assert "DROP" not in answer.text


def test_two_candidates_stand_side_by_side(client: TestClient, history: History):
    decided = [one.sequence for one in history.ledger.entries() if one.kind == "decided"]

    told = client.get(f"{BASE}/compared", params={"left": decided[0], "right": decided[2]}).json()

    parts = {one["title"]: one["rows"] for one in told["parts"]}
    auroc = next(one for one in parts["Metrics on the holdout"] if one["name"] == "auroc")
    assert (auroc["left"], auroc["right"]) == ("0.81 (0.79 to 0.83)", "0.84 (0.82 to 0.86)")
    assert auroc["differs"]
    assert parts["Slices"]
    assert client.get(f"{BASE}/compared", params={"left": 1, "right": 1}).status_code == 404


def test_a_month_is_counted_behind_the_list_and_told_by_stage(client: TestClient, history: History):
    sheet = replace(ONE, model=MODEL, stage="train", money=1.5, currency="EUR")
    note_usage(history.stores["store"], sheet)

    months = client.get(f"{BASE}/months").json()["items"]

    assert [one["month"] for one in months] == [f"{sheet.at:%Y-%m}"]
    assert months[0]["total"]["in_words"] == "1.50 EUR"
    assert months[0]["stages"]["train"]["cpu_seconds"] == sheet.cpu_seconds
    # The list never waits for it: it says what was counted.
    listed = overviews().spending.known(MODEL, months[0]["month"])
    assert listed is not None
    assert listed.money == 1.5


def test_a_version_without_an_evidence_pack_says_how_to_make_one(client: TestClient):
    answer = client.get(f"{BASE}/versions/3/evidence.zip")

    assert answer.status_code == 404
    assert answer.json()["do"] == f"`airlock evidence {MODEL} 3` makes it."
    assert client.get(f"{BASE}/versions/3").json()["evidence"] is False
