"""API routes for what a run and its tasks left behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from airlock.api.access import READS_RUN, READS_TASK, Unknown
from airlock.api.files import report_file
from airlock.api.links import Link, mlflow_link
from airlock.api.progress import (
    FLOW,
    Found,
    NextStep,
    StageView,
    Task,
    next_step,
    stage_of,
    stage_views,
)
from airlock.api.vouching import Vouching
from airlock.compat.airflow import SessionDep, TaskInstance
from airlock.config.settings import Settings
from airlock.core.errors import AirlockError
from airlock.engine import publication
from airlock.engine.publication import Published
from airlock.engine.record import Receipt
from airlock.reports import INDEX, Figure, describe, kinds, verdict_badge
from airlock.reports.content import Tone
from airlock.store import Store

router = APIRouter(prefix="/runs/{dag_id}/{run_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run: its stages in their order, and what comes next."""

    dag_id: str
    run_id: str
    night: str | None
    stages: tuple[StageView, ...]
    next: NextStep


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """What one task left behind, in a person's words.

    Args:
        tone: of the verdict.
        made_by: the run that made the result, if this run reused it.
        signed: whether an entry of a ledger names this very record.
        ledger: what the ledger says about it, in a sentence.
        record: the record itself, for whoever wants every digest.
    """

    stage: str
    headline: str
    verdict: str
    tone: Tone
    reasons: tuple[str, ...]
    facts: tuple[str, ...]
    figures: tuple[Figure, ...]
    night: str | None
    reused: bool
    made_by: str | None
    seconds: float
    ended_at: datetime
    content: str
    links: tuple[Link, ...]
    report: str | None
    signed: bool
    ledger: str | None
    record: Mapping[str, Any]


@router.get("", dependencies=[READS_RUN])
def run(dag_id: str, run_id: str, session: SessionDep) -> RunView:
    """All stages of a run."""
    tasks = _tasks(session, dag_id, run_id)
    settings = Settings.read()
    store = settings.store()
    receipts = _receipts(store, dag_id, run_id)
    published = {
        task_id: _published(store, receipt)
        for task_id, receipt in receipts.items()
        if receipt.stage in kinds()
    }
    found = {
        task_id: Found(
            receipt=receipts[task_id],
            record=kinds()[receipts[task_id].stage].from_json(made.result.record),
        )
        for task_id, made in published.items()
    }
    refused = _refused(settings, published, found)
    for task_id in refused:
        del found[task_id]
    stages = stage_views(tasks, found, refused=refused)
    return RunView(
        dag_id=dag_id,
        run_id=run_id,
        night=next((receipt.night for receipt in receipts.values()), None),
        stages=stages,
        next=next_step(stages, found, refused=refused),
    )


@router.get("/{task_id}", dependencies=[READS_TASK])
def task(dag_id: str, run_id: str, task_id: str, session: SessionDep) -> TaskView:
    """What one task left behind."""
    settings = Settings.read()
    receipt, made = _made(settings.store(), session, dag_id, run_id, task_id)
    record = kinds()[receipt.stage].from_json(made.result.record)
    # First: of a record that the ledger does not vouch for nothing is shown.
    vouched = Vouching(settings).of(made, record)
    page, verdict, badge = describe(record), record.verdict, verdict_badge(record)
    made_by = made.result.made_by
    has_page = any(file.path == INDEX for file in made.result.report.files)
    return TaskView(
        stage=receipt.stage,
        headline=page.headline,
        verdict=badge.text,
        tone=badge.tone,
        reasons=verdict.reasons,
        facts=tuple(fact for fact in record.facts() if fact not in verdict.reasons),
        figures=page.figures,
        night=receipt.night,
        reused=receipt.reused,
        # Another DAG's runs are for whoever may read that DAG.
        made_by=made_by.run_id if receipt.reused and made_by.dag_id == dag_id else None,
        seconds=receipt.seconds,
        ended_at=receipt.at,
        content=made.result.content,
        links=tuple(link for link in [mlflow_link(settings, record)] if link is not None),
        report=INDEX if has_page else None,
        signed=vouched.signed,
        ledger=vouched.sentence,
        record=made.result.record,
    )


@router.get("/{task_id}/report/{path:path}", dependencies=[READS_TASK])
def report(dag_id: str, run_id: str, task_id: str, path: str, session: SessionDep) -> Response:
    """One file of a task's report."""
    settings = Settings.read()
    receipt, made = _made(settings.store(), session, dag_id, run_id, task_id)
    record = kinds()[receipt.stage].from_json(made.result.record)
    Vouching(settings).of(made, record)
    return report_file(settings.store(), made.result.report, path)


def _refused(
    settings: Settings, published: Mapping[str, Published], found: Mapping[str, Found]
) -> dict[str, str]:
    """The tasks whose record the ledger does not vouch for, and why nothing of it is shown."""
    refused, vouching = {}, Vouching(settings)
    for task_id, made in published.items():
        try:
            vouching.of(made, found[task_id].record)
        except AirlockError as error:
            refused[task_id] = str(error)
    return refused


def _tasks(session: Session, dag_id: str, run_id: str) -> Sequence[Task]:
    """The stages of a run that Airflow knows; the store is asked about no other."""
    rows = session.execute(
        select(
            TaskInstance.task_id,
            TaskInstance.custom_operator_name,
            TaskInstance.operator,
            TaskInstance.state,
        ).where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id)
    ).all()
    if not rows:
        raise Unknown(f"Airflow knows no run {run_id} of {dag_id}.")
    return [
        Task(task_id=row.task_id, stage=stage, state=row.state)
        for row in rows
        if (stage := stage_of(row.task_id, row.operator)) is not None
    ]


def _receipts(store: Store, dag_id: str, run_id: str) -> dict[str, Receipt]:
    """The last receipt of each task."""
    return {
        receipt.task_id: receipt
        for receipt in publication.receipts(store, dag_id=dag_id, run_id=run_id)
    }


def _published(store: Store, receipt: Receipt) -> Published:
    return publication.load(store, receipt.address, expected=receipt.sha256)


def _made(
    store: Store, session: Session, dag_id: str, run_id: str, task_id: str
) -> tuple[Receipt, Published]:
    if all(task.task_id != task_id for task in _tasks(session, dag_id, run_id)):
        raise Unknown(f"{task_id} is no stage of this run.")
    receipt = _receipts(store, dag_id, run_id).get(task_id)
    if receipt is None or receipt.stage not in FLOW:
        raise Unknown(
            f"{task_id} has left no record in this run.", do="Wait until it ends, or read its log."
        )
    return receipt, _published(store, receipt)
