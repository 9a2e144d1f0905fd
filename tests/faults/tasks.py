"""Tasks of a site: each try is a process that can be killed, stopped, or given a broken world."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import resource
import signal
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.faults.site import MODEL, Site, run_after

FORK = multiprocessing.get_context("fork")
TRAINING = tuple("snapshot validate redact train evaluate register gate approve promote".split())
SCORING = ("snapshot", "validate", "redact", "score")
RETRIES = 4
"""As `NIGHTLY` has it; without its pauses, since nothing here recovers by waiting alone."""

Break = Callable[[], None]
"""What is broken in the process of a try, before the operator runs there."""


class Blocked(AssertionError):
    """A task did not end as promised."""


@dataclass(frozen=True, kw_only=True)
class Try:
    """How one try of one task ended.

    Args:
        state: success, stopped (green, and what follows is skipped), waiting, failed (for good),
            again (Airflow would retry) or killed.
        error: what the task said; "" if nothing.
        megabytes: by how much its memory grew at most.
    """

    state: str
    error: str = ""
    seconds: float = 0.0
    megabytes: float = 0.0
    address: str = ""
    waits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True)
class Run:
    """One run of a site's training or scoring chain."""

    site: Site
    night: str
    dag_id: str = f"{MODEL}_training"
    run_id: str = ""
    by: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    tries: list[tuple[str, Try]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.run_id = self.run_id or f"scheduled__{self.night}"
        self.xcom.mkdir(parents=True, exist_ok=True)

    @property
    def tasks(self) -> tuple[str, ...]:
        return SCORING if self.dag_id.endswith("scoring") else TRAINING

    @property
    def xcom(self) -> Path:
        return self.site.folder / "xcom" / self.dag_id / self.run_id

    def start(
        self, task: str, *, broken: Break | None = None, event: Mapping[str, Any] | None = None
    ) -> Started:
        """One try, in a process of its own."""
        number = 1 + sum(name == task for name, _ in self.tries)
        told = self.xcom / f"{task}-{uuid.uuid4().hex}.told"
        process = FORK.Process(target=_process, args=(self, task, number, told, broken, event))
        process.start()
        return Started(run=self, task=task, process=process, told=told)

    def once(self, task: str, **how: Any) -> Try:
        """One try, to its end."""
        return self.start(task, **how).end()

    def through(
        self,
        *tasks: str,
        broken: Mapping[str, Break] | None = None,
        until: str | None = None,
        repaired: Callable[[str, int], None] = lambda task, tries: None,
    ) -> dict[str, str]:
        """Run tasks as Airflow would, retries included.

        Args:
            tasks: all of the chain if none is named.
            broken: what is broken in the *first* try of a task.
            until: the last of them.
            repaired: called after a try that Airflow would repeat.

        Returns:
            The last state of each task that was tried.
        """
        states: dict[str, str] = {}
        for task in tasks or self.tasks:
            for tried in range(1 + RETRIES):
                how = (broken or {}).get(task) if tried == 0 else None
                ended = self.once(task, broken=how)
                if ended.state not in {"again", "killed"}:
                    break
                repaired(task, tried + 1)
            states[task] = ended.state
            if ended.state != "success" or task == until:
                break
        return states

    def rest(self, task: str, **how: Any) -> None:
        """The chain from a task on, all of it green."""
        self.whole(*self.tasks[self.tasks.index(task) :], **how)

    def whole(self, *tasks: str, **how: Any) -> None:
        """The same; every task must be green, or `Blocked` says which is not and why."""
        states = self.through(*tasks, **how)
        if set(states.values()) != {"success"}:
            raise Blocked(f"{self.run_id}: {states}; {self.last.error}")

    @property
    def last(self) -> Try:
        return self.tries[-1][1]

    def answer(self, event: Mapping[str, Any]) -> Try:
        """Go on after a person's answer."""
        return self.once("approve", event=event)


@dataclass(kw_only=True)
class Started:
    """A try that runs."""

    run: Run
    task: str
    process: Any
    told: Path
    began: float = field(default_factory=time.monotonic)

    def kill(self, after: float = 0.0) -> Try:
        """SIGKILL, some seconds after its start; what had ended before has ended."""
        self.process.join(max(0.0, after - (time.monotonic() - self.began)))
        self.process.kill()
        return self.end()

    def freeze(self, after: float) -> None:
        """SIGSTOP: alive, holds everything, does nothing."""
        time.sleep(after)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGCONT)

    def end(self, timeout: float = 300) -> Try:
        self.process.join(timeout)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
            raise Blocked(f"{self.task} did not end within {timeout:.0f} s")
        seconds = time.monotonic() - self.began
        ended = Try(state="killed", seconds=seconds)
        if self.told.exists():
            ended = Try(**json.loads(self.told.read_text()), seconds=seconds)
        self.run.tries.append((self.task, ended))
        return ended


def in_process(site: Site, work: Callable[[], Any]) -> Any:
    """Do something in a process of its own with a site's environment; its JSON-ready answer."""
    answer = site.folder / "tmp" / f"{uuid.uuid4().hex}.json"
    process = FORK.Process(target=_answer, args=(site, work, answer))
    process.start()
    process.join()
    said = json.loads(answer.read_text()) if answer.exists() else {"error": "it was killed"}
    if "error" in said:
        raise Blocked(said["error"])
    return said["value"]


def _answer(site: Site, work: Callable[[], Any], answer: Path) -> None:
    _enter(site)
    try:
        said = {"value": work()}
    except Exception as error:  # noqa: BLE001 -- the parent raises it
        said = {"error": f"{type(error).__name__}: {error}"}
    answer.write_text(json.dumps(said))


def _enter(site: Site) -> None:
    import torch

    log = os.open(site.folder / "tasks.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.environ.update(site.environment())
    # The folder of temporary files was looked up by the parent.
    tempfile.tempdir = str(site.folder / "tmp")
    if site.seed is None:
        os.environ.pop("AIRFLOW_CONN_AIRLOCK_SIGNING", None)
    # A fork does not have the threads of its parent.
    torch.set_num_threads(1)


def _process(
    run: Run,
    task: str,
    number: int,
    told: Path,
    broken: Break | None,
    event: Mapping[str, Any] | None,
) -> None:
    # A group of its own, as a task of Airflow has: its children go with it.
    os.setpgid(0, 0)
    _enter(run.site)
    operator = _operator(run, task)
    if broken is not None:
        broken()
    before = _peak()
    said = _said(run, operator, number, event) | {"megabytes": _peak() - before}
    if said["state"] in {"success", "stopped"} and said["address"]:
        _write(run.xcom / task, said["address"])
    _write(told, json.dumps(said))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _said(run: Run, operator: Any, number: int, event: Mapping[str, Any] | None) -> dict[str, Any]:
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowRescheduleException,
        DownstreamTasksSkipped,
        TaskAwaitingInput,
        TaskDeferred,
    )

    context = _context(run, operator, number)
    try:
        if event is None:
            address = operator.execute(context)
        else:
            waits = json.loads((run.xcom / "approve.waits").read_text())
            address = operator.execute_complete(context, event, **waits)
    except DownstreamTasksSkipped:
        return {"state": "stopped", "address": context["ti"].get("return_value", "")}
    except TaskAwaitingInput as asked:
        _write(run.xcom / "approve.waits", json.dumps(asked.kwargs))
        return {"state": "waiting", "waits": asked.kwargs}
    except TaskDeferred:
        return {"state": "waiting"}
    except AirflowFailException as error:
        return {"state": "failed", "error": str(error)}
    except AirflowRescheduleException as error:
        # The task is handed back, and says why to its log alone.
        return {"state": "again", "error": str(error.__context__ or error)}
    except AirflowException as error:
        return {"state": "again", "error": str(error)}
    except Exception as error:  # noqa: BLE001 -- Airflow would try again, whatever it is
        return {"state": "again", "error": f"{type(error).__name__}: {error}"}
    return {"state": "success", "address": address}


def _operator(run: Run, task: str) -> Any:
    from tests.faults.dags import operators

    operator = operators(run.site.folder, run.dag_id)[task]
    for name, stage in operator.reads.items():
        path = run.xcom / stage
        if getattr(operator, name) is not None:
            setattr(operator, name, path.read_text() if path.exists() else "")
    if task == "snapshot":
        # As the template of `training` and `scoring` does.
        operator.source = run.params.get("source") or "{night}.csv"
    if task == "train":
        operator.max_epochs = run.params.get("max_epochs")
    if task == "break_glass":
        operator.candidate = run.params.get("candidate", "2")
    if task == "approve":
        object.__setattr__(operator, "_post", lambda *_: None)
    return operator


class _Xcoms(dict[str, Any]):
    id, map_index, log_url = "0", -1, "http://127.0.0.1/dags/d"

    def xcom_push(self, key: str, value: Any) -> None:
        self[key] = value


def _context(run: Run, operator: Any, number: int) -> Any:
    ti = _Xcoms()
    ti.__dict__.update(
        dag_id=run.dag_id, run_id=run.run_id, task_id=operator.task_id, try_number=number
    )
    dag_run = SimpleNamespace(
        dag_id=run.dag_id,
        run_id=run.run_id,
        partition_key=run.night,
        run_after=run_after(run.night),
        triggering_user_name=run.by,
        conf=run.params,
    )
    params = {**operator.dag.params.dump(), **run.params}
    return {"ti": ti, "dag_run": dag_run, "dag": operator.dag, "params": params}


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{uuid.uuid4().hex}")
    partial.write_text(text)
    partial.replace(path)
