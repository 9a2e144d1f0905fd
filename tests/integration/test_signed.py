"""From register to score as the tasks run: what was signed is loaded, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airlock.core.errors import Unverified
from airlock.engine import publication
from airlock.engine.attempt import Attempt
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Receipt, Record, Result
from airlock.engine.seals import give_sealed
from airlock.registry import MlflowSettings, open_run
from airlock.stages.register.operator import RegisterOperator
from airlock.stages.score.operator.score import ScoreOperator
from airlock.store import open_store
from tests.integration.test_register import MEASURED
from tests.judged import NOW, ORIGIN
from tests.registered import ledger_below
from tests.trained import trained


def published(record: Record, data: Path, stores: Stores, scratch: Path) -> Published:
    """A result of this run."""
    stage = record.stage
    result = Result(
        stage=stage,
        version=1,
        inputs={"redaction": "d" * 64},
        record=record.to_json(),
        data=publication.upload(data, stage=stage, part="data", zone="store", stores=stores),
        report=publication.described(scratch, stage=stage, part="report", zone="store"),
        made_by=ORIGIN,
    )
    made = publication.publish(stores, stage, result, scratch)
    receipt = Receipt(
        stage=stage,
        dag_id=ORIGIN.dag_id,
        run_id=ORIGIN.run_id,
        task_id=stage,
        try_number=1,
        night=None,
        address=made.address,
        sha256=made.sha256,
        reused=False,
        seconds=1.0,
        at=NOW,
    )
    give_sealed(stores["store"], ledger_below(scratch, "churn").key(), made, receipt)
    return made


def test_register_signs_the_bundle_and_score_loads_no_champion_without_it(
    settings: MlflowSettings, tmp_path: Path
):
    model = "churn"
    store = open_store(str(tmp_path / "store"))
    stores: Stores = {"store": store, "raw": store}
    given: Any = SimpleNamespace(
        store=lambda zone="store": store,
        ledger=lambda name, to_write=False: ledger_below(tmp_path, name),
        mlflow=lambda: settings,
        smoke_timeout=600.0,
        sealed=True,
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    made = trained(tmp_path / "training")
    with open_run(settings, model=model, key="k", tags={}) as opened:
        pass
    training = published(replace(made.record, mlflow_run=opened.id), made.bundle, stores, empty)
    redaction = published(made.redaction, made.table, stores, empty)
    evaluation = published(MEASURED, empty, stores, empty)

    def attempt(name: str) -> Attempt:
        (tmp_path / name).mkdir()
        return Attempt(
            origin=ORIGIN,
            night="2026-01-05",
            params={},
            overrides=(),
            triggered_by=None,
            now=NOW,
            settings=given,
            scratch=tmp_path / name,
        )

    registration = RegisterOperator(
        task_id="register", training=training.address, evaluation=evaluation.address, model=model
    ).run_stage(attempt("register"))
    where = {"training": training.address, "training_sha256": training.sha256}
    champion = made.champion().body() | where
    ledger_below(tmp_path, model).append("promoted", {"champion": champion}, id="p", at=NOW)
    score = ScoreOperator(task_id="score", redaction=redaction.address, model=model)
    scored = score.run_stage(attempt("signed"))
    [signature] = store.list(f"signatures/{model}/")
    store.delete(signature.key)

    assert registration.smoke_rows == 5
    assert scored.bundle == made.name
    with pytest.raises(Unverified, match="was never signed"):
        score.run_stage(attempt("unsigned"))
