"""A client of Airlock's REST API, for scripts and services. It needs no Airflow, but httpx.

    with Client("https://airflow.example", token=TOKEN) as airlock:
        for model in airlock.models():
            print(model["model"], model["champion"])
        run = airlock.start("train", "churn", reason="New labels.", night="2026-01-05")
        print(airlock.wait(run).state)

What comes back is what docs/api.md says, as plain values; only runs have a class of their own.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx

from airlock.core.errors import AirlockError

SCHEMA = 1
"""Of the answers that this client understands."""

Does = Literal["train", "score", "roll back", "score again"]
_ENDS = frozenset({"success", "failed"})
_PAGE = 200


class ApiError(AirlockError):
    """The API refused, or did not answer. `status` is 0 where nobody did."""

    def __init__(self, what: str, *, do: str, status: int = 0) -> None:
        super().__init__(what, do=do)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of a DAG. `replayed` says whether the same key had started it before."""

    dag_id: str
    run_id: str
    state: str
    replayed: bool = False


class Client:
    """The API of one Airflow.

    Args:
        url: of Airflow, such as https://airflow.example/team.
        token: of Airflow's API; without one give `user` and `password`.
        user: who signs in, where Airflow's auth manager takes passwords.
        password: theirs.
        timeout: seconds for one answer.
        transport: how bytes travel, for tests.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        user: str | None = None,
        password: str | None = None,
        timeout: float = 30,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        # Loopback must not go through the proxy that the environment may name.
        self._http = httpx.Client(
            base_url=url.rstrip("/"), timeout=timeout, trust_env=False, transport=transport
        )
        if token is None and user is not None:
            body = {"username": user, "password": password}
            token = self._asked("POST", "/auth/token", json=body)["access_token"]
        if token is not None:
            self._http.headers["authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        self._http.close()

    def models(self) -> list[dict[str, Any]]:
        """All models that you may read: champion, last candidate, last night, what needs you."""
        while True:
            found = self._get("/models")
            if not found["unread"]:
                listed: list[dict[str, Any]] = found["models"]
                return listed
            time.sleep(0.5)  # the server has just started, and verifies the others

    def model(self, name: str) -> dict[str, Any]:
        """One model: champions, candidates, nights."""
        return self._get(f"/models/{_part(name)}")

    def versions(self, name: str) -> Iterator[dict[str, Any]]:
        """Every decision of the gate, the oldest first."""
        return self._all(f"/models/{_part(name)}/versions")

    def version(self, name: str, version: int) -> dict[str, Any]:
        """Everything that led to one version."""
        return self._get(f"/models/{_part(name)}/versions/{version}")

    def decisions(
        self, name: str, *, kind: str | None = None, by: str | None = None, version: int = 0
    ) -> Iterator[dict[str, Any]]:
        """The entries of the ledger, the oldest first; of one kind, person or version if named."""
        asked = {"kind": kind, "by": by, "version": version or None}
        return self._all(f"/models/{_part(name)}/decisions", asked)

    def ledger(self, name: str) -> list[dict[str, Any]]:
        """The whole ledger, each entry as it was signed."""
        entries: list[dict[str, Any]] = self._get(f"/models/{_part(name)}/ledger.json")["entries"]
        return entries

    def nights(self, name: str) -> Iterator[dict[str, Any]]:
        """Every scoring of every night."""
        return self._all(f"/models/{_part(name)}/nights")

    def night(self, name: str, night: str) -> dict[str, Any]:
        """One night, with what was said as counts."""
        return self._get(f"/models/{_part(name)}/nights/{_part(night)}")

    def artefact(self, name: str, sha256: str) -> dict[str, Any]:
        """A result that the ledger names."""
        return self._get(f"/models/{_part(name)}/artefacts/{_part(sha256)}")

    def queue(self, name: str) -> dict[str, Any]:
        """How many rows wait for people."""
        return self._get(f"/models/{_part(name)}/queue")

    def open_rows(self, name: str, night: str) -> Iterator[dict[str, Any]]:
        """The rows of a night that wait for an answer, for whoever may answer."""
        after: str | None = ""
        while after is not None:
            page = self._get(f"/models/{_part(name)}/queue/{_part(night)}", {"after": after})
            yield from page["items"]
            after = page["next"]

    def answer(self, name: str, night: str, row_key: str, answer: str) -> None:
        """Say what a row is.

        Raises:
            ApiError: somebody answered before (409), or it is no answer to this model (422).
        """
        self._asked(
            "POST",
            f"/airlock/api/v1/models/{_part(name)}/queue/{_part(night)}/answers",
            json={"row_key": row_key, "answer": answer},
        )

    def service(self, name: str, *, days: int = 30) -> dict[str, Any]:
        """Nights on time, from alarm to production, and people's overrides in the last days."""
        return self._get(f"/models/{_part(name)}/service", {"days": days})

    def costs(self, name: str) -> Iterator[dict[str, Any]]:
        """What each result used, where its stage wrote that down."""
        return self._all(f"/models/{_part(name)}/costs")

    def start(
        self,
        do: Does,
        model: str,
        *,
        reason: str,
        night: str | None = None,
        version: int | None = None,
        dag_id: str | None = None,
        key: str | None = None,
    ) -> Run:
        """Start a run in your name, once for each key.

        Args:
            key: chosen by you, and the same for another try of the same request: it gives the same
                run. A new one by default, which is sent again if nobody answers.
        """
        given = {"night": night, "version": version, "dag_id": dag_id}
        body: dict[str, Any] = {"do": do, "model": model, "reason": reason}
        body |= {name: one for name, one in given.items() if one is not None}
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        try:
            found = self._asked("POST", "/airlock/api/v1/runs", json=body, headers=headers)
        except ApiError as error:
            if error.status:
                raise
            # Whether it was started nobody knows; with the same key it is started once.
            found = self._asked("POST", "/airlock/api/v1/runs", json=body, headers=headers)
        return Run(**{name: found[name] for name in ("dag_id", "run_id", "state", "replayed")})

    def wait(self, run: Run, *, timeout: float = 3600, every: float = 1.0) -> Run:
        """The run at its end.

        Raises:
            ApiError: it has not ended in so many seconds; it goes on.
        """
        path = f"/api/v2/dags/{_part(run.dag_id)}/dagRuns/{_part(run.run_id)}"
        until = time.monotonic() + timeout
        while (state := str(self._asked("GET", path)["state"])) not in _ENDS:
            if time.monotonic() > until:
                raise ApiError(
                    f"{run.run_id} of {run.dag_id} is still {state} after {timeout:.0f} s.",
                    do="It goes on: look at it in Airflow. Is the DAG paused?",
                )
            time.sleep(every)
        return Run(dag_id=run.dag_id, run_id=run.run_id, state=state, replayed=run.replayed)

    def told(self, run: Run) -> dict[str, Any]:
        """The stages of a run, why one failed, and what a person should do next."""
        return self._asked("GET", f"/airlock/runs/{_part(run.dag_id)}/{_part(run.run_id)}")

    def task(self, run: Run, name: str) -> dict[str, Any]:
        """What one task of a run left behind: its record, and what it says in sentences."""
        whose = f"{_part(run.dag_id)}/{_part(run.run_id)}"
        return self._asked("GET", f"/airlock/runs/{whose}/{_part(name)}")

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        found = self._asked("GET", f"/airlock/api/v1{path}", params=params)
        if found["schema"] != SCHEMA:
            raise ApiError(
                f"The server speaks schema {found['schema']}, and this client {SCHEMA}.",
                do="Install the server's version of Airlock here.",
            )
        return found

    def _all(self, path: str, asked: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        chosen = {name: one for name, one in (asked or {}).items() if one is not None}
        cursor: int | None = 0
        while cursor is not None:
            page = self._get(path, {**chosen, "limit": _PAGE, "cursor": cursor})
            yield from page["items"]
            if page["next"] is not None and page["next"] <= cursor:
                raise ApiError("The server's pages lead in a circle.", do="Tell who runs it.")
            cursor = page["next"]

    def _asked(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise ApiError(
                f"{self._http.base_url} does not answer ({type(error).__name__}).",
                do="Check the address (of a command: --url), and that Airflow runs.",
            ) from None
        if answer.is_success:
            found: dict[str, Any] = answer.json()
            return found
        what, do = _refusal(answer)
        raise ApiError(what, do=do, status=answer.status_code)


def _refusal(answer: httpx.Response) -> tuple[str, str]:
    do = _TO_DO.get(answer.status_code, "Look into the log of Airflow's API server.")
    try:
        said = answer.json()
        what = said.get("what") or said["detail"]
        # A validation error of Airflow's quotes what was sent, which may be a password.
        if isinstance(what, str):
            return what, said.get("do") or do
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return f"The answer was {answer.status_code}.", do


_TO_DO = {
    401: "Sign in again: the password is wrong, or the token has expired.",
    403: "Ask an Airflow administrator for the right to do this.",
    404: "Is this the address of an Airflow with the Airlock plugin?",
}


def _part(name: str) -> str:
    if name in {"", ".", ".."}:
        # In an address these lead elsewhere, whatever they are written as.
        raise ApiError("A name is empty, or one or two dots.", do="Name what you ask for.")
    return quote(name, safe="")
