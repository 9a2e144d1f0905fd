"""A real Airflow whose processes may die at any time: who watches over it starts them again."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import psutil

from local import services as local
from local.client import AirflowClient
from local.home import Home
from local.prepare import prepare
from local.runs import DagRun, RequestRefused
from local.services import Airflow, Service
from tests.faults import services
from tests.faults.invariants import violations
from tests.faults.line import Line, line_to
from tests.faults.processes import working
from tests.faults.site import MODEL, Site
from tests.faults.storm import ABREAST

ROOT = Path(__file__).parents[2]
MODELS = (MODEL, *(f"{MODEL}_{number}" for number in range(2, ABREAST + 1)))
COMMANDS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
}
RECONCILE = f"{MODEL}_reconcile"
DAG_FILE = '''"""An airflow dag of the faults."""

from pathlib import Path

from airflow.sdk import DAG

from airlock import NIGHTLY, ReconcileOperator
from tests.faults.dags import training_of

for model in {models}:
    with DAG(f"{{model}}_training", schedule=None, is_paused_upon_creation=False, **NIGHTLY):
        training_of(Path("{folder}"), model)
with DAG("{reconcile}", schedule=None, is_paused_upon_creation=False):
    ReconcileOperator(task_id="reconcile")
'''


@dataclass(kw_only=True)
class Plant:
    """An Airflow of its own for the small training chain, with an MLflow server beside it.

    Args:
        line: to the MLflow server.
        mlflow: the server's own port.
        database: line to Airflow's own, where that is PostgreSQL.
    """

    home: Home
    folder: Path
    client: AirflowClient
    environment: Mapping[str, str]
    line: Line
    mlflow: int
    database: Line | None = None
    running: dict[str, Service] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    calm: bool = True
    closed: bool = False
    days: Iterator[int] = field(
        default_factory=lambda: itertools.count(date(2026, 1, 5).toordinal())
    )
    delivering: threading.Lock = field(default_factory=threading.Lock)
    reviving: threading.Lock = field(default_factory=threading.Lock)

    def start(self, name: str) -> None:
        log = self.home.logs / f"{name}.log"
        kept = log.read_bytes() if log.exists() else b""
        if name == "mlflow":
            process = services.start_mlflow(self.home.var / "mlflow", self.mlflow, log)
            self.running[name] = Service(name=name, process=process, log=log)
        else:
            command = (sys.executable, "-m", "airflow", *COMMANDS[name.removesuffix("-2")])
            self.running[name] = local.start_service(self.home, name, command, self.environment)
        with log.with_suffix(".before").open("ab") as before:
            before.write(kept)

    def kill(self, name: str) -> None:
        """SIGKILL to a service alone: its children are orphans then."""
        self.running[name].process.kill()
        self.running[name].process.wait()
        self.killed[name] += 1

    def revive(self) -> None:
        """Start again what has ended, as systemd or Kubernetes would."""
        # Each once, whoever looks: three schedulers on one SQLite take each other's tasks away.
        with self.reviving:
            for name, service in list(self.running.items()):
                if service.process.poll() is not None:
                    for pid in local._members(service.process.pid):
                        with contextlib.suppress(ProcessLookupError):
                            # A unit's processes end with it.
                            os.kill(pid, signal.SIGKILL)
                    self.start(name)

    def trigger(self, model: str = MODEL) -> DagRun:
        """Deliver the next night, and train a model on it."""
        with self.delivering:
            # In their order: a night from before the champion's is not promoted.
            day = next(self.days)
            night = date.fromordinal(day).isoformat()
            Site(folder=self.home.var).deliver(night, seed=day)
        # Whatever ran before: what is reused is over before anything can be killed.
        how = {"night": night, "recompute": True}
        return self._patiently(lambda: self.client.trigger(f"{model}_training", **how))

    def ended(self, run: DagRun, *, timeout: float = 1200) -> dict[str, str | None]:
        """The last states of a run's tasks, whoever dies meanwhile."""
        until = time.monotonic() + timeout
        while self._patiently(lambda: self.client.state(run)) not in {"success", "failed"}:
            assert time.monotonic() < until, f"{run.run_id} has not ended in {timeout:.0f} s"
            if self.calm:
                self.revive()
            time.sleep(1)
        return {one.task_id: one.state for one in self._patiently(lambda: self.client.tasks(run))}

    def clear(self, run: DagRun) -> None:
        """What a person does who finds a run red in the morning."""
        body = {"dry_run": False, "only_failed": True, "dag_run_id": run.run_id}
        path = f"/dags/{run.dag_id}/clearTaskInstances"
        self._patiently(lambda: self.client.request("POST", path, json=body))

    def until_task(self, run: DagRun, task: str) -> str:
        """Wait until a task works; what the fault may say of it."""
        until = time.monotonic() + 300
        while time.monotonic() < until:
            for one in self._patiently(lambda: self.client.tasks(run)):
                if one.task_id == task and one.state in {"running", "success"}:
                    return f"hit with {task} {one.state}"
            time.sleep(0.2)
        raise AssertionError(f"{task} never was running")

    def kill_supervisor(self, run: DagRun, task: str) -> None:
        """SIGKILL to the process that watches over a task, once the stage itself works."""
        listed = self._patiently(lambda: self.client.request("GET", f"{run.path}/taskInstances"))
        [name] = [one["id"] for one in listed["task_instances"] if one["task_id"] == task]
        until, scratch = time.monotonic() + 300, self.folder / "scratch"
        before = set(scratch.iterdir())
        while time.monotonic() < until:
            found = {kind: pid for kind, pid, title in self.working() if name in title}
            at_work = set(scratch.glob(f"airlock-{task}-*")) - before
            if at_work and {"supervisor", "task"} <= found.keys():
                os.kill(found["supervisor"], signal.SIGKILL)
                assert psutil.pid_exists(found["task"]), "the task had ended already"
                return
            time.sleep(0.1)
        raise AssertionError(f"{task} was never seen at work under a supervisor")

    def settle(self) -> None:
        """What the schedule does by itself: reconcile."""
        run = self._patiently(lambda: self.client.trigger(RECONCILE))
        assert self.ended(run) == {"reconcile": "success"}

    def hold(self) -> None:
        broken = violations(self.home.var)
        assert broken == [], "; ".join(broken)

    def tries(self, run: DagRun) -> dict[str, int]:
        """How many tries Airflow has counted for each task that began."""
        tasks = self._patiently(lambda: self.client.tasks(run))
        return {one.task_id: one.tries for one in tasks if one.started is not None}

    def handed_back(self, run: DagRun, seconds: float) -> set[str]:
        """Tasks that Airflow was handed back some time in the seconds to come."""
        until, found = time.monotonic() + seconds, set()
        while time.monotonic() < until:
            tasks = self._patiently(lambda: self.client.tasks(run))
            found |= {one.task_id for one in tasks if one.state == "up_for_reschedule"}
            time.sleep(1)
        return found

    def _patiently(self, ask):
        until = time.monotonic() + 600
        while True:
            assert not self.closed, "this Airflow is stopped"
            try:
                return ask()
            except (RequestRefused, KeyError, ValueError):
                assert time.monotonic() < until, "Airflow's API does not come back"
                if self.calm:
                    self.revive()
                # A server of its own generation knows no session of the one before.
                self.client._http.headers.pop("authorization", None)
                time.sleep(1)

    def working(self) -> Iterator[tuple[str, int, str]]:
        return working({one.process.pid for one in self.running.values()})


def _dag_file(folder: Path) -> str:
    return DAG_FILE.format(models=MODELS, folder=folder, reconcile=RECONCILE)


@contextlib.contextmanager
def plant(folder: Path, *, database: Line | None = None) -> Iterator[Plant]:
    """Start all of it in an empty folder, and stop it.

    Args:
        database: line to a PostgreSQL that Airflow keeps its own things in; SQLite if None.
    """
    home = Home(ROOT, folder / "var")
    site = Site(folder=folder / "var")
    site.folder.mkdir(mode=0o700)
    site.found()
    shutil.rmtree(site.folder / "keys")
    for name in ("dags", "scratch"):
        (folder / name).mkdir()
    (folder / "dags/faults.py").write_text(_dag_file(site.folder))
    prepare(home)
    port, mlflow = services.free_port(), services.free_port()
    url = f"http://127.0.0.1:{port}"
    with local.alone_in(home), line_to(mlflow) as line:
        there = {"conn_type": "generic", "extra": {"uri": line.url}}
        environment = home.environment() | local.addresses(url, port)
        environment |= {
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
            "AIRFLOW_CONN_AIRLOCK_MLFLOW": json.dumps(there),
            "TMPDIR": str(folder / "scratch"),
        }
        if database is not None:
            environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = (
                f"postgresql+psycopg2://airlock@127.0.0.1:{database.port}/postgres"
            )
            move = [sys.executable, "-m", "local.database", str(home.root), str(home.var)]
            subprocess.run(
                move, cwd=home.root, env=environment, check=True, stdout=subprocess.DEVNULL
            )
        client = Airflow.client_of(home, url)
        made = Plant(
            home=home,
            folder=folder,
            client=client,
            environment=environment,
            line=line,
            database=database,
            mlflow=mlflow,
        )
        try:
            for name in ("mlflow", *COMMANDS):
                made.start(name)
            local.wait_until_healthy(client, tuple(made.running.values()), timeout=400)
            client.unpause(f"{MODEL}_training", timeout=200)
            yield made
        finally:
            local.stop(tuple(made.running.values()))
            client.close()
