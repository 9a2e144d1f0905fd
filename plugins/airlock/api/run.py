"""API routes for what a run and its tasks left behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from airlock.api.access import READS_RUN, READS_TASK, Unknown, may_read_all, rights, under_etag
from airlock.api.files import report_file
from airlock.api.heading import Heading
from airlock.api.links import Link, mlflow_link
from airlock.api.outcome import (
    RunOutcome,
    outcomes,
    published_of,
    receipts_of,
    tasks_of,
    vouching_of,
)
from airlock.api.progress import FLOW, OF_NO_NIGHT, NextStep, StageView, next_step
from airlock.api.v1.overviews import now, overviews
from airlock.compat.airflow import GetUserDep, SessionDep
from airlock.config.settings import Settings
from airlock.engine.publication import Published
from airlock.engine.record import Receipt, Record
from airlock.overview.standing import Standing, standing
from airlock.reports import INDEX, Figure, describe, kinds, verdict_badge
from airlock.reports.content import Tone
from airlock.store import Store

router = APIRouter(prefix="/runs/{dag_id}/{run_id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run: its stages in their order, and what comes next.

    Args:
        night: None for what is about a moment, such as a rollback.
        at: when its last stage so far ended.
        model: None before a record names it.
        may: which DAGs that people start the reader may start.
    """

    dag_id: str
    run_id: str
    night: str | None
    at: datetime | None
    model: str | None
    stages: tuple[StageView, ...]
    next: NextStep
    may: dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """What one task left behind, in a person's words.

    Args:
        tone: of the verdict.
        made_by: the run that made the result, if this run reused it.
        signed: whether an entry of a ledger names this very record.
        ledger: what the ledger says about it, in a sentence.
        record: the record itself, for whoever wants every digest.
        model: that it is about; None where it names none.
        now: what the outcome is worth at this moment of the ledger; None where it says nothing.
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
    model: str | None
    now: Standing | None


@router.get("", dependencies=[READS_RUN])
def run(
    dag_id: str, run_id: str, request: Request, session: SessionDep, user: GetUserDep
) -> Response:
    """All stages of a run."""
    outcome = outcomes().of(Settings.read(), session, dag_id, run_id)
    stands = _standing_of_run(outcome, user)
    view = RunView(
        dag_id=dag_id,
        run_id=run_id,
        night=outcome.night,
        at=outcome.at,
        model=outcome.model,
        stages=outcome.stages,
        may=rights(user),
        next=next_step(outcome.stages, outcome.found, refused=outcome.refused, standing=stands),
    )
    return under_etag(request, asdict(view))


@router.get("/{task_id}", dependencies=[READS_TASK])
def task(dag_id: str, run_id: str, task_id: str, session: SessionDep, user: GetUserDep) -> TaskView:
    """What one task left behind."""
    settings = Settings.read()
    receipt, made = _made(settings.store(), session, dag_id, run_id, task_id)
    record = kinds()[receipt.stage].from_json(made.result.record)
    # First: of a record that the ledger does not vouch for nothing is shown.
    vouched = vouching_of(settings).of(made, record)
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
        night=None if receipt.stage in OF_NO_NIGHT else receipt.night,
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
        model=getattr(record, "model", None),
        now=_standing(record, user),
    )


@router.get("/{task_id}/report/{path:path}", dependencies=[READS_TASK])
def report(
    dag_id: str, run_id: str, task_id: str, path: str, session: SessionDep, user: GetUserDep
) -> Response:
    """One file of a task's report; a page says above what it belongs to."""
    settings = Settings.read()
    receipt, made = _made(settings.store(), session, dag_id, run_id, task_id)
    record = kinds()[receipt.stage].from_json(made.result.record)
    vouching_of(settings).of(made, record)
    stands = _standing(record, user)
    heading = Heading(
        dag_id=dag_id,
        run_id=run_id,
        task_id=task_id,
        model=getattr(record, "model", None) or "",
        version=getattr(record, "version", None),
        night="" if receipt.stage in OF_NO_NIGHT else receipt.night or "",
        now=stands.sentence if stands is not None else "",
        depth=path.count("/"),
    )
    return report_file(settings.store(), made.result.report, path, heading=heading)


def _standing_of_run(outcome: RunOutcome, user: GetUserDep) -> Standing | None:
    """What the last of a run's outcomes is worth now, of those about which a ledger knows more."""
    steps = {one.task_id: one.step for one in outcome.stages}
    for one in reversed(outcome.stages):
        left = outcome.found.get(one.task_id)
        if left is None or steps[one.task_id] not in {"done", "stopped"}:
            continue
        if (stands := _standing(left.record, user)) is not None:
            return stands
    return None


def _standing(record: Record, user: GetUserDep) -> Standing | None:
    model = getattr(record, "model", None)
    known = overviews().of(model, now=now()) if model else None
    if known is None or known.overview is None:
        return None
    # Who decided in other pipelines' runs is for whoever may read those.
    return standing(known.overview, record, names=may_read_all(known.dags, user))


def _made(
    store: Store, session: Session, dag_id: str, run_id: str, task_id: str
) -> tuple[Receipt, Published]:
    if all(task.task_id != task_id for task in tasks_of(session, dag_id, run_id)):
        raise Unknown(f"{task_id} is no stage of this run.")
    receipt = receipts_of(store, dag_id, run_id).get(task_id)
    if receipt is None or receipt.stage not in FLOW:
        raise Unknown(
            f"{task_id} has left no record in this run.", do="Wait until it ends, or read its log."
        )
    return receipt, published_of(store, receipt)
