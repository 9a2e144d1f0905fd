"""Says how far a run is, and what a person should do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from airlock.engine.record import Receipt, Record
from airlock.hooks import registry
from airlock.reports import verdict_badge
from airlock.reports.content import describe

FLOW: Sequence[str] = tuple(stage.word for stage in registry.stages().values() if stage.in_flow)
"""The stages' words, in the order in which a run passes through them."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task of a run, as Airflow sees it. `state` is None before it is scheduled."""

    task_id: str
    stage: str
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a task left behind: its receipt and its record."""

    receipt: Receipt
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """One stage of a run, for the row of steps."""

    task_id: str
    stage: str
    step: Step
    state: str | None
    headline: str | None
    badge: str | None
    reused: bool
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What comes next.

    Args:
        sentence: in words.
        task_id: the task that it is about, whose page to open.
        page: of that task: "required_actions", "" for its log, or None if there is nothing to do.
    """

    sentence: str
    task_id: str | None = None
    page: str | None = None


def stage_of(task_id: str, operator: str | None) -> str | None:
    """The stage's word, from the operator's class; None for a task that is no stage."""
    known = {word.replace("_", ""): word for word in FLOW}
    words = ((operator or "").removesuffix("Operator").lower(), task_id.replace("_", ""))
    return next((known[word] for word in words if word in known), None)


def stage_views(
    tasks: Sequence[Task], found: Mapping[str, Found], *, refused: Mapping[str, str] | None = None
) -> tuple[StageView, ...]:
    """The steps of a run, in the order of the flow.

    Args:
        refused: tasks of whose record nothing is shown, because the ledger does not vouch for it.
    """
    ordered = sorted(tasks, key=lambda task: (FLOW.index(task.stage), task.task_id))
    views = (_stage_view(task, found.get(task.task_id)) for task in ordered)
    doubted = refused or {}
    return tuple(
        replace(view, step="failed", headline=doubted[view.task_id])
        if view.task_id in doubted and view.state in _ENDED
        else view
        for view in views
    )


def _stage_view(task: Task, found: Found | None) -> StageView:
    # A cleared task still has the receipt of its earlier try, which no longer says how it went.
    shown = found if task.state in _ENDED else None
    return StageView(
        task_id=task.task_id,
        stage=task.stage,
        step=_step(task, shown),
        state=task.state,
        headline=describe(shown.record).headline if shown else None,
        badge=verdict_badge(shown.record).text if shown else None,
        reused=shown.receipt.reused if shown else False,
        seconds=shown.receipt.seconds if shown else None,
    )


def _step(task: Task, shown: Found | None) -> Step:
    if shown is not None and task.state == "success" and not shown.record.verdict.passed:
        return "stopped"
    return _STEPS.get(task.state, "pending")


def next_step(
    stages: Sequence[StageView],
    found: Mapping[str, Found],
    *,
    refused: Mapping[str, str] | None = None,
) -> NextStep:
    """The most urgent thing: a doubt, somebody's answer, a repair, or nothing."""
    if doubted := next((one for one in stages if one.task_id in (refused or {})), None):
        return NextStep(
            sentence=f"Act on nothing of this run: the ledger does not name what "
            f"{doubted.stage} left. Run airlock verify --deep.",
            task_id=doubted.task_id,
            page="",
        )
    by_step = {stage.step: stage for stage in reversed(stages)}
    if waiting := by_step.get("waiting"):
        return NextStep(
            sentence=f"{waiting.stage.capitalize()} waits for a person. Read what it asks, and "
            "answer.",
            task_id=waiting.task_id,
            page="required_actions",
        )
    if failed := by_step.get("failed"):
        return NextStep(
            sentence=f"{failed.stage.capitalize()} failed. {_what_to_repair(failed, found)} Then "
            "clear the task: the run goes on from there.",
            task_id=failed.task_id,
            page="",
        )
    if stopped := by_step.get("stopped"):
        return NextStep(sentence=_after_a_stop(stopped, found[stopped.task_id].record))
    if running := by_step.get("running"):
        return NextStep(sentence=f"{running.stage.capitalize()} is at work; nothing to do yet.")
    if pending := by_step.get("pending"):
        return NextStep(sentence=f"{pending.stage.capitalize()} comes next; nothing to do yet.")
    return NextStep(sentence=_after_the_end(stages))


def _what_to_repair(stage: StageView, found: Mapping[str, Found]) -> str:
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
