"""What happens in the story of drift, in which order."""

from __future__ import annotations

import io
import subprocess
import time
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from rich.console import Console

from airlock.catalogs.retrains import retrains
from airlock.catalogs.tickets import Ticket, tickets
from airlock.core.errors import AirlockError, Unverified
from airlock.sinks.ticket import lead_time
from local.demo.drift.closing import closing
from local.demo.drift.project import (
    MODEL,
    RETRAIN,
    SCORING,
    TRAINING,
    environment,
    write_nights,
    write_project,
)
from local.demo.facts import ended, ledger_of, stores_of
from local.demo.failure import explained
from local.demo.headline import headline
from local.demo.show import Show
from local.demo.story import ENVIRONMENT, STAGES, TIMEOUT, empty
from local.home import Home
from local.runs import DagRun, RunTimedOut
from local.services import Airflow, stop_on_sigterm
from local.trackers.github import GitHub
from local.trackers.serving import serving

CALM, DEAR = date(2026, 1, 5), date(2026, 1, 6)
ROWS = 20_000
_STAGES = {**STAGES, TRAINING: (*STAGES[TRAINING], "evidence")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of it.

    Args:
        ticket: of the retrain, as the ledger tells it.
        tracker: the stand-in, with the release and its history.
        pack: the evidence that was published.
        verified: what `verify.sh` of the pack said.
        seconds: the whole story took.
    """

    home: Home
    ticket: Ticket
    tracker: GitHub
    pack: Path
    verified: str
    seconds: float

    @property
    def lead(self) -> timedelta:
        """From drift found to production."""
        time = lead_time(self.ticket)
        assert time is not None, "it was not promoted"
        return time


def run() -> int:
    """Play it in the home of the demo."""
    stop_on_sigterm()
    console = Console()
    if not console.is_terminal:
        console = Console(width=100)
    try:
        told = play(Home.of_demo(), Show(console))
    except AirlockError as error:
        console.print("\n[bold red]The story failed.[/]")
        console.print(str(error), soft_wrap=True, highlight=False, markup=False)
        return 1
    console.print(closing(told))
    return 0


def play(home: Home, show: Show, *, rows: int = ROWS) -> Told:
    """Everything, from an empty home to a verified pack.

    Raises:
        AirlockError: something failed. All services are stopped by then.
    """
    began = time.monotonic()
    show.chapter("Airlock", "A night drifts; what is done about it can be followed to its proof.")
    with show.step(f"A home of its own, {home.var}, and two nights: in {DEAR} all fees are higher"):
        empty(home)
        write_nights(home, CALM, DEAR, rows=rows)
        folder = write_project(home)
    tracker = GitHub()
    with ExitStack() as stack:
        stack.enter_context(serving(tracker))
        with show.step("Airflow, and a stand-in of GitHub that keeps state"):
            env = {**ENVIRONMENT, **environment(folder, tracker.url)}
            airflow = stack.enter_context(Airflow.running(home, env=env))
            for dag_id in (TRAINING, SCORING, RETRAIN):
                airflow.client.unpause(dag_id)
        stage = _Stage(airflow=airflow, show=show)
        show.chapter("1 · A champion", f"Trained on the night of {CALM}; nothing has drifted.")
        stage.follow(airflow.client.trigger(TRAINING, night=CALM.isoformat()))
        show.chapter("2 · Drift", f"The night of {DEAR} is scored, and is not like any before.")
        stage.follow(airflow.client.trigger(SCORING, night=DEAR.isoformat()))
        show.chapter("3 · A retrain, which nobody triggered", "A person signs off.")
        stage.follow(_asked_for(home), answers="The drift is real: prices went up.")
    show.chapter("Afterwards", "The release is published, with the evidence attached.")
    with show.step("The evidence pack is unpacked and verified, by a shell and openssl alone"):
        pack, said = _verify(home, tracker)
    ticket = next(one for one in tickets(ledger_of(home, MODEL).entries()) if one.drift)
    return Told(
        home=home,
        ticket=ticket,
        tracker=tracker,
        pack=pack,
        verified=said,
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """Where the story plays."""

    airflow: Airflow
    show: Show

    def follow(self, run: DagRun, *, answers: str = "") -> None:
        """Show a run until it has ended.

        Args:
            answers: the reason that a person gives for a yes, if the run asks.

        Raises:
            TaskFailed: a task failed for good.
        """
        client, stores = self.airflow.client, stores_of(self.airflow.home)
        self._await(run)
        with self.show.board(_STAGES[run.dag_id]) as board:
            for task in client.watch(run, timeout=TIMEOUT):
                done = ended(stores, run).get(task.task_id)
                reused = done is not None and done.receipt.reused
                board.update(task, headline(done.record) if done else "", reused)
                if task.state == "failed":
                    raise explained(client, self.airflow.home, run, task)
                if task.state == "awaiting_input" and answers:
                    # Airflow takes an answer for none if it comes before it heard of the question.
                    time.sleep(3)
                    client.answer(run, task.task_id, ["Approve"], {"reason": answers})

    def _await(self, run: DagRun) -> None:
        """Wait until a run that nobody triggered is there."""
        until = time.monotonic() + TIMEOUT / 3
        while run.run_id not in self._runs(run.dag_id):
            if time.monotonic() > until:
                raise RunTimedOut(
                    f"Drift asked for {run.run_id} of {run.dag_id}, and it does not start.",
                    do=f"Look at {RETRAIN} in Airflow.",
                )
            time.sleep(0.5)

    def _runs(self, dag_id: str) -> set[str]:
        found = self.airflow.client.request("GET", f"/dags/{dag_id}/dagRuns")
        return {one["dag_run_id"] for one in found["dag_runs"]}


def _asked_for(home: Home) -> DagRun:
    """The training that drift asked for, as the ledger says."""
    asked = retrains(ledger_of(home, MODEL))
    if not asked:
        raise Unverified(
            "The night that has drifted asked for no retrain.",
            do="Look at the report of drift in Airflow: `make up DEMO=1`.",
        )
    return DagRun(dag_id=asked[-1].training, run_id=asked[-1].training_run)


def _verify(home: Home, tracker: GitHub) -> tuple[Path, str]:
    """Do with the release's file what an auditor does."""
    if [one["draft"] for one in tracker.releases] != [False]:
        raise Unverified(
            f"Of the retrain there is no published release: {tracker.releases or 'nothing'}.",
            do="`airlock outbox list` says what the tracker did not take.",
        )
    (asset,) = tracker.releases[0]["assets"]
    pack, folder = home.var / asset["name"], home.var / "unpacked"
    pack.write_bytes(tracker.files[asset["id"]])
    with zipfile.ZipFile(io.BytesIO(pack.read_bytes())) as archive:
        archive.extractall(folder)
    key = ledger_of(home, MODEL).entries()[-1].key_id
    done = subprocess.run(
        ["sh", str(folder / "verify.sh"), key], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Unverified(
            f"The pack does not verify: {(done.stdout + done.stderr).strip()}",
            do="Nothing of it may be believed before that is explained.",
        )
    return pack, done.stdout.strip()
