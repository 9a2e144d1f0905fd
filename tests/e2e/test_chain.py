"""The whole chain on a real scheduler, in the order in which a team lives through it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from airlock.catalogs.retrains import read
from airlock.engine import publication
from airlock.engine.record import Receipt
from airlock.ledger import Ledger, TrustedKeys
from airlock.store import open_store
from include.data.subscriptions import write_night
from local.home import Home
from local.services import Airflow
from tests.answering import asked
from tests.e2e.conftest import started

RunDag = Callable[..., dict[str, str | None]]
TRAINING = "snapshot validate redact train evaluate register gate approve promote".split()


def ledger(home: Home, model: str) -> Ledger:
    trusted = TrustedKeys(json.loads(home.trusted_keys.read_text()))
    return Ledger(open_store(str(home.var / "store")), model, trusted=trusted)


def airlock(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "airlock.cli", *arguments],
        env=home.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def receipts(home: Home, airflow: Airflow, dag_id: str, **params: str) -> dict[str, Receipt]:
    run = started(airflow, dag_id, **params)
    airflow.client.wait(run)
    store = open_store(str(home.var / "store"))
    found = publication.receipts(store, dag_id=run.dag_id, run_id=run.run_id)
    return {receipt.stage: receipt for receipt in found}


def test_1_the_first_night_makes_the_first_champion(run_dag: RunDag, home: Home):
    states = run_dag("customer_churn_training", night="2026-01-05")

    assert states == dict.fromkeys(TRAINING, "success")
    champion = ledger(home, "customer_churn").state().champion
    assert champion is not None
    assert (champion.version, champion.night) == (1, "2026-01-05")


def test_2_the_same_night_again_reuses_everything_and_finds_the_champion_in_place(
    airflow: Airflow, home: Home
):
    before = ledger(home, "customer_churn").state().champion

    run = receipts(home, airflow, "customer_churn_training", night="2026-01-05")

    assert [stage for stage, receipt in run.items() if receipt.reused][:4] == TRAINING[:4]
    assert "promote" not in run
    assert ledger(home, "customer_churn").state().champion == before


def test_3_killing_every_task_once_changes_nothing(airflow: Airflow, home: Home):
    run = started(airflow, "customer_churn_training", night="2026-01-06", recompute=True)

    killed: set[str] = set()
    # Asking the API server this often costs as much as the tasks do.
    with contextlib.closing(sqlite3.connect(home.database, timeout=60)) as database:

        def seen(what: str) -> list[Any]:
            where = f"{what} AND dag_id = ? AND run_id = ?"
            return database.execute(where, (run.dag_id, run.run_id)).fetchall()

        while not seen("SELECT 1 FROM dag_run WHERE state IN ('success', 'failed')"):
            for name, process in seen(
                "SELECT task_id, pid FROM task_instance WHERE state = 'running' AND pid"
            ):
                if name in killed:
                    continue
                # A little later each time, so that not every stage dies in its first line.
                time.sleep(0.1 * len(killed))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    killed.add(name)
            time.sleep(0.05)

    states = airflow.client.wait(run)
    entries = ledger(home, "customer_churn").entries()
    assert killed >= {"snapshot", "validate", "redact", "train", "evaluate"}
    assert states == dict.fromkeys(TRAINING, "success")
    assert [entry.kind for entry in entries].count("promoted") == 2
    assert airlock(home, "verify").returncode == 0


def test_4_the_champion_scores_a_night(run_dag: RunDag):
    states = run_dag("customer_churn_scoring", night="2026-01-06")

    assert states == dict.fromkeys([*TRAINING[:3], "score", "shadow", "route", "drift"], "success")


def test_5_what_was_rolled_back_is_not_promoted_again_until_a_person_clears_it(
    run_dag: RunDag, home: Home
):
    run_dag("customer_churn_training", night="2026-01-07")
    bad = ledger(home, "customer_churn").state().champion
    assert bad is not None
    assert bad.night == "2026-01-07"

    rolled_back = run_dag(
        "model_rollback", model="customer_churn", reason="the end-to-end test says so"
    )
    again = run_dag("customer_churn_training", night="2026-01-07")
    refused = ledger(home, "customer_churn").state().champion
    run_dag("model_clear", model="customer_churn", version=bad.version, reason="it was innocent")
    cleared = run_dag("customer_churn_training", night="2026-01-07")

    assert set(rolled_back.values()) == {"success"}
    assert (again["gate"], again["promote"]) == ("success", "skipped")
    assert refused is not None
    assert refused.bundle != bad.bundle
    assert cleared["promote"] == "success"
    champion = ledger(home, "customer_churn").state().champion
    assert champion is not None
    assert champion.bundle == bad.bundle


@pytest.mark.parametrize(
    ("model", "table"),
    [
        pytest.param("telco_churn", "telco_churn.csv", id="telco, two classes"),
        # tests/integration/test_real_pipelines.py takes these two through the same stages.
        pytest.param(
            *("bike_demand", "bike_hourly.csv"), id="bikes, a regression", marks=pytest.mark.soak
        ),
        pytest.param(
            *("sms_spam", "sms_spam.tsv"), id="messages, free text", marks=pytest.mark.soak
        ),
    ],
)
def test_6_a_real_table_reaches_a_champion(run_dag: RunDag, home: Home, model: str, table: str):
    if not (home.var / "data" / table).exists():
        assert not os.environ.get("CI"), f"The table {table} is missing."
        pytest.skip(f"The table {table} is not here: docs/models.md, docs/bring-your-own-table.md.")

    states = run_dag(f"{model}_training")

    packs = ("evidence",) if model == "telco_churn" else ()
    assert states == dict.fromkeys([*TRAINING, *packs], "success")
    assert ledger(home, model).state().champion is not None
    if packs:
        assert_the_pack_verifies(home, model)


def assert_the_pack_verifies(home: Home, model: str) -> None:
    """What the task left is what the command gives, and its own script finds nothing wrong."""
    zipped, folder = home.var / "pack.zip", home.var / "pack"
    asked = ("evidence", model, "1", "--published", "--to", str(zipped))
    assert airlock(home, *asked).returncode == 0
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    ended = subprocess.run(["sh", str(folder / "verify.sh")], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stdout
    bill = json.loads((folder / "sbom.cdx.json").read_text())
    assert bill["compositions"][0]["aggregate"] == "complete"
    assert "torch" in {one["name"] for one in bill["components"]}


def test_7_a_run_that_a_person_overrode_waits_for_a_person(airflow: Airflow, home: Home):
    # A night of its own: on one that was rolled back, two epochs more can end in the same bundle.
    run = started(
        airflow, "customer_churn_training", night="2026-01-08", max_epochs=14, reason="a try"
    )
    asked(airflow, run)
    airflow.client.answer(run, "approve", ["Reject"], {"reason": "only a try"})

    states = airflow.client.wait(run)

    assert (states["approve"], states["promote"]) == ("success", "skipped")


def test_8_gc_deletes_nothing_young(run_dag: RunDag, home: Home):
    before = sorted(path for path in (home.var / "raw").rglob("*") if path.is_file())

    counted = run_dag("airlock_gc", dry_run=True)
    swept = run_dag("airlock_gc")

    assert set(counted.values()) == set(swept.values()) == {"success"}
    assert sorted(path for path in (home.var / "raw").rglob("*") if path.is_file()) == before


def test_9_a_champion_needs_no_row_that_gc_deleted(run_dag: RunDag, home: Home):
    long_ago = time.time() - 100 * 86_400
    for path in (home.var / "raw").rglob("*.parquet"):
        os.utime(path, (long_ago, long_ago))

    swept = run_dag("airlock_gc")
    left = list((home.var / "raw").rglob("*.parquet"))
    verified = airlock(home, "verify")
    judged = run_dag("customer_churn_training", night="2026-01-08")
    rolled_back = run_dag("model_rollback", model="customer_churn", reason="the rows are gone")

    assert set(swept.values()) == {"success"}
    assert not left
    assert verified.returncode == 0, verified.stdout
    # Validated against the champion's histograms, and evaluated against its bundle.
    assert (judged["validate"], judged["evaluate"], judged["gate"]) == ("success",) * 3
    assert set(rolled_back.values()) == {"success"}


def test_10_a_changed_byte_is_found(home: Home):
    entry = home.var / "store" / "ledger" / "customer_churn" / "00000002.json"
    whole = entry.read_bytes()

    entry.write_bytes(whole.replace(b"2026", b"2025", 1))
    found = airlock(home, "verify", "customer_churn")
    entry.write_bytes(whole)

    assert found.returncode == 1
    assert "Entry 2" in found.stdout + found.stderr
    assert airlock(home, "verify").returncode == 0


def test_11_drift_on_two_nights_asks_for_one_training_and_says_why(
    run_dag: RunDag, airflow: Airflow, home: Home
):
    for night in (date(2026, 2, 1), date(2026, 2, 2)):
        part = write_night(night, into=home.var / "data" / "subscriptions", rows=2_000)
        rows = pq.read_table(part)
        at = rows.schema.get_field_index("usage_hours")
        more = pc.add(pc.multiply(rows.column("usage_hours"), 0.5), 300.0)
        pq.write_table(rows.set_column(at, "usage_hours", more), part)

    first = run_dag("customer_churn_scoring", night="2026-02-01")
    early = events(airflow)
    second = run_dag("customer_churn_scoring", night="2026-02-02")
    # The same night judged once more finds the alarm, and that it was heard.
    again = run_dag("customer_churn_scoring", night="2026-02-02")

    assert {first["drift"], second["drift"], again["drift"]} == {"success"}
    assert early == []
    # tests/integration/airflow/test_own_dags.py goes on from here: the event starts one training.
    (event,) = events(airflow)
    asked = read(ledger(home, "customer_churn"), event["extra"]["retrain"])
    assert event["uri"] == "airlock://retrain/customer_churn"
    assert (asked.night, asked.training) == ("2026-02-02", "customer_churn_training")
    assert asked.reason.startswith("Drift in usage_hours (PSI")
    assert "since 2026-02-01, seen on 2026-02-02" in asked.reason


def events(airflow: Airflow) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = airflow.client.request("GET", "/assets/events")["asset_events"]
    return found
