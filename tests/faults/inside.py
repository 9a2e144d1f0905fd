"""What happens in the process of a try: Airflow's side of it, and then the operator's."""

from __future__ import annotations

import json
import os
import resource
import tempfile
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tests.faults.site import Site, run_after

if TYPE_CHECKING:
    from tests.faults.tasks import Run

Break = Callable[[], None]
"""What is broken in the process of a try, before the operator runs there."""


def enter(site: Site) -> None:
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


def attempt(
    run: Run,
    task: str,
    told: Path,
    broken: Break | None,
    event: Mapping[str, Any] | None,
) -> None:
    # A group of its own, as a task of Airflow has: its children go with it.
    os.setpgid(0, 0)
    enter(run.site)
    operator = _operator(run, task)
    if broken is not None:
        broken()
    before = _peak()
    said = _said(run, operator, event) | {"megabytes": _peak() - before}
    if said["state"] in {"success", "stopped"} and said["address"]:
        write(run.xcom / task, said["address"])
    write(told, json.dumps(said))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _said(run: Run, operator: Any, event: Mapping[str, Any] | None) -> dict[str, Any]:
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowRescheduleException,
        DownstreamTasksSkipped,
        TaskAwaitingInput,
        TaskDeferred,
    )

    context = _context(run, operator)
    try:
        if event is None:
            address = operator.execute(context)
        else:
            waits = json.loads((run.xcom / "approve.waits").read_text())
            address = operator.execute_complete(context, event, **waits)
    except DownstreamTasksSkipped:
        return {"state": "stopped", "address": context["ti"].get("return_value", "")}
    except TaskAwaitingInput as asked:
        write(run.xcom / "approve.waits", json.dumps(asked.kwargs))
        return {"state": "waiting", "waits": asked.kwargs}
    except TaskDeferred:
        return {"state": "waiting"}
    except AirflowFailException as error:
        return {"state": "failed", "error": str(error)}
    except AirflowRescheduleException as error:
        # The task is handed back, and says why to its log alone.
        pause = (error.reschedule_date - datetime.now(UTC)).total_seconds()
        why = str(error.__context__ or error)
        return {"state": "again", "error": why, "pause": max(pause, 0.0)}
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


def _context(run: Run, operator: Any) -> Any:
    ti, began, task = _Xcoms(), datetime.now(UTC), operator.task_id
    ti.__dict__.update(
        dag_id=run.dag_id,
        run_id=run.run_id,
        task_id=task,
        try_number=1 + run.used(task),
        get_first_reschedule_date=lambda _: began,
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
    return {
        "ti": ti,
        "dag_run": dag_run,
        "dag": operator.dag,
        "params": params,
        "task_reschedule_count": run.handed_back(task),
    }


def write(path: Path, text: str) -> None:
    partial = path.with_name(f".{uuid.uuid4().hex}")
    partial.write_text(text)
    partial.replace(path)
