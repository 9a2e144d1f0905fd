"""What the runs left behind: receipts, results and the ledger; counts and digests, no rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from airlock.engine import publication
from airlock.engine.publication import Stores
from airlock.engine.record import Receipt, Record, Result
from airlock.ledger import Ledger, TrustedKeys
from airlock.stages.approve.record import Approval
from airlock.stages.drift.record import Drift
from airlock.stages.evaluate.record import Evaluation
from airlock.stages.evidence.record import EvidencePack
from airlock.stages.gate.record import Decision
from airlock.stages.promote.record import Promotion
from airlock.stages.redact.record import Redaction
from airlock.stages.register.record import Registration
from airlock.stages.rollback.record import Rollback
from airlock.stages.route.record import Routing
from airlock.stages.score.record import Scoring
from airlock.stages.shadow.record import Shadowing
from airlock.stages.snapshot.record import Snapshot
from airlock.stages.train.record import Training
from airlock.stages.validate.record import Validation
from airlock.store import open_store
from local.home import Home
from local.runs import DagRun, TaskInstance

R = TypeVar("R", bound=Record)

_KINDS: Mapping[str, type[Record]] = {
    kind.stage: kind
    for kind in (
        *(Snapshot, Validation, Redaction, Training, Evaluation, Registration),
        *(Decision, Approval, Promotion, Scoring, Shadowing, Routing, Drift, Rollback),
        EvidencePack,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How one run ended one stage: its receipt, and the result that it vouches for."""

    receipt: Receipt
    result: Result
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """What one run did.

    Args:
        name: what the demo calls the run.
        seconds: from the trigger until the run was seen to have ended.
        tasks: in the order of the chain, as Airflow saw them last.
        ended: the stages that left a result.
    """

    name: str
    run: DagRun
    night: str | None
    seconds: float
    tasks: Sequence[TaskInstance]
    ended: Mapping[str, Ended]

    def record(self, kind: type[R]) -> R | None:
        """The record of one stage; None if the run did not come that far."""
        ended = self.ended.get(kind.stage)
        return ended.record if ended and isinstance(ended.record, kind) else None

    def found(self, kind: type[R]) -> R:
        """The record of a stage that the run cannot have ended without."""
        record = self.record(kind)
        assert record is not None, f"{self.name} left no {kind.__name__}"
        return record

    def to_json(self) -> dict[str, Any]:
        """Everything for `summary.json`: per stage how it ended, how long it took and its facts."""
        return {
            "name": self.name,
            "dag_id": self.run.dag_id,
            "run_id": self.run.run_id,
            "night": self.night,
            "seconds": round(self.seconds, 2),
            "stages": {task.task_id: self._stage(task) for task in self.tasks},
        }

    def _stage(self, task: TaskInstance) -> dict[str, Any]:
        seconds = None if task.seconds is None else round(task.seconds, 2)
        about: dict[str, Any] = {"state": task.state, "seconds": seconds, "tries": task.tries}
        if ended := self.ended.get(task.task_id):
            about |= {
                "reused": ended.receipt.reused,
                "working_seconds": ended.receipt.seconds,
                "content": ended.result.content,
                "facts": list(ended.record.facts()),
            }
        return about


def stores_of(home: Home) -> Stores:
    """The two zones of a home's store."""
    return {
        "store": open_store(str(home.var / "store")),
        "raw": open_store(str(home.var / "raw")),
    }


def ledger_of(home: Home, model: str) -> Ledger:
    """The decisions about one model, for reading."""
    trusted = TrustedKeys(json.loads(home.trusted_keys.read_text()))
    return Ledger(stores_of(home)["store"], model, trusted=trusted)


def ended(stores: Stores, run: DagRun) -> dict[str, Ended]:
    """Everything that a run has finished so far, by stage; every result as its receipt gives it."""
    found = {}
    for receipt in publication.receipts(stores["store"], dag_id=run.dag_id, run_id=run.run_id):
        published = publication.load(stores["store"], receipt.address, expected=receipt.sha256)
        kind = _KINDS[receipt.stage]
        found[receipt.stage] = Ended(
            receipt=receipt,
            result=published.result,
            record=kind.from_json(published.result.record),
        )
    return found
