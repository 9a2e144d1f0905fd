"""What happens in a demo, in which order."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console

from airlock.core.errors import AirlockError, BrokenChain
from airlock.engine.publication import Stores
from airlock.stages.promote.record import Promotion
from include.data.subscriptions import planted_path, write_night
from local.demo.closing import closing
from local.demo.facts import RunFacts, ended, ledger_of, stores_of
from local.demo.failure import WaitsForPeople, explained, reason
from local.demo.headline import headline
from local.demo.show import Show
from local.demo.summary import DemoSummary, Start, Verified
from local.demo.truth import compare
from local.home import Home
from local.runs import DagRun, TaskInstance
from local.services import LOCK, Airflow, alone_in, stop_on_sigterm

MODEL = "customer_churn"
FIRST, NEXT = date(2026, 1, 5), date(2026, 1, 6)
ROWS = 20_000
TRAINING = tuple("snapshot validate redact train evaluate register gate approve promote".split())
SCORING = ("snapshot", "validate", "redact", "score", "shadow", "route", "drift")
ROLLBACK = ("rollback",)
STAGES = {
    "customer_churn_training": TRAINING,
    "customer_churn_scoring": SCORING,
    "model_rollback": ROLLBACK,
}
TIMEOUT = 900.0  # seconds for one run; on an idle machine the longest takes half a minute
ENVIRONMENT = {
    # For minutes and not all night, the shortest pause between two tasks is worth its CPU.
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.05",
    # Switching a DAG on would start the run of last night, for which nobody made data.
    "AIRFLOW__SCHEDULER__USE_JOB_SCHEDULE": "False",
}


def run() -> int:
    """Play the demo in a home of its own, and leave `summary.json` there."""
    stop_on_sigterm()
    console = Console()
    if not console.is_terminal:
        console = Console(width=100)  # wide enough for the tables at the end
    home = Home.of_demo()
    try:
        summary = play(home, Show(console))
        summary.write(home.var / "summary.json")
    except AirlockError as error:
        return _failed(console, str(error))
    except OSError as error:
        return _failed(console, f"{error.filename or home.var}: {error.strerror}.")
    console.print(closing(summary))
    return 0


def _failed(console: Console, why: str) -> int:
    console.print("\n[bold red]The demo failed.[/]")
    console.print(why, soft_wrap=True, highlight=False, markup=False)
    return 1


def play(home: Home, show: Show) -> DemoSummary:
    """Everything, from an empty home to what there is to say about it.

    Raises:
        AirlockError: something failed. All services are stopped by then.
    """
    began = time.monotonic()
    show.opening()
    with show.step(f"A home of its own, {home.var.relative_to(home.root)}"):
        empty(home)
    with show.step(f"Two nights of made-up data, {ROWS:,} rows each"):
        for night in (FIRST, NEXT):
            write_night(night, into=_data(home), rows=ROWS)
    with ExitStack() as stack:
        starting = time.monotonic()
        with show.step("Airflow, its libraries loaded once for all tasks"):
            stopping = show.stopping()
            stack.callback(stopping.stop)
            airflow = stack.enter_context(Airflow.running(home, env=ENVIRONMENT))
            stack.callback(stopping.start)
            for dag_id in STAGES:
                airflow.client.unpause(dag_id)
        log = home.logs / "scheduler.log"
        start = Start(seconds=time.monotonic() - starting, preload=preload_seconds(log))
        runs = _chapters(_Theatre(airflow=airflow, show=show, stores=stores_of(home)))
        show.chapter("Afterwards", "What was decided is signed; what was planted is known.")
        with show.step("Every ledger entry and model file is verified"):
            verified = verify(home)
        with show.step("Planted identifiers are looked for in the notes that went out"):
            scratch = stack.enter_context(tempfile.TemporaryDirectory())
            truth = compare(
                runs[0], stores_of(home), planted_path(_data(home), FIRST), Path(scratch)
            )
        for dag_id in STAGES:
            # Whoever looks at this home later finds it as quiet as we leave it.
            airflow.client.request("PATCH", f"/dags/{dag_id}", json={"is_paused": True})
    return DemoSummary(
        model=MODEL,
        home=home,
        start=start,
        runs=runs,
        truth=truth,
        verified=verified,
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Theatre:
    """Where the story plays."""

    airflow: Airflow
    show: Show
    stores: Stores

    def run(self, name: str, dag_id: str, *, night: date | None, **params: str) -> RunFacts:
        """Trigger a run, show it until it has ended, and collect what it left behind.

        Raises:
            TaskFailed: a task failed for good.
            WaitsForPeople: the policy asks somebody.
        """
        client = self.airflow.client
        if night is not None:
            params["night"] = night.isoformat()
        began = time.monotonic()
        run = client.trigger(dag_id, **params)
        with self.show.board(STAGES[dag_id]) as board:
            for task in client.watch(run, timeout=TIMEOUT):
                board.update(task, *self._news(run, task))
                if task.state == "failed":
                    raise explained(client, self.airflow.home, run, task)
                if task.state == "awaiting_input":
                    raise WaitsForPeople(
                        f"The policy of {MODEL} asks a person, and nobody watches a demo.",
                        do=f"In include/policies/{MODEL}.yaml, set approval.required to never.",
                    )
        seconds = time.monotonic() - began
        tasks = {task.task_id: task for task in client.tasks(run)}
        return RunFacts(
            name=name,
            run=run,
            night=night.isoformat() if night else None,
            seconds=seconds,
            tasks=tuple(tasks[stage] for stage in STAGES[dag_id]),
            ended=ended(self.stores, run),
        )

    def _news(self, run: DagRun, task: TaskInstance) -> tuple[str, bool]:
        """What there is to say about a stage now, and whether its result had been there before."""
        if task.state == "up_for_retry":
            return reason(self.airflow.client, run, task), False
        if done := ended(self.stores, run).get(task.task_id):
            return headline(done.record), done.receipt.reused
        return "", False


def _chapters(theatre: _Theatre) -> tuple[RunFacts, ...]:
    show = theatre.show
    show.chapter(f"1 · The night of {FIRST}", "A first model, from raw rows to production.")
    first = theatre.run("first night", "customer_churn_training", night=FIRST)

    show.chapter(
        "2 · The same night again",
        "Data and model are there already: they are found, not made again.",
    )
    again = theatre.run("same again", "customer_churn_training", night=FIRST)

    show.chapter(f"3 · The night of {NEXT}", "A new candidate is judged against the champion.")
    following = theatre.run("next night", "customer_churn_training", night=NEXT)

    show.chapter("4 · Scoring", f"The champion scores the customers of {NEXT}.")
    scoring = theatre.run("scoring", "customer_churn_scoring", night=NEXT)

    if following.record(Promotion) is None:
        show.chapter("5 · Rolling back", "Skipped: the second candidate was not promoted.")
        return first, again, following, scoring
    show.chapter("5 · Rolling back", "A person withdraws the new champion.")
    reason = "The demo shows how a champion is withdrawn."
    back = theatre.run("rollback", "model_rollback", night=None, model=MODEL, reason=reason)
    return first, again, following, scoring, back


def preload_seconds(log: Path) -> float | None:
    """How long the scheduler took to import the heavy libraries; None if it did not."""
    found = re.search(r"Preloaded .* in ([\d.]+) s", log.read_text(errors="replace"))
    return float(found[1]) if found else None


def verify(home: Home) -> Verified:
    """Let `airlock verify` check the whole chain and the files of every champion.

    Raises:
        BrokenChain: it found something.
    """
    done = subprocess.run(
        [sys.executable, "-m", "airlock.cli", "verify", MODEL],
        cwd=home.root,
        env=home.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BrokenChain(
            f"airlock verify {MODEL}: {(done.stdout + done.stderr).strip()}",
            do="Nothing is promoted or scored until this is explained: docs/ledger.md.",
        )
    ledger = ledger_of(home, MODEL)
    return Verified(entries=ledger.entries(), state=ledger.state(), said=done.stdout.strip())


def empty(home: Home) -> None:
    """Forget the demo before: its champion would judge this one, and its nights would be over."""
    for folder in (home.var.parent, home.var):
        # Raw rows lie below: nobody else on this machine may look.
        folder.mkdir(exist_ok=True, mode=0o700)
    with alone_in(home):
        for path in home.var.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != LOCK:
                path.unlink()


def _data(home: Home) -> Path:
    return home.var / "data" / "subscriptions"
