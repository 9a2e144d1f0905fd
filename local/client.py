"""Airflow's REST API (v2), as far as a person at the keyboard needs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import httpx

from local.runs import FINISHED, DagRun, RequestRefused, RunTimedOut, TaskInstance


class AirflowClient:
    """A signed-in user of one Airflow.

    Args:
        url: address of the API server, without a path.
        check: called between two looks at a run; raises when the services have died.
    """

    def __init__(
        self, url: str, *, user: str, password: str, check: Callable[[], None] = lambda: None
    ) -> None:
        self.url = url
        self._credentials = {"username": user, "password": password}
        self._check = check
        # Loopback must not go through the proxy that the environment may name.
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def health(self) -> dict[str, Any]:
        """Scheduler, DAG processor and database, each with a status; needs no signing in."""
        health: dict[str, Any] = self._send("GET", "/api/v2/monitor/health").json()
        return health

    def wake(self) -> None:
        """Let the server build its API for tasks, which else it does while the first task waits.

        It takes several seconds of CPU, once.
        """
        self._send("GET", "/execution/health/ping")

    def request(self, method: str, path: str, **options: Any) -> Any:
        """Send one request as this user.

        Args:
            path: below `/api/v2`.
            options: for httpx: `json`, `params`, `headers`.

        Raises:
            RequestRefused: any answer but a 2xx.
        """
        if "authorization" not in self._http.headers:
            self._sign_in()
        answer = self._send(method, f"/api/v2{path}", **options)
        if answer.is_success:
            return answer.json() if answer.content else None
        raise RequestRefused(
            f"{method} {path} was answered with {answer.status_code}: {_detail(answer)}.",
            do="Look into the API server's log if that does not say why.",
        )

    def unpause(self, dag_id: str, *, timeout: float = 60) -> None:
        """Switch a DAG on, as soon as Airflow has parsed its file.

        Raises:
            RequestRefused: its file cannot be imported, or it did not appear in time.
        """
        until = time.monotonic() + timeout
        while dag_id not in self.dags():
            self._check()
            if errors := self.import_errors():
                raise RequestRefused(
                    "; ".join(f"{file}: {error}" for file, error in errors.items()),
                    do="Repair the file: Airflow cannot import it.",
                )
            if time.monotonic() > until:
                raise RequestRefused(
                    f"Airflow knows no DAG {dag_id} after {timeout:.0f} s.",
                    do="Check its name, and the DAG processor's log.",
                )
            time.sleep(0.2)
        self.request("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def dags(self) -> set[str]:
        """The names of all DAGs that Airflow has parsed."""
        return {dag["dag_id"] for dag in self.request("GET", "/dags", params=_ALL)["dags"]}

    def import_errors(self) -> dict[str, str]:
        """The last line of each error, by file, of the DAG files that Airflow cannot import."""
        answer = self.request("GET", "/importErrors", params=_ALL)
        return {
            error["filename"]: (error["stack_trace"].strip().splitlines() or [""])[-1]
            for error in answer["import_errors"]
        }

    def trigger(
        self,
        dag_id: str,
        *,
        run_id: str | None = None,
        partition_key: str | None = None,
        **params: Any,
    ) -> DagRun:
        """Start a run, as the trigger form does.

        Args:
            params: the form's fields, such as `night="2026-01-05"`.
        """
        body = {
            "dag_run_id": run_id,
            "logical_date": None,
            "partition_key": partition_key,
            "conf": params,
        }
        answer = self.request("POST", f"/dags/{dag_id}/dagRuns", json=body)
        return DagRun(dag_id=dag_id, run_id=answer["dag_run_id"])

    def cancel(self, run: DagRun) -> None:
        """Mark a run failed, which also stops its tasks."""
        self.request("PATCH", run.path, json={"state": "failed"})

    def state(self, run: DagRun) -> str:
        """Airflow's word for the run: queued, running, success or failed."""
        return str(self.request("GET", run.path)["state"])

    def tasks(self, run: DagRun) -> list[TaskInstance]:
        """All tasks of a run, in the order in which they started, the others last."""
        found = self.request("GET", f"{run.path}/taskInstances", params=_ALL)["task_instances"]
        tasks = [
            TaskInstance(
                task_id=task["task_id"],
                map_index=task["map_index"],
                state=task["state"],
                tries=task["try_number"],
                started=_time(task["start_date"]),
                ended=_time(task["end_date"]),
                seconds=task["duration"],
            )
            for task in found
        ]
        return sorted(tasks, key=lambda task: (task.started is None, task.started or task.task_id))

    def watch(
        self, run: DagRun, *, every: float = 0.25, timeout: float = 1800
    ) -> Iterator[TaskInstance]:
        """Yield each task whenever its state or its number of tries changes, until the run ends.

        Raises:
            RunTimedOut: the run has not ended after `timeout` seconds.
        """
        seen: dict[tuple[str, int], tuple[str | None, int]] = {}
        for _ in self._looks(run, every=every, timeout=timeout):
            for task in self.tasks(run):
                now = (task.state, task.tries)
                if seen.get((task.task_id, task.map_index), (None, 0)) != now:
                    seen[task.task_id, task.map_index] = now
                    yield task

    def wait(self, run: DagRun, *, timeout: float = 1800) -> dict[str, str | None]:
        """Wait for a run to end; the last state of each task, by its id.

        Raises:
            RunTimedOut: the run has not ended after `timeout` seconds.
        """
        # A list of its tasks costs the server more than all that one of them asks for.
        for _ in self._looks(run, every=0.25, timeout=timeout):
            pass
        return {task.task_id: task.state for task in self.tasks(run)}

    def xcom(
        self, run: DagRun, task_id: str, key: str = "return_value", map_index: int = -1
    ) -> Any:
        """What a task handed on."""
        path = f"{run.path}/taskInstances/{task_id}/xcomEntries/{key}"
        return self.request("GET", path, params={"map_index": map_index})["value"]

    def log(self, run: DagRun, task_id: str, *, tries: int = 1, map_index: int = -1) -> list[str]:
        """The lines of one attempt's log."""
        content = self.request(
            "GET",
            f"{run.path}/taskInstances/{task_id}/logs/{tries}",
            params={"map_index": map_index, "full_content": True},
            headers={"accept": "application/json"},
        )["content"]
        return [line if isinstance(line, str) else str(line.get("event")) for line in content]

    def questions(self, run: DagRun) -> list[Mapping[str, Any]]:
        """What a run asks people and nobody has answered: subject, body, options, params."""
        answer = self.request("GET", f"{run.path}/hitlDetails", params=_ALL)
        return [asked for asked in answer["hitl_details"] if not asked["response_received"]]

    def answer(
        self,
        run: DagRun,
        task_id: str,
        chosen: Sequence[str],
        params: Mapping[str, Any] | None = None,
    ) -> None:
        """Answer what a task asks, in this user's name."""
        self.request(
            "PATCH",
            f"{run.path}/taskInstances/{task_id}/-1/hitlDetails",
            json={"chosen_options": list(chosen), "params_input": dict(params or {})},
        )

    def _looks(self, run: DagRun, *, every: float, timeout: float) -> Iterator[None]:
        """One after the other, the last of them once the run has ended."""
        until = time.monotonic() + timeout
        while True:
            self._check()
            # Read before the tasks: what they did last is then seen before the loop ends.
            finished = self.state(run) in FINISHED
            yield
            if finished:
                return
            if time.monotonic() > until:
                raise RunTimedOut(
                    f"{run.run_id} of {run.dag_id} has not ended after {timeout:.0f} s.",
                    do=f"See {self.url}/dags/{run.dag_id} for what it waits for.",
                )
            time.sleep(every)

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.TransportError as error:
            self._check()
            raise RequestRefused(
                f"{self.url} does not answer: {error}.", do="Start Airflow, or wait until it is up."
            ) from None

    def _sign_in(self) -> None:
        answer = self._send("POST", "/auth/token", json=self._credentials)
        if not answer.is_success:
            raise RequestRefused(
                f"Airflow does not let {self._credentials['username']} in ({answer.status_code}).",
                do="Compare the password with the file of passwords.",
            )
        self._http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"


_ALL = {"limit": 100}  # Airflow's own maximum for a page


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
