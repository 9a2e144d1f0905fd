"""Tasks of a site: each try is a process that can be killed, stopped, or given a broken world."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.inside import Break, attempt, enter
from tests.faults.site import MODEL, Site

FORK = multiprocessing.get_context("fork")
TRAINING = tuple("snapshot validate redact train evaluate register gate approve promote".split())
SCORING = ("snapshot", "validate", "redact", "score")
RETRIES = 4
"""As `NIGHTLY` has it; without its pauses, since nothing here recovers by waiting alone."""


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
        process = FORK.Process(target=attempt, args=(self, task, number, told, broken, event))
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
    enter(site)
    try:
        said = {"value": work()}
    except Exception as error:  # noqa: BLE001 -- the parent raises it
        said = {"error": f"{type(error).__name__}: {error}"}
    answer.write_text(json.dumps(said))
