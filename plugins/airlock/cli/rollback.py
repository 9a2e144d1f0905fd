"""airlock rollback: make an earlier champion champion again, through Airflow and in your name.

The command only asks: the DAG `model_rollback` does it, under the rights that Airflow gives the
person who signs in, and with that person's name in the ledger.
"""

from __future__ import annotations

import getpass
import sys
import time
from typing import TYPE_CHECKING, Any

from airlock.cli.outcome import NO, OK, WrongCall
from airlock.core.errors import AirlockError

if TYPE_CHECKING:
    import argparse

    import httpx
    from rich.console import Console

_DAG, _TASK = "model_rollback", "rollback"
_EVERY = 0.5  # seconds between two looks at the run


class AirflowRefused(AirlockError):
    """Airflow's API did not do what it was asked for."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `rollback`."""
    one = commands.add_parser(
        "rollback",
        help="make an earlier champion champion again, in your name",
        description="Triggers the DAG model_rollback through Airflow's API and waits for it. Signs "
        "in with the token in AIRLOCK_TOKEN, or asks for user and password.",
    )
    one.add_argument("model", metavar="MODEL")
    one.add_argument(
        "--to", metavar="VERSION", type=int, help="which version; the champion before if left out"
    )
    one.add_argument("--reason", required=True, help="why; the ledger keeps it, and your name")
    one.add_argument("--url", help="Airflow's address (default: [api] base_url of airflow.cfg)")
    one.add_argument(
        "--timeout", type=float, default=300, help="seconds to wait (default %(default).0f)"
    )
    one.set_defaults(run=run)


def run(parsed: argparse.Namespace, console: Console) -> int:
    """Trigger, wait, and say what the run left behind."""
    import httpx

    from airlock.config.settings import api_token, api_url

    url = (parsed.url or api_url()).rstrip("/")
    # Loopback must not go through the proxy that the environment may name.
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as http:
        token = api_token() or _sign_in(http)
        http.headers["authorization"] = f"Bearer {token}"
        body = {
            "logical_date": None,
            "conf": {"model": parsed.model, "to_version": parsed.to, "reason": parsed.reason},
        }
        made = _send(http, "POST", f"/api/v2/dags/{_DAG}/dagRuns", json=body)
        run_id = str(made["dag_run_id"])
        path = f"/api/v2/dags/{_DAG}/dagRuns/{run_id}"
        state = _wait_for_end(http, path, timeout=parsed.timeout)
        if state == "success":
            left = _send(http, "GET", f"/airlock/runs/{_DAG}/{run_id}/{_TASK}")
            for fact in left["facts"]:
                console.print(fact, markup=False, soft_wrap=True)
            return OK
        console.print(
            f"Nothing was rolled back. {_why(http, run_id)}", markup=False, soft_wrap=True
        )
        console.print(f"The run: {url}/dags/{_DAG}/runs/{run_id}", markup=False, soft_wrap=True)
    return NO


def _sign_in(http: httpx.Client) -> str:
    if not sys.stdin.isatty():
        raise WrongCall(
            "Nobody is signed in, and there is no terminal to ask for a password.",
            do="Put a token of Airflow's API into the environment variable AIRLOCK_TOKEN.",
        )
    sys.stderr.write("Airflow user: ")
    sys.stderr.flush()
    user = sys.stdin.readline().strip()
    password = getpass.getpass("Password: ")
    answer = _send(http, "POST", "/auth/token", json={"username": user, "password": password})
    return str(answer["access_token"])


def _wait_for_end(http: httpx.Client, path: str, *, timeout: float) -> str:
    until = time.monotonic() + timeout
    while (state := str(_send(http, "GET", path)["state"])) not in {"success", "failed"}:
        if time.monotonic() > until:
            raise AirflowRefused(
                f"The run of {_DAG} is still {state} after {timeout:.0f} s.",
                do=f"Look at it in Airflow ({http.base_url}): is the DAG paused, and is a "
                "scheduler running? It may still roll back.",
            )
        time.sleep(_EVERY)
    return state


def _why(http: httpx.Client, run_id: str) -> str:
    """What the last attempt said, as the run's tab tells it."""
    try:
        told = _send(http, "GET", f"/airlock/runs/{_DAG}/{run_id}")
    except AirflowRefused as error:
        return f"Why cannot be read: {error}"
    problems = [one["problem"] for one in told["stages"] if one["problem"]]
    if not problems:
        return "Its log says more."
    return f"{problems[-1]['what']} {problems[-1]['do']}"


def _send(http: httpx.Client, method: str, path: str, **options: Any) -> dict[str, Any]:
    import httpx

    try:
        answer = http.request(method, path, **options)
    except httpx.HTTPError as error:
        raise AirflowRefused(
            f"Airflow at {http.base_url} does not answer ({type(error).__name__}).",
            do="Name its address with --url. If Airflow is down, nothing scores either.",
        ) from None
    if answer.is_success:
        found: dict[str, Any] = answer.json()
        return found
    raise AirflowRefused(
        f"Airflow answered {method} {path} with {answer.status_code}{_detail(answer)}.",
        do=_TO_DO.get(answer.status_code, "Look into the log of Airflow's API server."),
    )


_TO_DO = {
    401: "Sign in again: the password is wrong, or the token in AIRLOCK_TOKEN has expired.",
    403: "Ask an Airflow administrator for the right to trigger model_rollback.",
    404: "Is the DAG model_rollback in this Airflow, and the Airlock plugin loaded?",
}


def _detail(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return ""
    # A validation error quotes what was sent, which may be a password.
    return f": {detail}" if isinstance(detail, str) else ""
