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
            again (Airflow would try it again) or killed.
        error: what the task said; "" if nothing.
        pause: seconds after which a task that was handed back looks again; None if Airflow counts
            a try for how it ended.
        megabytes: by how much its memory grew at most.
    """

    state: str
    error: str = ""
    pause: float | None = None
    seconds: float = 0.0
    megabytes: float = 0.0
    address: str = ""
    waits: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether it used up a try."""
        return self.pause is None


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
        told = self.xcom / f"{task}-{uuid.uuid4().hex}.told"
        process = FORK.Process(target=attempt, args=(self, task, told, broken, event))
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
        """Run tasks as Airflow would: retries at once, and what was handed back after its pause.

        Args:
            tasks: all of the chain if none is named.
            broken: what is broken in the *first* try of a task.
            until: the last of them.
            repaired: called with the task and its tries so far after one that Airflow would repeat.

        Returns:
            The last state of each task that was tried.
        """
        states: dict[str, str] = {}
        for task in tasks or self.tasks:
            ended = self._to_its_end(task, (broken or {}).get(task), repaired)
            states[task] = ended.state
            if ended.state != "success" or task == until:
                break
        return states

    def _to_its_end(
        self, task: str, broken: Break | None, repaired: Callable[[str, int], None]
    ) -> Try:
        used = 0
        while True:
            ended = self.once(task, broken=broken)
            used += ended.counts
            if ended.state not in {"again", "killed"} or used > RETRIES:
                return ended
            broken = None
            time.sleep(ended.pause or 0)
            repaired(task, used)

    def used(self, task: str) -> int:
        """How many tries of a task Airflow has counted."""
        return sum(one.counts for name, one in self.tries if name == task)

    def handed_back(self, task: str) -> int:
        """How often a task was handed back, which uses up no try."""
        return sum(not one.counts for name, one in self.tries if name == task)

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
