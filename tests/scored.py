"""A store in which nights are scored: a ledger, champions, and a redacted table for each night."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from airlock import RescoreOperator, ScoreOperator, ScoreShareOperator, ScoreSpec, signing
from airlock.ledger import Ledger
from airlock.predictions import serving
from airlock.settings import Settings
from airlock.stages import publication
from airlock.stages.attempt import Attempt
from airlock.stages.publication import Published, Stores
from airlock.stages.record import Origin, Record, Result
from airlock.stages.redact.record import Redaction
from airlock.stages.score.operator import ScoringOperator
from airlock.stages.score.record import Rescoring
from tests.judged import NOW
from tests.redacted import SPLIT, customers, redacted
from tests.trained import Trained

NIGHTS = ("2026-01-05", "2026-01-06")


class World:
    """A store with a ledger, champions, and a redacted table for each night."""

    def __init__(self, stores: Stores, ledger: Ledger, folder: Path) -> None:
        self.stores, self.ledger, self.folder = stores, ledger, folder
        self.tables = {
            night: self._table(night, seed) for seed, night in enumerate(NIGHTS, start=7)
        }

    def published(self, record: Record, data: Path) -> Published:
        store: Any = {
            "data": publication.upload(
                data, stage=record.stage, part="data", zone="store", stores=self.stores
            ),
            "report": publication.described(
                self._empty(), stage=record.stage, part="report", zone="store"
            ),
        }
        result = Result(
            stage=record.stage,
            version=1,
            inputs={},
            record=record.to_json(),
            made_by=self.attempt().origin,
            **store,
        )
        key = result.content
        return publication.publish(self.stores, key, result, self.folder / "in")

    def crown(self, model: Trained, version: int, kind: Any = "promoted", **body: Any) -> None:
        made = self.published(model.record, model.bundle)
        files = {file.path: file.sha256 for file in made.result.data.files}
        signing.sign(self.stores["store"], self.ledger.key(), files, model="churn")
        champion = {
            "version": version,
            "bundle": model.name,
            "training": made.address,
            "training_sha256": made.sha256,
            "validation": "x",
            "validation_sha256": "x",
            "split": SPLIT,
            "night": None,
        }
        number = self.ledger.state().size
        self.ledger.append(kind, {"champion": champion, **body}, id=f"{kind}/{number}", at=NOW)

    def attempt(self, night: str = NIGHTS[0], **changes: Any) -> Attempt:
        settings = Settings(
            root=self.folder,
            sources=(),
            trusted_keys=self.folder / "trusted.json",
            notifier="airlock.notify.LogNotifier",
            notifier_kwargs={},
            preload=False,
        )
        usual: dict[str, Any] = {
            "origin": Origin(dag_id="d", run_id=f"r-{night}", task_id="score", try_number=1),
            "night": night,
            "params": {},
            "overrides": (),
            "triggered_by": "grace",
            "now": NOW,
            "settings": settings,
            "scratch": self.folder / "scratch" / uuid.uuid4().hex,
        }
        return Attempt(**{**usual, **changes})

    def score(
        self,
        night: str,
        *,
        table_of: str | None = None,
        shares: Sequence[str] | None = None,
        **how: Any,
    ) -> Record:
        """One attempt, as the task does it, for a night with its own table or another's."""
        table = self.tables[table_of or night]
        operator = ScoreOperator(
            task_id="score",
            redaction=table.address,
            model="churn",
            score=ScoreSpec(processes=1, **how),
            shares=shares,
        )
        return operator._record(self._done(operator, night, table))

    def share(self, night: str, share: int, shares: int, **how: Any) -> str:
        """One of several mapped tasks that score the night; the address that it hands on."""
        table = self.tables[night]
        operator = ScoreShareOperator(
            task_id="score_share",
            redaction=table.address,
            model="churn",
            score=ScoreSpec(processes=1, **how),
            share=share,
            shares=shares,
        )
        return self._done(operator, night, table).address

    def _done(self, operator: ScoringOperator, night: str, table: Published) -> Published:
        attempt = self.attempt(night)
        attempt._inputs[table.address] = attempt.read_recorded(
            Redaction, table.address, sha256=table.sha256
        )
        record, published, reused = operator._obtain(attempt, operator.run_stage)
        assert published is not None
        operator._give_receipt(attempt, published, reused, 1.0)
        operator.announce(attempt, record, published)
        return published

    def rescore(self, version: int, **changes: Any) -> Rescoring:
        operator = RescoreOperator(
            task_id="rescore", model="churn", withdrawn=str(version), reason="it was wrong"
        )
        return operator.run_stage(self.attempt("2026-01-09", **changes))

    def rows(self, night: str) -> pa.Table:
        served = serving(self.stores["store"], "churn", night)
        assert served is not None
        made = publication.load(self.stores["store"], served.scoring, expected=served.sha256)
        folder = publication.fetch(self.stores, made.result.data, self.folder / "in")
        return pq.read_table(sorted(folder.glob("*.parquet")))

    def _table(self, night: str, seed: int) -> Published:
        folder = self.folder / night
        frame = customers(300, seed=seed).drop(columns=["churned", "fold"])
        record = replace(redacted(frame, folder), night=night)
        return self.published(record, folder)

    def _empty(self) -> Path:
        folder = self.folder / "empty"
        folder.mkdir(exist_ok=True)
        return folder
