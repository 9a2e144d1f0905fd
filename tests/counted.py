"""A stage that counts, and signs what it leaves; and attempts at it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from airlock.config.keys import SIGNING
from airlock.config.settings import Settings
from airlock.engine.attempt import Attempt
from airlock.engine.operator import StageOperator
from airlock.engine.record import Origin, Record
from tests.judged import NOW

ORIGIN = Origin(dag_id="churn", run_id="manual__1", task_id="count", try_number=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Record):
    stage: ClassVar[str] = "count"

    rows: int
    model: str = "churn"


class CountOperator(StageOperator):
    """A stage that signs what it leaves."""

    stage = "count"
    attested = True
    keys = frozenset({SIGNING})
    runs = 0

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(task_id="count", **kwargs)
        self.model = "churn"

    def ingredients(self, attempt: Attempt) -> Mapping[str, Any]:
        return {"spec": "the same"}

    def run_stage(self, attempt: Attempt) -> Record:
        self.runs += 1
        (attempt.data / "rows.csv").write_bytes(b"honest")
        (attempt.report / "speed.json").write_bytes(b"1 s")
        return Count(rows=3)

    @classmethod
    def record_class(cls) -> type[Record]:
        return Count


def attempt_of(folder: Path, *, run_id: str = "manual__1") -> Attempt:
    return Attempt(
        origin=replace(ORIGIN, run_id=run_id),
        night="2026-01-05",
        params={},
        overrides=(),
        triggered_by=None,
        now=NOW,
        settings=settings(folder),
        scratch=folder / uuid.uuid4().hex,
    )


def settings(folder: Path) -> Settings:
    return Settings(
        root=folder,
        sources=(),
        trusted_keys=folder / "trusted.json",
        notifier="airlock.config.notify.LogNotifier",
        notifier_kwargs={},
        preload=False,
    )
