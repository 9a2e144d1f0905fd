"""`make up`: Airflow with its UI, until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import UTC, date, datetime, timedelta

from airlock.core.errors import AirlockError
from include.data.subscriptions import write_night
from local.home import Home
from local.services import Airflow, stop_on_sigterm


def main(arguments: list[str] | None = None) -> int:
    """Start everything, say where it is, and stop it on Ctrl-C."""
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("--port", type=int, help="of the UI on 127.0.0.1; any free one by default")
    parser.add_argument("--demo", action="store_true", help="show what make demo left behind")
    given = parser.parse_args(arguments)
    home = Home.of_demo() if given.demo else Home.of_checkout()
    stop_on_sigterm()
    print("Starting Airflow ...", flush=True)
    try:
        if not given.demo:
            _deliver(home, today=datetime.now(UTC).date())
        with Airflow.running(home, port=given.port) as airflow:
            print(_welcome(airflow), flush=True)
            _serve(airflow)
    except AirlockError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    print("Airflow has stopped.")
    return 0


def _deliver(home: Home, *, today: date) -> None:
    """The invented business delivers its last nights: a DAG that is switched on has work to do."""
    folder = home.var / "data" / "subscriptions"
    for days in (2, 1):
        night = today - timedelta(days=days)
        if not (folder / f"date={night}").exists():
            write_night(night, into=folder)


def _welcome(airflow: Airflow) -> str:
    password = json.loads(airflow.home.passwords.read_text())["admin"]
    return (
        f"\n  address   {airflow.url}\n  user      admin\n  password  {password}\n\n"
        f"Other users (op, user, viewer) are in {airflow.home.passwords}, "
        f"logs in {airflow.home.logs}.\nCtrl-C stops all of it."
    )


def _serve(airflow: Airflow) -> None:
    try:
        while True:
            for service in airflow.services:
                service.check()
            time.sleep(1)
    except KeyboardInterrupt:
        print("\nStopping ...", flush=True)
        raise


if __name__ == "__main__":
    sys.exit(main())
