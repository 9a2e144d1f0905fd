"""Says how far a run is, and what a person should do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from airlock.engine.failure_notes import Failure
from airlock.engine.record import Receipt, Record
from airlock.hooks import registry
from airlock.overview.needs import Need
from airlock.overview.standing import Standing
from airlock.reports import verdict_badge
from airlock.reports.content import describe

FLOW: Sequence[str] = tuple(stage.word for stage in registry.stages().values() if stage.in_flow)
"""The stages' words, in the order in which a run passes through them."""

OF_NO_NIGHT = frozenset("rollback break_glass confirm clear reconcile gc".split())
"""Stages that are about the moment in which they ran."""

Step = Literal["pending", "running", "waiting", "done", "stopped", "failed", "skipped"]

_STEPS: Mapping[str | None, Step] = {
    "success": "done",
    "failed": "failed",
    "skipped": "skipped",
    "upstream_failed": "skipped",
    "removed": "skipped",
    "running": "running",
    "restarting": "running",
    "up_for_retry": "running",
    "awaiting_input": "waiting",
    "deferred": "running",
}

_ENDED = frozenset({"success", "failed"})
_FAILED = frozenset({"failed", "up_for_retry"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """A task of a run, as Airflow sees it. `state` is None before it is scheduled."""

    task_id: str
    stage: str
    state: str | None
    try_number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a task left behind: its receipt and its record."""

    receipt: Receipt
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTry:
    """Why the last try failed.

    Args:
        what: what happened, and to what.
        do: what the reader should do; "" where nobody foresaw it.
        again: whether Airflow tries it again by itself.
    """

    what: str
    do: str
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """One stage of a run, for the row of steps. `problem` is of a try that failed."""

    task_id: str
    stage: str
    step: Step
    state: str | None
    headline: str | None
    badge: str | None
    reused: bool
    seconds: float | None
    problem: FailedTry | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What comes next.

    Args:
        sentence: in words.
        task_id: the task that it is about, whose page to open.
        page: of that task: "required_actions", "" for its log, or None if there is nothing to do.
        need: what the ledger says a person should do, with the form that begins it.
        holds: whether the outcome is still as the run left it.
    """

    sentence: str
    task_id: str | None = None
    page: str | None = None
    need: Need | None = None
    holds: bool = True


def stage_of(task_id: str, operator: str | None) -> str | None:
    """The stage's word, from the operator's class; None for a task that is no stage."""
    known = {word.replace("_", ""): word for word in FLOW}
    words = ((operator or "").removesuffix("Operator").lower(), task_id.replace("_", ""))
    return next((known[word] for word in words if word in known), None)


def stage_views(
    tasks: Sequence[TaskState],
    found: Mapping[str, Found],
    *,
    refused: Mapping[str, str] | None = None,
    failed: Mapping[str, Failure] | None = None,
) -> tuple[StageView, ...]:
    """The steps of a run, in the order of the flow.

    Args:
        refused: tasks of whose record nothing is shown, because the ledger does not vouch for it.
        failed: the last note of each task about why it failed.
    """
    ordered = sorted(tasks, key=lambda task: (FLOW.index(task.stage), task.task_id))
    notes = failed or {}
    views = (
        _stage_view(task, found.get(task.task_id), _problem(task, notes.get(task.task_id)))
        for task in ordered
    )
    doubted = refused or {}
    return tuple(
        replace(view, step="failed", headline=doubted[view.task_id])
        if view.task_id in doubted and view.state in _ENDED
        else view
        for view in views
    )


def _problem(task: TaskState, note: Failure | None) -> FailedTry | None:
    # A note of an earlier try says nothing about this one.
    if note is None or task.state not in _FAILED or note.try_number != task.try_number:
        return None
    return FailedTry(what=note.what, do=note.do, again=task.state == "up_for_retry")


def _stage_view(task: TaskState, found: Found | None, problem: FailedTry | None) -> StageView:
    # A cleared task still has the receipt of its earlier try, which no longer says how it went.
    shown = found if task.state in _ENDED else None
    if problem is not None and shown is not None and shown.record.verdict.passed:
        shown = None  # likewise
    return StageView(
        task_id=task.task_id,
        stage=task.stage,
        step=_step(task, shown),
        state=task.state,
        headline=describe(shown.record).headline if shown else None,
        badge=verdict_badge(shown.record).text if shown else None,
        reused=shown.receipt.reused if shown else False,
        seconds=shown.receipt.seconds if shown else None,
        problem=problem,
    )


def _step(task: TaskState, shown: Found | None) -> Step:
    if shown is not None and task.state == "success" and not shown.record.verdict.passed:
        return "stopped"
    return _STEPS.get(task.state, "pending")


def next_step(
    stages: Sequence[StageView],
    found: Mapping[str, Found],
    *,
    refused: Mapping[str, str] | None = None,
    standing: Standing | None = None,
) -> NextStep:
    """The most urgent thing: a doubt, somebody's answer, a repair, or nothing.

    Args:
        standing: what the outcome is worth at this moment of the ledger.
    """
    if doubted := next((one for one in stages if one.task_id in (refused or {})), None):
        return NextStep(
            sentence=f"Act on nothing of this run: the ledger does not name what "
            f"{doubted.stage} left. Run airlock verify --deep.",
            task_id=doubted.task_id,
            page="",
        )
    by_step = {stage.step: stage for stage in reversed(stages)}
    if standing is not None and standing.clear:
        return _cleared_from(standing, stages)
    if waiting := by_step.get("waiting"):
        return NextStep(
            sentence=f"{waiting.stage.capitalize()} waits for a person. Read what it asks, and "
            "answer.",
            task_id=waiting.task_id,
            page="required_actions",
        )
    if failed := by_step.get("failed"):
        repair = _what_to_repair(failed, found)
        then = "" if "lear " in repair else " Then clear the task: the run goes on from there."
        return NextStep(
            sentence=f"{failed.stage.capitalize()} failed. {repair}{then}",
            task_id=failed.task_id,
            page="",
        )
    if standing is not None and not any(one.step in {"running", "pending"} for one in stages):
        return NextStep(sentence=standing.sentence, need=standing.need, holds=standing.holds)
    if stopped := by_step.get("stopped"):
        return NextStep(sentence=_after_a_stop(stopped, found[stopped.task_id].record))
    if running := by_step.get("running"):
        if (why := running.problem) is not None:
            return NextStep(
                sentence=f"{running.stage.capitalize()} failed, and is tried again by itself. "
                f"{why.what} {why.do}".rstrip(),
                task_id=running.task_id,
                page="",
            )
        return NextStep(sentence=f"{running.stage.capitalize()} is at work; nothing to do yet.")
    if pending := by_step.get("pending"):
        return NextStep(sentence=f"{pending.stage.capitalize()} comes next; nothing to do yet.")
    return NextStep(sentence=_after_the_end(stages))


def _cleared_from(standing: Standing, stages: Sequence[StageView]) -> NextStep:
    task = next((one.task_id for one in stages if one.stage == standing.clear), None)
    return NextStep(
        sentence=standing.sentence,
        task_id=task,
        page=None if task is None else "",
        holds=standing.holds,
    )


def _what_to_repair(stage: StageView, found: Mapping[str, Found]) -> str:
    if stage.problem is not None:
        return f"{stage.problem.what} {stage.problem.do or 'Read its log.'}"
    left = found.get(stage.task_id)
    if stage.headline is None or left is None or left.record.verdict.passed:
        return "Repair what its log names."
    return " ".join((*left.record.verdict.reasons, "Repair that."))


def _after_a_stop(stage: StageView, record: Record) -> str:
    if getattr(record, "outcome", None) == "already champion":
        return "Nothing to do: this very model is in production already."
    return (
        f"Nothing to do: the run ended at {stage.stage}, as it should. The champion stays as it is."
    )


def _after_the_end(stages: Sequence[StageView]) -> str:
    done = [stage for stage in stages if stage.step == "done"]
    if not done:
        return "Nothing of this run went through the airlock."
    if done[-1].stage == "promote":
        return "Nothing to do: scoring uses the new champion from its next run on."
    return "Nothing to do: the run is complete."
