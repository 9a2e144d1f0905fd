"""What the Airlock page waits for: 200 models with 500 ledger entries each, in a folder and on S3.

Through the API that the page asks, login aside: `cold` is the first answer of a server that has
just started, for the list, which tells how many ledgers it has not verified yet, and for a model of
the last ones; `warm` is every answer once all are verified. S3 is moto's server on this machine.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from fastapi.testclient import TestClient
from moto.server import ThreadedMotoServer

from airlock.api.app import create_app
from airlock.api.v1 import models, service
from airlock.api.v1.overviews import Overviews
from airlock.compat.airflow import get_user
from airlock.ledger import Entry, Ledger, Signer
from airlock.ledger.entry import BEFORE_THE_FIRST
from airlock.store import Credentials, Store, open_store
from benchmarks.claim import Claim
from tests.registered import ledger_below

MODELS, ENTRIES, ASKED = 200, 500, 40
AT = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)


def main() -> None:
    """Measure and report."""
    logging.disable(logging.INFO)  # a line a request
    with tempfile.TemporaryDirectory(prefix="airlock-bench-") as folder, s3() as remote:
        found = {
            "folder": _measured(Path(folder), open_store(str(Path(folder) / "store"))),
            "s3": _measured(Path(folder), remote),
        }
    for page in ("models", "model"):
        worst = max(one[page]["warm_ms"] for one in found.values())
        facts = {store: one[page] for store, one in found.items()}
        Claim(claim=f"page.{page}_p95_ms", value=worst, target=150, facts=facts).report()
        cold = max(one[page]["cold_ms"] for one in found.values())
        Claim(claim=f"page.{page}_cold_ms", value=cold, target=1_000, facts=facts).report()
    size = max(one["poll_bytes"] for one in found.values())
    a_minute = round(2 * size / 1024, 2)  # an unchanged page asks every thirty seconds
    Claim(claim="page.poll_kb", value=a_minute, target=2, facts={"bytes": size}).report()


def _measured(folder: Path, store: Store) -> dict[str, Any]:
    signer = ledger_below(folder, "any").signer
    trusted = ledger_below(folder, "any").trusted
    assert signer is not None
    for number in range(MODELS):
        _fill(store, f"model_{number:03d}", signer)
    with _client(Overviews(store, partial(Ledger, store, trusted=trusted))) as client:
        last = f"/api/v1/models/model_{MODELS - 1:03d}"
        cold_list, _ = _asked(client, "/api/v1/models")
        cold_model, _ = _asked(client, last)
        while client.get("/api/v1/models").json()["unread"]:
            time.sleep(0.5)
        listed = [_asked(client, "/api/v1/models") for _ in range(ASKED)]
        of_one = [_asked(client, last) for _ in range(ASKED)]
        etag = listed[-1][1].headers["etag"]
        empty = client.get("/api/v1/models", headers={"if-none-match": etag})
        assert empty.status_code == 304
    head = sum(len(name) + len(value) + 4 for name, value in empty.headers.items())
    return {
        "models": {"cold_ms": cold_list, "warm_ms": _p95([ms for ms, _ in listed])},
        "model": {"cold_ms": cold_model, "warm_ms": _p95([ms for ms, _ in of_one])},
        "poll_bytes": head + len(empty.content),
    }


def _fill(store: Store, name: str, signer: Signer) -> None:
    """A chain of nights, as scoring writes them, and a champion."""
    champion = {
        **dict.fromkeys(("training", "training_sha256", "validation", "validation_sha256"), "x"),
        "version": 1,
        "bundle": "b",
        "split": "s",
        "night": None,
    }
    previous = BEFORE_THE_FIRST
    for sequence in range(1, ENTRIES + 1):
        night = f"{AT + timedelta(days=sequence):%Y-%m-%d}"
        body: dict[str, Any] = {
            "model": name,
            "night": night,
            "number": 1,
            "role": "served",
            "versions": [1],
            "sequence": 1,
            "scoring": f"stages/score/{sequence}/0000.json",
            "sha256": f"{sequence:064x}",
            "rows": 20_000,
            "results": {},
        }
        entry = Entry(
            model=name,
            sequence=sequence,
            previous=previous,
            kind="promoted" if sequence == 1 else "scored",
            id=str(sequence),
            at=AT + timedelta(days=sequence),
            body={"champion": champion} if sequence == 1 else body,
            key_id=signer.key_id,
        )
        entry = replace(entry, signature=signer.sign(entry.claim()))
        store.put(f"ledger/{name}/{sequence:08d}.json", entry.stored())
        previous = entry.sha256


@contextmanager
def _client(overviews: Overviews) -> Iterator[TestClient]:
    app = create_app()
    app.dependency_overrides[get_user] = lambda: None
    with (
        patch.object(models, "overviews", lambda: overviews),
        patch.object(service, "overviews", lambda: overviews),
        patch.object(models, "may_read_all", lambda dags, user: True),
        patch.object(models, "rights", lambda user, asked=(): {"start": [], "answer": []}),
        TestClient(app) as client,
    ):
        yield client


@contextmanager
def s3() -> Iterator[Store]:
    """A bucket of its own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        uri, endpoint = "s3://bench/airlock", f"http://{host}:{port}"
        httpx.put(f"{endpoint}/bench")
        yield open_store(
            uri, Credentials(access_key="k", secret_key="s", endpoint=endpoint, region="us-east-1")
        )
    finally:
        server.stop()


def _asked(client: TestClient, path: str) -> tuple[float, httpx.Response]:
    began = time.perf_counter()
    answer = client.get(path)
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.text
    return round(took, 1), answer


def _p95(values: list[float]) -> float:
    return round(statistics.quantiles(values, n=20)[-1], 1)


if __name__ == "__main__":
    main()
