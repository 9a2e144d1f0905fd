"""An extension as somebody else would write it, in one module."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from airlock.config.notify import LogNotifier
from airlock.core.outputs import OutputSpec
from airlock.core.spec import Spec
from airlock.engine.record import Record
from airlock.hooks import (
    DriftStatistic,
    Metrics,
    Notifier,
    Output,
    Recognizer,
    Rule,
    SinkKind,
    Stage,
    StoreScheme,
    hookimpl,
)
from airlock.sinks.sink import Said, Sink
from airlock.stages.gate.record import RuleVerdict
from airlock.store.folder import FolderStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation(Record):
    stage: ClassVar[str] = "explain"
    sentence: str


class AtLeast(Spec):
    rows: int


def judge(rule: AtLeast, case: Any, _: Any) -> Iterator[RuleVerdict]:
    rows = case.snapshot.record.rows
    outcome = "pass" if rows >= rule.rows else "fail"
    yield RuleVerdict(rule="rows", outcome=outcome, sentence=f"The snapshot has {rows} rows.")


def silent(*_: Any) -> Iterator[RuleVerdict]:
    yield from ()


def gini(truth: Any, scores: Any, weights: Any) -> dict[str, Any]:
    return {"gini": np.full(len(weights), 0.5)}


def open_memory(uri: str, _: Any) -> FolderStore:
    return FolderStore(Path("/") / uri.removeprefix("twin://"))


@hookimpl
def airlock_stages() -> list[Stage]:
    return [Stage(word="explain", record=f"{__name__}:Explanation", after="evaluate")]


@hookimpl
def airlock_metrics() -> list[Metrics]:
    return [Metrics(task="classification", better={"gini": True}, measure=f"{__name__}:gini")]


@hookimpl
def airlock_rules() -> list[Rule]:
    return [
        Rule(key="at_least", spec=f"{__name__}:AtLeast", judge=f"{__name__}:judge"),
        Rule(key="silent", spec=f"{__name__}:AtLeast", judge=f"{__name__}:silent"),
    ]


@hookimpl
def airlock_stores() -> list[StoreScheme]:
    return [StoreScheme(scheme="twin", open=f"{__name__}:open_memory")]


class Pager(LogNotifier):
    pass


class Webhook(OutputSpec):
    folder: str


def hand_over(_: Any, output: Webhook, partition: Any, files: Any) -> None:
    (Path(output.folder) / partition.night).write_text(f"{len(files)} file(s)")


def badge(_: str) -> Any:
    from presidio_analyzer import Pattern, PatternRecognizer

    pattern = Pattern(name="badge", regex=r"\bACME-\d{6}\b", score=0.9)
    return PatternRecognizer(supported_entity="ACME_BADGE", patterns=[pattern])


def made_up_badge(chance: random.Random) -> str:
    return f"ACME-{chance.randrange(10**6):06d}"


def largest(reference: Any, current: Any) -> float:
    return float(np.abs(reference / reference.sum() - current / current.sum()).max())


TOLD: list[Any] = []


def open_pigeon(said: Said) -> Sink:
    loft = said.text("loft", example="north")
    return Sink(name=said.name, send=lambda message, now: TOLD.append((loft, message, now)))


@hookimpl
def airlock_sinks() -> list[SinkKind]:
    return [SinkKind(name="pigeon", open=f"{__name__}:open_pigeon")]


@hookimpl
def airlock_notifiers() -> list[Notifier]:
    return [Notifier(name="pager", notifier=f"{__name__}:Pager")]


@hookimpl
def airlock_outputs() -> list[Output]:
    return [Output(spec=f"{__name__}:Webhook", deliver=f"{__name__}:hand_over")]


@hookimpl
def airlock_recognizers() -> list[Recognizer]:
    return [
        Recognizer(
            entity="ACME_BADGE", make=f"{__name__}:badge", synthetic=f"{__name__}:made_up_badge"
        )
    ]


@hookimpl
def airlock_drift_statistics() -> list[DriftStatistic]:
    return [DriftStatistic(name="largest", distance=f"{__name__}:largest")]
