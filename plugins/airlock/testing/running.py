"""Runs the tasks of a DAG one after the other, in this process, and keeps what they leave."""

from __future__ import annotations

import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from airlock.core.errors import AirlockError
from airlock.engine.record import Record

if TYPE_CHECKING:
    from airlock.testing.people import Answers

State = str
"""As Airflow spells it: success, failed, skipped, upstream_failed, deferred, awaiting_input."""

_GOOD, _BAD, _LEFT = "success", frozenset({"failed", "upstream_failed"}), "skipped"
_WAITS = frozenset({"deferred", "awaiting_input", "waiting"})


class NoRecord(AirlockError, AttributeError):
    """A task left no record, and why."""


@dataclass(kw_only=True)
class SandboxRun:
    """What became of one run; a task's record is an attribute of its name: `run.gate`.

    Args:
        dag_id, run_id: of the run.
        night: that it is about.
        states: how each task ended, in Airflow's words, in the order in which they ran.
        records: what each task of Airlock left.
        values: what each task handed on by XCom.
        why: the words of each task that failed, or that waits.
    """

    dag_id: str
    run_id: str
    night: str
    states: dict[str, State] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether no task failed, and none waits."""
        return not (_BAD | _WAITS) & set(self.states.values())

    def __getattr__(self, task: str) -> Any:
        if task.startswith("__") or task not in self.states:
            raise AttributeError(f"The run has no task {task}.")
        try:
            return self.records[task]
        except KeyError:
            raise NoRecord(
                f"{task} of {self.dag_id} left no record: it is {self.states[task]}. "
                + " ".join(f"{name}: {said}" for name, said in self.why.items()),
                do="Look at `states` and `why` of the run.",
            ) from None


@dataclass(kw_only=True)
class Runner:
    """What plays the scheduler's part for one run.

    Args:
        dag: as its file makes it.
        run: filled as tasks end.
        conf: parameters that differ from the trigger form's defaults.
        person: who triggers it; None for the schedule.
        answers: what people say to the tasks that ask.
        record_at: reads a record by the address that a task handed on.
    """

    dag: Any
    run: SandboxRun
    conf: Mapping[str, Any]
    person: str | None
    answers: Answers
    record_at: Callable[[str], Record | None]
    _skipped: set[str] = field(default_factory=set)
    _pushed: dict[tuple[str, str], Any] = field(default_factory=dict)

    def tasks(self) -> None:
        """Run every task that can run, in the order of the arrows."""
        for task in self.dag.topological_sort():
            state = self._due(task)
            if state is None:
                state = self._run_task(task)
            self.run.states[task.task_id] = state

    def _due(self, task: Any) -> State | None:
        """The state of a task that does not run; None for one that does."""
        if task.task_id in self._skipped:
            return _LEFT
        before = [self.run.states[one] for one in task.upstream_task_ids]
        return _held_back(str(getattr(task.trigger_rule, "value", task.trigger_rule)), before)

    def _run_task(self, task: Any) -> State:
        from airlock.compat.airflow import MappedOperator

        mapped = isinstance(task, MappedOperator)
        indexes: Sequence[int] = range(self._instances(task)) if mapped else [-1]
        values = []
        for index in indexes:
            state, value = self._run_instance(task, index)
            if state != _GOOD:
                return state
            values.append(value)
        self.run.values[task.task_id] = values if mapped else values[0]
        return _GOOD

    def _instances(self, task: Any) -> int:
        """How many tasks a mapped one becomes."""
        context = self._context(task, -1)
        lengths = [
            len(value.resolve(context) if hasattr(value, "resolve") else value)
            for value in task.expand_input.value.values()
        ]
        total = 1
        for length in lengths:
            total *= length
        return total

    def _run_instance(self, task: Any, index: int) -> tuple[State, Any]:
        from airflow.sdk.exceptions import (
            AirflowSkipException,
            DownstreamTasksSkipped,
            TaskAwaitingInput,
            TaskDeferred,
        )

        context = self._context(task, index)
        name = task.task_id
        try:
            task.render_template_fields(context)
            self._collect(context["task"])
            value = _execute(context["task"], context)
        except DownstreamTasksSkipped as skipped:
            self._skipped |= {one if isinstance(one, str) else one[0] for one in skipped.tasks}
            value = context["ti"].pushed.get("return_value")
        except AirflowSkipException:
            return _LEFT, None
        except TaskAwaitingInput as asked:
            return self._ask(context, asked)
        except TaskDeferred as waits:
            self.run.why[name] = f"it waits ({type(waits.trigger).__name__})"
            return "deferred", None
        except Exception as error:  # noqa: BLE001 -- a red task is a result here, as it is in Airflow
            return self._failed(name, error), None
        return self._ended(name, value)

    def _collect(self, task: Any) -> None:
        """Give a task what mapped ones handed on, which it would ask Airflow's server for."""
        from airlock.compat.airflow import mapped_behind

        for name in task.template_fields:
            if (source := mapped_behind(getattr(task, name, None))) is not None:
                setattr(task, name, self.pull(source, "return_value", []))

    def _ask(self, context: Mapping[str, Any], asked: Any) -> tuple[State, Any]:
        from airflow.sdk.exceptions import DownstreamTasksSkipped, TaskAwaitingInput

        task, name = context["task"], context["task"].task_id
        event = self.answers.event(name)
        if event is None:
            self.run.why[name] = "nobody answers: name who does in `answers`"
            return "awaiting_input", None
        try:
            value = getattr(task, asked.method_name)(context, event, **(asked.kwargs or {}))
        except DownstreamTasksSkipped as skipped:
            self._skipped |= {one if isinstance(one, str) else one[0] for one in skipped.tasks}
            value = context["ti"].pushed.get("return_value")
        except TaskAwaitingInput:
            return "awaiting_input", None
        except Exception as error:  # noqa: BLE001 -- see above
            return self._failed(name, error), None
        return self._ended(name, value)

    def _failed(self, name: str, error: Exception) -> State:
        self.run.why[name] = str(error) or "".join(traceback.format_exception_only(error)).strip()
        return "failed"

    def _ended(self, name: str, value: Any) -> tuple[State, Any]:
        self._pushed[name, "return_value"] = value
        if isinstance(value, str) and (record := self.record_at(value)) is not None:
            self.run.records[name] = record
        return _GOOD, value

    def _context(self, task: Any, index: int) -> dict[str, Any]:
        """What Airflow hands a task, as far as operators and templates use it."""
        from airlock.compat.airflow import process_params

        run = self.run
        dag_run = SimpleNamespace(
            dag_id=run.dag_id,
            run_id=run.run_id,
            run_type="manual" if self.person else "scheduled",
            partition_key=run.night,
            partition_date=None,
            triggering_user_name=self.person,
            conf=dict(self.conf),
            logical_date=None,
            run_after=datetime.now(UTC),
        )
        ti = _TaskInstance(self, task, index)
        return {
            "dag": self.dag,
            "dag_run": dag_run,
            "run_id": run.run_id,
            "ti": ti,
            "task_instance": ti,
            "task": task,
            "params": process_params(self.dag, task, dag_run.conf, suppress_exception=False),
            "partition_key": run.night,
            "ds": run.night[:10],
        }

    def pull(self, task_ids: Any, key: str, default: Any) -> Any:
        """What tasks handed on; of a mapped one everything, in order."""
        if not isinstance(task_ids, str):
            return [self.pull(one, key, default) for one in task_ids or ()]
        if key == "return_value":
            return self.run.values.get(task_ids, default)
        return self._pushed.get((task_ids, key), default)

    def push(self, task_id: str, key: str, value: Any) -> None:
        """What a task hands on under a key of its own."""
        self._pushed[task_id, key] = value


class _TaskInstance:
    """What an operator asks of its task instance."""

    def __init__(self, runner: Runner, task: Any, index: int) -> None:
        self._runner = runner
        self.pushed: dict[str, Any] = {}
        self.id = uuid.uuid4()
        self.task = task
        self.dag_id, self.run_id = runner.run.dag_id, runner.run.run_id
        self.task_id, self.map_index, self.try_number = task.task_id, index, 1
        self.log_url = ""

    def xcom_push(self, key: str, value: Any, **_: Any) -> None:
        self.pushed[key] = value
        self._runner.push(self.task_id, key, value)

    def xcom_pull(
        self, task_ids: Any = None, key: str = "return_value", default: Any = None, **_: Any
    ) -> Any:
        return self._runner.pull(task_ids or self.task_id, key, default)

    def get_relevant_upstream_map_indexes(self, **_: Any) -> None:
        """Nobody's: groups of tasks are not mapped here."""


def _execute(task: Any, context: dict[str, Any]) -> Any:
    from airlock.compat.airflow import ExecutorSafeguard

    # Airflow's own runner says in this way that it is the one who calls.
    token = ExecutorSafeguard.tracker.set(task)
    try:
        return task.execute(context)
    finally:
        ExecutorSafeguard.tracker.reset(token)


def _held_back(rule: str, before: Sequence[State]) -> State | None:
    """The state of a task whose trigger rule does not hold; None if it holds."""
    failed = [one for one in before if one in _BAD]
    skipped = [one for one in before if one == _LEFT]
    good = [one for one in before if one == _GOOD]
    waiting = [one for one in before if one in _WAITS]
    if waiting and rule != "always":
        return "waiting"
    return next(_reasons(rule, failed, skipped, good, len(before)), None)


def _reasons(
    rule: str, failed: Sequence[State], skipped: Sequence[State], good: Sequence[State], count: int
) -> Iterator[State]:
    if rule in {"all_success", "none_failed", "none_failed_min_one_success"} and failed:
        yield "upstream_failed"
    if rule in {"all_success", "none_skipped"} and skipped:
        yield _LEFT
    if rule in {"one_success", "none_failed_min_one_success"} and count and not good:
        yield _LEFT
    if rule == "one_failed" and not failed:
        yield _LEFT
    if rule == "all_failed" and len(failed) < count:
        yield _LEFT
