"""A store in which nights are scored: a ledger, champions, and a redacted table for each night."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from airlock import (
    LabelsOperator,
    LiveOperator,
    RescoreOperator,
    ScoreOperator,
    ScoreShareOperator,
    ScoreSpec,
    signing,
)
from airlock.catalogs.archive import Archive
from airlock.catalogs.predictions import Partition, serving
from airlock.catalogs.review_queue import open_rows
from airlock.config.settings import Settings
from airlock.engine import publication
from airlock.engine.attempt import Attempt
from airlock.engine.description import receipt_of
from airlock.engine.operator import StageOperator
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Origin, Record, Result
from airlock.ledger import Ledger
from airlock.stages.labels.record import Labelled
from airlock.stages.live.record import Live
from airlock.stages.redact.record import RedactedColumn, Redaction
from airlock.stages.score.record import Rescoring
from airlock.stages.snapshot.record import Part
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

    @property
    def settings(self) -> Settings:
        return Settings(
            root=self.folder,
            sources=(),
            trusted_keys=self.folder / "trusted.json",
            notifier="airlock.config.notify.LogNotifier",
            notifier_kwargs={},
            preload=False,
        )

    def published(self, record: Record, data: Path) -> Published:
        store: Any = {
            "data": publication.upload(
                data, stage=record.stage, part="data", zone="store", stores=self.stores
            ),
            "report": publication.described(
                self.empty(), stage=record.stage, part="report", zone="store"
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

    def forget_entries(self) -> None:
        """Read the ledger anew: somebody removed the newest entries."""
        self.ledger.__init__(  # type: ignore[misc]  # whoever holds it shall see the same
            self.ledger.store,
            self.ledger.model,
            trusted=self.ledger.trusted,
            signer=self.ledger.signer,
        )

    def attempt(self, night: str = NIGHTS[0], **changes: Any) -> Attempt:
        usual: dict[str, Any] = {
            "origin": Origin(dag_id="d", run_id=f"r-{night}", task_id="score", try_number=1),
            "night": night,
            "params": {},
            "overrides": (),
            "triggered_by": "grace",
            "now": NOW,
            "settings": self.settings,
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
        return self._passed(operator, night, Redaction, table)[0]

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
        return self._passed(operator, night, Redaction, table)[1].address

    def rescore(self, version: int, **changes: Any) -> Rescoring:
        operator = RescoreOperator(
            task_id="rescore", model="churn", withdrawn=str(version), reason="it was wrong"
        )
        return operator.run_stage(self.attempt("2026-01-09", **changes))

    def deliver(
        self,
        night: str,
        labels: Mapping[str, Any],
        *,
        reviewer: str | None = None,
        pseudonyms: bool = True,
    ) -> tuple[Labelled, Published]:
        """One delivery of labels by key, as the task enters it.

        Args:
            reviewer: who gave them; None for labels that nobody was asked for.
            pseudonyms: whether the redaction made the keys pseudonyms.
        """
        columns = {"customer_id": [*labels], "churned": [*labels.values()]}
        if reviewer is not None:
            columns["reviewer"] = [reviewer] * len(labels)
        folder = self.folder / f"labels {uuid.uuid4().hex}"
        folder.mkdir()
        pq.write_table(pa.table(columns), folder / "part-00000.parquet")
        action = "pseudonym" if pseudonyms else "keep"
        table = self.published(
            replace(
                redacted(customers(1), self.folder / "one"),
                rows=len(labels),
                columns=(RedactedColumn(name="customer_id", action=action, changed=0, found={}),),
                schema=tuple((name, "string") for name in columns),
                parts=(Part(path="part-00000.parquet", rows=len(labels)),),
            ),
            folder,
        )
        operator = LabelsOperator(
            task_id="labels",
            redaction=table.address,
            model="churn",
            target="churned",
            reviewer="reviewer" if reviewer else None,
        )
        record, published = self._passed(operator, night, Redaction, table)
        assert isinstance(record, Labelled)
        return record, published

    def live(self, night: str, labelled: Published) -> Live:
        operator = LiveOperator(task_id="live", labelled=labelled.address, model="churn")
        record, _ = self._passed(operator, night, Labelled, labelled)
        assert isinstance(record, Live)
        return record

    def archive(self) -> Archive:
        return self.attempt().archive("churn")

    def unsure(self, night: str) -> pd.DataFrame:
        return self.archive().unsure(self._serving(night))

    def open_rows(self, night: str) -> pd.DataFrame:
        return open_rows(self.archive(), self._serving(night))

    def _serving(self, night: str) -> Partition:
        found = self.archive().serving(night)
        assert found is not None
        return found

    def erase(self, night: str) -> None:
        """What an erasure does to the predictions that serve a night: a tombstone, and gone."""
        self.erase_result(self._serving(night).scoring)

    def erase_result(self, address: str) -> None:
        body = {"results": [address], "what": "Rows about one customer were erased."}
        self.ledger.append("tombstone", body, id=f"erased/{address}", at=NOW)
        data = publication.load(self.stores["store"], address).result.data
        for file in data.files:
            self.stores["store"].delete(f"{data.prefix}/{file.path}")

    def _passed(
        self, operator: StageOperator, night: str, kind: type[Record], read: Published
    ) -> tuple[Record, Published]:
        attempt = self.attempt(night)
        attempt._inputs[read.address] = attempt.read_recorded(
            kind, read.address, sha256=read.sha256
        )
        record, published, reused = operator._obtain(attempt, operator.run_stage)
        assert published is not None
        receipt = receipt_of(attempt, operator.stage, published, reused=reused, seconds=1.0)
        attempt.give(published, receipt)
        operator.announce(attempt, record, published)
        return record, published

    def rows(self, night: str) -> pa.Table:
        served = serving(self.ledger, night)
        assert served is not None
        made = publication.load(self.stores["store"], served.scoring, expected=served.sha256)
        folder = publication.fetch(self.stores, made.result.data, self.folder / "in")
        return pq.read_table(sorted(folder.glob("*.parquet")))

    def replace_table(self, night: str, frame: pd.DataFrame) -> None:
        """Another redacted table of a night, for whoever scores it from here on."""
        self.tables[night] = self._published_table(night, frame, self.folder / uuid.uuid4().hex)

    def _table(self, night: str, seed: int) -> Published:
        frame = customers(300, seed=seed).drop(columns=["churned", "fold"])
        return self._published_table(night, frame, self.folder / night)

    def _published_table(self, night: str, frame: pd.DataFrame, folder: Path) -> Published:
        record = replace(redacted(frame, folder), night=night)
        return self.published(record, folder)

    def empty(self) -> Path:
        folder = self.folder / "empty"
        folder.mkdir(exist_ok=True)
        return folder
