"""`make up`: Airflow with its UI, until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from airlock.core.errors import AirlockError
from include.data.subscriptions import write_night
from local.home import Home
from local.mlflow import kept_port, serving_mlflow
from local.prepare import prepare
from local.services import Airflow, Service, stop_on_sigterm


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
        prepare(home)
        port = kept_port(home)
        address = f"http://127.0.0.1:{port}"
        links = {"AIRFLOW__AIRLOCK__MLFLOW_UI": address}
        with (
            serving_mlflow(home, port, home.environment()) as mlflow,
            Airflow.running(home, port=given.port, env=links) as airflow,
        ):
            print(_welcome(airflow, address), flush=True)
            _serve((*airflow.services, mlflow))
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


def _welcome(airflow: Airflow, mlflow: str) -> str:
    password = json.loads(airflow.home.passwords.read_text())["admin"]
    return (
        f"\n  address   {airflow.url}\n  user      admin\n  password  {password}\n"
        f"  MLflow    {mlflow}\n\n"
        f"Other users (op, user, viewer) are in {airflow.home.passwords}, "
        f"logs in {airflow.home.logs}.\nCtrl-C stops all of it."
    )


def _serve(services: Sequence[Service]) -> None:
    try:
        while True:
            for service in services:
                service.check()
            time.sleep(1)
    except KeyboardInterrupt:
        print("\nStopping ...", flush=True)
        raise


if __name__ == "__main__":
    sys.exit(main())
