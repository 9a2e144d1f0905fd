"""A folder with a store, a ledger, keys and MLflow of its own, in which pipelines run."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from airlock.config import connections, installation
from airlock.config.keys import PSEUDONYM, SPLIT, path_of
from airlock.core.content import digest
from airlock.core.errors import AirlockError, SpecError
from airlock.testing import rows as deliveries
from airlock.testing.people import Answer, Answers
from airlock.testing.running import Runner, SandboxRun
from airlock.testing.surroundings import empty_database, importing, served, use_no_home

if TYPE_CHECKING:
    import pandas as pd

    from airlock.engine.record import Record
    from airlock.ledger import Champion, Ledger
    from airlock.store import Store

NIGHT = "2026-01-05"
"""The night of a run that names none."""


@dataclass(kw_only=True)
class Sandbox:
    """Runs pipelines of a project in this process, with everything they write in one folder.

    Inside of it no connection of the project is in reach, and no key of it: what a test approves
    and promotes is signed by a key that exists in the test alone.

    Args:
        folder: an empty one, for everything that is written.
        project: that holds dags/ and include/.
        connections: what the pipelines need besides, as addresses by connection id, such as
            `{"warehouse": "sqlite:////tmp/warehouse.db"}`.
        roles: who has which role, as policies name them.
    """

    folder: Path
    project: Path = field(default_factory=Path.cwd)
    connections: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, list[str]] = field(default_factory=dict)
    runs: int = 0

    def __post_init__(self) -> None:
        use_no_home(Path(self.project))
        self.folder, self.project = self.folder.absolute(), Path(self.project).absolute()
        for name in ("data", "store", "raw", "checkpoints", "mlflow"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        keys = self.folder / "keys"
        keys.mkdir(mode=0o700, exist_ok=True)
        # The same in every sandbox, so that a row falls into the same fold each time a test runs.
        for name in (PSEUDONYM, SPLIT):
            installation.write_private(path_of(keys, name), base64.b64encode(bytes(32)).decode())
        installation.make_keys(keys, trusted=self._trusted)

    def run(
        self,
        dag: str | Path,
        *,
        rows: Any = None,
        night: str = NIGHT,
        params: Mapping[str, Any] | None = None,
        person: str | None = None,
        answers: Mapping[str, Answer] | None = None,
        dag_id: str | None = None,
    ) -> SandboxRun:
        """Run all tasks of a DAG for one night, one after the other.

        Args:
            dag: its file, relative to the project.
            rows: what the source holds that night: a DataFrame, rows as dictionaries, or a file,
                which is read as it is; several nights or sources as a mapping of their names to
                those. None reads the source that the DAG names.
            night: the partition that the run is about.
            params: what somebody typed into the trigger form.
            person: who triggered it; None for the schedule.
            answers: who answers the tasks that ask people: `{"approve": "alice"}`.
            dag_id: which DAG, of a file with several.

        Returns:
            How every task ended, and what it left; a red task raises nothing.

        Raises:
            SpecError: the file holds no DAG, or does not load.
        """
        with self.entered():
            loaded = self._dag(self.project / dag, dag_id)
            self._deliver(loaded, rows, night)
            self.runs += 1
            run = SandboxRun(
                dag_id=loaded.dag_id, run_id=f"test__{night}__{self.runs}", night=night
            )
            Runner(
                dag=loaded,
                run=run,
                conf=dict(params or {}),
                person=person,
                answers=Answers(answers or {}),
                record_at=self._record,
            ).tasks()
        return run

    def ledger(self, model: str) -> Ledger:
        """The decisions about a model, verified."""
        from airlock.config.settings import Settings

        with self.entered():
            return Settings.read().ledger(model)

    def champion(self, model: str) -> Champion | None:
        """Who serves a model."""
        return self.ledger(model).state().champion

    def table(self, run: SandboxRun, task: str = "score") -> pd.DataFrame:
        """The rows that a task of a run left, such as the predictions of `score`."""
        import pandas as pd

        from airlock.engine import publication

        with self.entered(), tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            stores = {"store": self._store("store"), "raw": self._store("raw")}
            found = publication.load(stores["store"], run.values[task])
            files = publication.fetch(stores, found.result.data, Path(scratch))  # type: ignore[arg-type]  # both zones
            parts = [files / part.path for part in run.records[task].parts]  # type: ignore[attr-defined]  # it has rows
            return pd.concat([pd.read_parquet(part) for part in parts], ignore_index=True)

    @contextlib.contextmanager
    def entered(self) -> Iterator[Sandbox]:
        """Have every operator, command and function find this folder instead of the project's."""
        with contextlib.ExitStack() as stack:
            # To be put back as it was: nobody here reads it.
            stack.enter_context(patch.dict(os.environ, self._environment()))  # noqa: TID251
            stack.enter_context(connections.only(self._connections()))
            stack.enter_context(importing(self.project))
            stack.enter_context(served())
            yield self

    @property
    def _trusted(self) -> Path:
        return self.folder / "keys/trusted.json"

    def _environment(self) -> dict[str, str]:
        places = (self.folder / "data", self.project / "var/data", self.project / "include/data")
        own = {
            "root": self.project,
            "sources": ", ".join(map(str, places)),
            "keys": self.folder / "keys",
            "trusted_keys": self._trusted,
            "roles": json.dumps(dict(self.roles)),
            "accounts": "{}",
            "notifier": "airlock.config.notify.LogNotifier",
            "notifier_kwargs": "{}",
            "escalation_notifier": "airlock.config.notify.LogNotifier",
            "escalation_kwargs": "{}",
            # What the kernel takes from a process it never gives back, and this one is the test's.
            "confine": False,
            "preload": False,
            "outage_hours": 0,
        }
        return {f"AIRFLOW__AIRLOCK__{name.upper()}": str(value) for name, value in own.items()}

    def _connections(self) -> dict[str, Any]:
        from airflow.sdk import Connection

        here = {
            "airlock_store": {"uri": str(self.folder / "store")},
            "airlock_raw": {"uri": str(self.folder / "raw")},
            "airlock_checkpoints": {"uri": str(self.folder / "checkpoints")},
            "airlock_mlflow": {
                "uri": f"sqlite:///{self._database()}",
                "artifacts": str(self.folder / "mlflow/artifacts"),
            },
        }
        own = {
            name: Connection(conn_id=name, conn_type="generic", extra=json.dumps(extra))
            for name, extra in here.items()
        }
        more = {
            name: Connection.from_uri(uri, conn_id=name) for name, uri in self.connections.items()
        }
        return own | more

    def _database(self) -> Path:
        """MLflow's database; an empty one takes longer to make than a small training."""
        path = self.folder / "mlflow/mlflow.db"
        if not path.exists():
            shutil.copy(empty_database(), path)
        return path

    def _dag(self, path: Path, dag_id: str | None) -> Any:
        from airlock.compat.airflow import DagBag

        bag = DagBag(path, safe_mode=False)
        if bag.import_errors:
            raise SpecError(
                f"{path} does not load.", do="\n".join(bag.import_errors.values())
            ) from None
        found = [one for one in bag.dags.values() if dag_id in {None, one.dag_id}]
        if len(found) != 1:
            raise SpecError(
                f"{path} holds {len(found)} DAGs: {', '.join(bag.dags) or 'none'}.",
                do="Name one by dag_id.",
            )
        return found[0]

    def _deliver(self, dag: Any, rows: Any, night: str) -> None:
        if rows is None:
            return
        from airlock.stages.snapshot.operator import SnapshotOperator

        tasks = [one for one in dag.tasks if isinstance(one, SnapshotOperator)]
        by_name = dict(rows) if isinstance(rows, Mapping) else {}
        for task in tasks:
            own = by_name.get(task.task_id, by_name if by_name else rows)
            nights = own if isinstance(own, Mapping) else {night: own}
            below = self.folder / "data" / digest([str(task.source)])[:12]
            for one, table in nights.items():
                deliveries.deliver(
                    task, self._found(table), night=one, below=below, project=self.project
                )

    def _found(self, rows: Any) -> Any:
        return self.project / rows if isinstance(rows, str | Path) else rows

    def _record(self, address: str) -> Record | None:
        from airlock.engine import publication
        from airlock.engine.record import record_of

        try:
            found = publication.load(self._store("store"), address)
        except AirlockError:
            return None
        return record_of(found.result.stage).from_json(found.result.record)

    def _store(self, zone: str) -> Store:
        from airlock.config.settings import Settings

        return Settings.read().store(zone)  # type: ignore[arg-type]  # one of the two


def run_training(
    dag: str | Path, *, rows: Any, project: str | Path | None = None, **how: Any
) -> SandboxRun:
    """Run a training once, in a sandbox of its own that is removed afterwards.

    Args:
        dag: its file, relative to the project.
        rows: what the source holds that night.
        project: that holds dags/ and include/; the folder in which the tests run if left out.
        how: as for `Sandbox.run`.
    """
    with tempfile.TemporaryDirectory(prefix="airlock-test-") as folder:
        sandbox = Sandbox(folder=Path(folder), project=Path(project or Path.cwd()))
        return sandbox.run(dag, rows=rows, **how)
