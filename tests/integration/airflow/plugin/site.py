"""A running Airflow with a few runs in it, each at another point of its way through the airlock."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd

from airlock.api.vouching import SIGNED
from airlock.core.content import sha256
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Origin, Receipt, Record, Result
from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.reports import write_report
from airlock.reports.drift import write_drift
from airlock.reports.night import challenger_table, queue_table
from airlock.stages.drift.record import Drift
from airlock.store import open_store
from local.keys import secret
from local.services import Airflow
from tests.integration.airflow.plugin.auth import SECRET_DAG
from tests.unit.reports import examples

DAG = "customer_churn_training"
SCORING_DAG = "customer_churn_scoring"
MODEL = "customer_retention"
ASKED = "customer_winback"
STAGES = "snapshot validate redact train evaluate register gate approve promote".split()
UNSURE = pd.DataFrame(
    {
        "row_key": [f"{number:032x}" for number in range(1, 7)],
        "prediction": [1, 0, 1, 1, 0, 0],
        "probability_0": 0.45,
        "probability_1": 0.55,
        "confidence": [0.51, 0.52, 0.53, 0.54, 0.55, 0.56],
        "version": 1,
        "night": "2026-01-08",
        "why": "confidence below 0.6",
        "plan": ["plus", "basic", "plus", "family", "basic", "plus"],
        "monthly_fee": [16.2, 9.9, 18.4, 31.0, 9.9, 17.1],
    }
)
BEFORE_THE_GATE = (
    examples.SNAPSHOT,
    examples.VALIDATION,
    examples.REDACTION,
    examples.TRAINING,
    examples.EVALUATION,
    examples.REGISTRATION,
)
PASSED = replace(examples.DECISION, outcome="passed", rulings=examples.DECISION.rulings[:1])
NOON = datetime(2026, 1, 6, 12, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the tests look at. `token` is a user's right to ask."""

    airflow: Airflow
    stores: Stores

    def token(self, user: str) -> str:
        client = Airflow.client_of(self.airflow.home, self.airflow.url, user=user)
        client.request("GET", "/dags")
        token: str = client._http.headers["authorization"].removeprefix("Bearer ")
        client.close()
        return token

    def begin(self, run_id: str, dag_id: str = DAG, **states: str) -> None:
        """Start a run of a paused DAG, and set its tasks' states."""
        self.airflow.client.trigger(dag_id, run_id=run_id)
        database = sqlite3.connect(self.airflow.home.database, timeout=30)
        with contextlib.closing(database), database:
            database.executemany(
                "UPDATE task_instance SET state = ? WHERE dag_id = ? AND run_id = ? "
                "AND task_id = ?",
                [(state, dag_id, run_id, task_id) for task_id, state in states.items()],
            )

    def ask(self, run_id: str, task_id: str) -> None:
        """Put a task's question there, as Airflow's human in the loop keeps it."""
        database = sqlite3.connect(self.airflow.home.database, timeout=30)
        with contextlib.closing(database), database:
            database.execute(
                "INSERT INTO hitl_detail (ti_id, options, subject, multiple, params, params_input, "
                "created_at) SELECT id, ?, ?, 0, '{}', '{}', ? FROM task_instance "
                "WHERE run_id = ? AND task_id = ?",
                ('["Approve", "Reject"]', "May it pass?", f"{NOON:%F %T}", run_id, task_id),
            )

    def leave(
        self,
        run_id: str,
        records: Sequence[Record],
        scratch: Path,
        *,
        dag_id: str = DAG,
        key: str = "",
    ) -> None:
        """Publish records as if the run's tasks had left them; under an equal key, reused."""
        for number, record in enumerate(records):
            slot = f"{key or run_id}-{number}"
            folder = scratch / f"{dag_id}-{run_id}-{number}"
            self._leave(run_id, dag_id, record, slot, folder, seconds=0.4 + 1.7 * number)

    def _leave(
        self, run_id: str, dag_id: str, record: Record, key: str, scratch: Path, seconds: float
    ) -> None:
        (scratch / "data").mkdir(parents=True)
        (scratch / "report").mkdir()
        if isinstance(record, Drift):
            tables = (challenger_table(examples.TRIAL), queue_table(examples.QUEUE))
            write_drift(record, [record], scratch / "report", beside=tables)
        write_report(record, scratch / "report")
        folders = {
            part: publication.upload(
                scratch / part, stage=record.stage, part=part, zone="store", stores=self.stores
            )
            for part in ("data", "report")
        }
        origin = Origin(dag_id=dag_id, run_id=run_id, task_id=record.stage, try_number=1)
        result = Result(
            stage=record.stage,
            version=1,
            inputs={},
            record=record.to_json(),
            data=folders["data"],
            report=folders["report"],
            made_by=origin,
        )
        published = publication.publish(self.stores, key, result, scratch / "in")
        receipt = Receipt(
            stage=record.stage,
            dag_id=dag_id,
            run_id=run_id,
            task_id=record.stage,
            try_number=1,
            night="2026-01-05",
            address=published.address,
            sha256=published.sha256,
            reused=published.result.made_by != origin,
            seconds=seconds,
            at=NOON + timedelta(seconds=seconds),
        )
        publication.give_receipt(self.stores["store"], receipt)
        if record.stage in SIGNED:
            self.sign(record, published)

    def sign(self, record: Record, made: Published) -> None:
        """Name a result in its model's ledger, as its stage does."""
        body = {
            "stage": record.stage,
            "address": made.address,
            "sha256": made.sha256,
            "content": made.result.content,
            "results": {},
        }
        name = f"recorded/{made.sha256}"
        self.ledger(record.model).append("recorded", body, id=name, at=NOON)

    def doctor(self, run_id: str, stage: str) -> None:
        """Let a task's record say something else, receipt and all: its files still verify."""
        store = self.stores["store"]
        for receipt in publication.receipts(store, dag_id=DAG, run_id=run_id):
            if receipt.stage == stage:
                made = publication.load(store, receipt.address).result
                record = {**made.record, "outcome": "passed", "rulings": []}
                data = replace(made, record=record).stored()
                address = f"stages/{stage}/doctored/0000.json"
                store.put(address, data)
                for stat in store.list(f"runs/{DAG}/{run_id}/{stage}-"):
                    forged = replace(receipt, address=address, sha256=sha256(data))
                    store.put(stat.key, forged.stored())

    def ledger(self, model: str) -> Ledger:
        """A model's ledger, to be written to by the platform's key."""
        signer = Signer.from_seed(secret(self.airflow.home, "airlock_signing"))
        public = base64.b64encode(signer.public).decode()
        trusted = TrustedKeys({signer.key_id: public})
        return Ledger(self.stores["store"], model, trusted=trusted, signer=signer)

    def decide(self, model: str, *, by: str | None = None) -> None:
        """Begin a model's ledger: with a run of a DAG if one is named, then a decision."""
        ledger = self.ledger(model)
        if by is not None:
            body = {"run": {"dag_id": by, "run_id": "night"}, "night": None, "results": {}}
            ledger.append("run", body, id="run-1", at=NOON)
        ledger.append("decided", {"outcome": "rejected"}, id="decided-1", at=NOON)


def site_of(airflow: Airflow, scratch: Path) -> Site:
    """Runs in every state."""
    while not {DAG, SECRET_DAG, SCORING_DAG, f"{ASKED}_answers"} <= airflow.client.dags():
        airflow.client.health()
        time.sleep(0.2)
    stores: Stores = {
        "store": open_store(str(airflow.home.var / "store")),
        "raw": open_store(str(airflow.home.var / "raw")),
    }
    site = Site(airflow=airflow, stores=stores)
    _fill(site, scratch)
    return site


def _fill(site: Site, scratch: Path) -> None:
    done = dict.fromkeys(STAGES[:7], "success")
    site.decide("customer_churn", by=DAG)
    site.decide("board", by=SECRET_DAG)
    site.decide("orphan")

    site.begin("rejected", **done, approve="skipped", promote="skipped")
    decision = replace(examples.DECISION, sequence=2)
    site.leave("rejected", (*BEFORE_THE_GATE, decision), scratch)

    site.begin("waiting", **done, approve="awaiting_input")
    site.ask("waiting", "approve")
    site.leave("waiting", BEFORE_THE_GATE, scratch, key="rejected")
    site.leave("waiting", (PASSED,), scratch / "gate", key="passed")

    site.begin("broken", snapshot="success", validate="failed", redact="upstream_failed")
    site.leave("broken", (examples.SNAPSHOT, examples.REJECTED_DATA), scratch)

    site.begin("scored", SCORING_DAG, score="success", drift="success")
    site.leave("scored", (examples.SCORING, examples.DRIFT), scratch, dag_id=SCORING_DAG)

    site.begin("doctored", **done, approve="skipped", promote="skipped")
    site.leave("doctored", (*BEFORE_THE_GATE, decision), scratch, key="doctored")
    site.doctor("doctored", "gate")

    site.begin("fresh")
    site.begin("board", SECRET_DAG, **done)
    site.leave("board", (*BEFORE_THE_GATE, decision), scratch, dag_id=SECRET_DAG)
