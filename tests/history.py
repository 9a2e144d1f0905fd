"""A model's ledger, as months of nights write it: candidates, champions, people, scored nights.

Every entry has the body that its stage writes; the evaluations and drifts that they name are real
records in the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from airlock.catalogs.drifts import append_drift, outlook
from airlock.catalogs.predictions import Partition, publish
from airlock.catalogs.retrains import Retrain, append_retrain
from airlock.catalogs.review_queue import NightOfQueue, Queue
from airlock.core.curves import Band, Curves, HistogramBar, Scores, write_curves
from airlock.engine import publication
from airlock.engine.publication import Published, Stores
from airlock.engine.record import Origin, Record, Result
from airlock.ledger import Entry, Ledger
from airlock.stages.drift.record import Course, Standing
from airlock.stages.evaluate.record import CURVES, Interval
from airlock.stages.gate.policy.approval import ApprovalRule
from airlock.stages.live.record import Live, NightOfLabels, OfVersion
from airlock.stages.snapshot.record import Part
from tests.unit.reports import examples

BEGIN = datetime(2026, 1, 6, 2, tzinfo=UTC)
ASKS = ApprovalRule(expires_after_hours=24)


@dataclass(kw_only=True)
class History:
    """Writes one model's story, a day after another.

    Args:
        scratch: an own folder.
        training: id of the DAG that its candidates come from.
    """

    ledger: Ledger
    stores: Stores
    scratch: Path
    training: str = "customer_retention_training"
    day: int = 0
    results: int = 0
    run: str = ""

    @property
    def at(self) -> datetime:
        """The time of what is written next."""
        return BEGIN + timedelta(days=self.day)

    @property
    def night(self) -> str:
        """The night that is told of."""
        return f"{self.at - timedelta(days=1):%Y-%m-%d}"

    def next(self) -> None:
        """Let a day pass."""
        self.day += 1
        self.run = ""

    def decide(
        self, version: int, auroc: float, *, passed: bool = True, asks: bool = False
    ) -> Entry:
        """A candidate comes to the gate."""
        figure = Interval(value=auroc, low=auroc - 0.02, high=auroc + 0.02)
        whole = examples.WHOLE_EVALUATION
        measured = self._publish(
            replace(whole, candidate={**whole.candidate, "auroc": figure}),
            report={CURVES: write_curves(drawn(auroc))},
        )
        run = {"dag_id": self.training, "run_id": self.run or f"scheduled__{self.night}"}
        seen = {
            "run": run,
            "night": self.night,
            "results": {
                "evaluate": {
                    "address": measured.address,
                    "sha256": measured.sha256,
                    "content": measured.result.content,
                }
            },
        }
        name = f"{run['dag_id']}/{run['run_id']}"
        self.ledger.append("run", seen, id=f"run/{name}/{version}", at=self.at)
        body = {
            "decision": f"{version:064x}",
            "kept": True,
            "outcome": "passed" if passed else "rejected",
            "reasons": [] if passed else ["auroc is below what the policy wants."],
            "policy": "retention",
            "bundle": f"bundle {version}",
            "version": version,
            "champion_sequence": self.ledger.state().champion_sequence,
            "approval_required": asks,
            "approval": ASKS.to_json(),
            "canary": None,
            "evidence": {},
        }
        return self.ledger.append("decided", body, id=f"decided/{name}/{version}", at=self.at)

    def ask_for_retrain(self, reason: str) -> Retrain:
        """Drift asks for a training; the candidate that comes next is its candidate."""
        sequence = self.ledger.state().champion_sequence
        retrain = Retrain(
            model=self.ledger.model,
            alarm=f"{self.night}-{sequence}",
            night=self.night,
            reason=reason,
            training=self.training,
            drift="stages/drift/x/0000.json",
            sha256="0" * 64,
            dag_id="scoring",
            run_id=self.night,
        )
        entered = append_retrain(self.ledger, retrain, cooldown_nights=0, at=self.at)
        assert entered is not None
        self.run = entered.training_run
        return entered

    def answer(
        self, decided: Entry, *, by: str, yes: bool = True, reason: str = "Reviewed."
    ) -> Entry:
        """A person says yes or no."""
        body = {
            "approved": yes,
            "by": by,
            "by_id": by,
            "reason": reason,
            "version": decided.body["version"],
            "bundle": decided.body["bundle"],
            "decided_sequence": decided.sequence,
            "decision": decided.body["decision"],
        }
        return self.ledger.append(
            "approved", body, id=f"approved/{decided.sequence}/{by}", at=self.at
        )

    def promote(self, decided: Entry, *answers: Entry, **more: Any) -> Entry:
        """The candidate becomes champion."""
        said = [one.sequence for one in answers]
        body = {
            "champion": self._champion(decided.body["version"], self.night),
            "decided": decided.sequence,
            "approved": said[0] if said else 0,
            "approvals": said,
            "replaces": decided.body["champion_sequence"],
            **more,
        }
        return self.ledger.append("promoted", body, id=f"promoted/{decided.sequence}", at=self.at)

    def roll_back(self, *, to: int, by: str, reason: str) -> Entry:
        """An earlier version becomes champion again."""
        present = self.ledger.state().champion
        assert present is not None
        body = {
            "champion": self._champion(to, None),
            "from_bundle": present.bundle,
            "from_version": present.version,
            "by": by,
            "reason": reason,
            "nights": [],
        }
        return self.ledger.append("rolled_back", body, id=f"rolled_back/{self.day}", at=self.at)

    def score(
        self,
        *,
        standing: Standing = "calm",
        excess: float = 0.2,
        rows: int = 812,
        unsure: pd.DataFrame | None = None,
    ) -> None:
        """The champion scores a night, and drift judges it.

        Args:
            unsure: the rows that it puts to people.
        """
        champion = self.ledger.state().champion
        assert champion is not None
        made = self._put_to_people(unsure, rows) if unsure is not None else None
        partition = Partition(
            model=self.ledger.model,
            night=self.night,
            role="served",
            versions=(champion.version,),
            sequence=champion.sequence,
            scoring=made.address if made else f"stages/score/{self.day}/0000.json",
            sha256=made.sha256 if made else f"{self.day:064x}",
            rows=rows,
        )
        publish(self.ledger, partition, at=self.at)
        worst = replace(examples.DRIFT.distances[0], excess=excess, drifted=excess > 1)
        record = replace(
            examples.DRIFT,
            model=self.ledger.model,
            night=self.night,
            version=champion.version,
            sequence=champion.sequence,
            distances=(worst, *examples.DRIFT.distances[1:]),
            course=Course(standing=standing),
        )
        made = self._publish(record)
        judged = outlook(self.ledger, self.night, basis=f"{self.day}")
        append_drift(
            self.ledger, replace(judged, drift=made.address, sha256=made.sha256), at=self.at
        )

    def _put_to_people(self, unsure: pd.DataFrame, rows: int) -> Published:
        part = Part(path="_review/part-00000.parquet", rows=len(unsure))
        record = replace(
            examples.SCORING,
            model=self.ledger.model,
            night=self.night,
            rows=rows,
            parts=(),
            unsure=len(unsure),
            review=(part,),
        )
        return self._publish(record, {part.path: unsure})

    def measure(self, live: Live) -> None:
        """Labels say what the predictions were worth."""
        made = self._publish(replace(live, model=self.ledger.model))
        body = {"night": self.night, "address": made.address, "sha256": made.sha256, "results": {}}
        self.ledger.append("measured", body, id=f"measured/{made.sha256}", at=self.at)

    def _champion(self, version: int, night: str | None) -> dict[str, Any]:
        return {
            **dict.fromkeys(
                ("training", "training_sha256", "validation", "validation_sha256"), "x"
            ),
            "version": version,
            "bundle": f"bundle {version}",
            "split": "s",
            "night": night,
        }

    def _publish(
        self,
        record: Record,
        tables: Mapping[str, pd.DataFrame] | None = None,
        report: Mapping[str, bytes] | None = None,
    ) -> Published:
        self.results += 1
        folder = self.scratch / f"{self.ledger.model}-{self.results}"
        for part in ("data", "report"):
            (folder / part).mkdir(parents=True)
        for path, data in (report or {}).items():
            (folder / "report" / path).write_bytes(data)
        for path, table in (tables or {}).items():
            (folder / "data" / path).parent.mkdir()
            table.to_parquet(folder / "data" / path)
        folders = {
            part: publication.upload(
                folder / part, stage=record.stage, part=part, zone="store", stores=self.stores
            )
            for part in ("data", "report")
        }
        made_by = Origin(
            dag_id=self.training, run_id=self.night, task_id=record.stage, try_number=1
        )
        result = Result(
            stage=record.stage,
            version=1,
            inputs={},
            record=record.to_json(),
            data=folders["data"],
            report=folders["report"],
            made_by=made_by,
        )
        key = f"{self.ledger.model}-{self.results}"
        return publication.publish(self.stores, key, result, folder / "in")


def drawn(auroc: float) -> Curves:
    """Curves of a model about as good as its figure: 400 rows in groups of 20."""
    bands = tuple(
        Band(rows=20, score=at / 20 + 0.025, truth=round(20 * (at / 19) ** (2 * auroc)) / 20)
        for at in range(20)
    )
    bars = tuple(HistogramBar(low=at / 10, high=(at + 1) / 10, rows=40) for at in range(10))
    one = Scores(bands=bands, histogram=bars, confusion=((260, 20), (40, 80)))
    return Curves(task="binary", classes=("stays", "leaves"), candidate=one, champion=one)


def told(history: History) -> History:
    """Two champions, a rejection, a rollback, a drift alarm, and a question that is still open."""
    first = history.decide(1, 0.81)
    history.promote(first)
    history.score()
    history.next()
    history.decide(2, 0.74, passed=False)
    history.score()
    history.next()
    third = history.decide(3, 0.84, asks=True)
    history.promote(third, history.answer(third, by="ada"))
    history.score(standing="drifting", excess=1.4)
    history.next()
    history.score(standing="alarm", excess=2.3)
    history.roll_back(to=1, by="grace", reason="complaints from the branch")
    history.next()
    history.score(standing="alarm", excess=2.5)
    history.decide(4, 0.85, asks=True)
    return history


def asked(history: History, unsure: pd.DataFrame) -> History:
    """A champion that was unsure of some rows, and what its predictions were worth until then."""
    history.promote(history.decide(1, 0.81))
    for quality in (0.80, 0.79, 0.76):
        history.score()
        history.measure(_live(_worth(history, quality)))
        history.next()
    history.score(unsure=unsure)
    night = NightOfQueue(
        night=history.night, rows=812, asked=len(unsure), open=len(unsure), answered=0, overridden=0
    )
    queue = Queue(last=history.night, nights=(night,), rows=812)
    history.measure(_live(_worth(history, 0.75), queue))
    return history


def _live(worth: OfVersion, queue: Queue | None = None) -> Live:
    nights = (NightOfLabels(night=worth.nights[0], scored=812, joined=worth.rows),)
    return Live(model="", nights=nights, versions=(worth,), pairs=(), queue=queue)


def _worth(history: History, auroc: float) -> OfVersion:
    figures = {"auroc": Interval(value=auroc, low=auroc - 0.03, high=auroc + 0.03)}
    return OfVersion(version=1, nights=(history.night,), rows=640, figures=figures)
