"""airlock rollback: make an earlier champion champion again, through Airflow and in your name.

The command only asks: the DAG `model_rollback` does it, under the rights that Airflow gives the
person who signs in, and with that person's name in the ledger.
"""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from airlock.cli.outcome import NO, OK, WrongCall

if TYPE_CHECKING:
    import argparse

    from rich.console import Console

    from airlock.client import Client, Run

_TASK = "rollback"
_EVERY = 0.5  # seconds between two looks at the run


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
    from airlock.config.settings import api_url

    url = (parsed.url or api_url()).rstrip("/")
    with _signed_in(url) as airlock:
        asked = airlock.start("roll back", parsed.model, reason=parsed.reason, version=parsed.to)
        ended = airlock.wait(asked, timeout=parsed.timeout, every=_EVERY)
        if ended.state == "success":
            for fact in airlock.task(ended, _TASK)["facts"]:
                console.print(fact, markup=False, soft_wrap=True)
            return OK
        why = _why(airlock, ended)
        console.print(f"Nothing was rolled back. {why}", markup=False, soft_wrap=True)
    where = f"{url}/dags/{ended.dag_id}/runs/{ended.run_id}"
    console.print(f"The run: {where}", markup=False, soft_wrap=True)
    return NO


def _signed_in(url: str) -> Client:
    from airlock.client import Client
    from airlock.config.settings import api_token

    if (token := api_token()) is not None:
        return Client(url, token=token)
    if not sys.stdin.isatty():
        raise WrongCall(
            "Nobody is signed in, and there is no terminal to ask for a password.",
            do="Put a token of Airflow's API into the environment variable AIRLOCK_TOKEN.",
        )
    sys.stderr.write("Airflow user: ")
    sys.stderr.flush()
    user = sys.stdin.readline().strip()
    return Client(url, user=user, password=getpass.getpass("Password: "))


def _why(airlock: Client, ended: Run) -> str:
    """What the last attempt said, as the run's tab tells it."""
    from airlock.client import ApiError

    try:
        told = airlock.told(ended)
    except ApiError as error:
        return f"Why cannot be read: {error}"
    problems = [one["problem"] for one in told["stages"] if one["problem"]]
    if not problems:
        return "Its log says more."
    return f"{problems[-1]['what']} {problems[-1]['do']}"
