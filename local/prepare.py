"""`make prepare`: everything that Airflow needs on this machine; quick when nothing changed."""

from __future__ import annotations

import hashlib
import shlex
import subprocess
import sys
from collections.abc import Mapping
from configparser import RawConfigParser
from importlib.metadata import version

from airlock.config.installation import write_private
from airlock.config.keys import NAMES, path_of
from airlock.core.errors import AirlockError, SettingsError
from airlock.core.scratch import private_files
from local.home import Home
from local.keys import make_keys, secret


def prepare(home: Home) -> None:
    """Make keys, environment and database, and load `airflow_settings.yaml`.

    Raises:
        SettingsError: a folder cannot be written, or the settings cannot be loaded.
    """
    try:
        # Raw rows lie below: nobody else on this machine may look.
        with private_files():
            for folder in ("airflow", "data", "logs", "mlflow/artifacts", "raw", "store"):
                (home.var / folder).mkdir(parents=True, exist_ok=True)
        make_keys(home)
        write_private(home.environment_file, _shell(_environment(home)))
    except OSError as error:
        raise SettingsError(
            f"Cannot write {error.filename or home.var}: {error.strerror}.",
            do="Make it writable for you, or remove it and prepare again.",
        ) from None
    _load(home)


def _load(home: Home) -> None:
    state = _state(home)
    stamp = home.var / "airflow" / "prepared"
    if home.database.exists() and stamp.exists() and stamp.read_text().strip() == state:
        return
    log = home.logs / "prepare.log"
    with log.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "local.database", str(home.root), str(home.var)],
            cwd=home.root,
            env=home.environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        last = (log.read_text().strip().splitlines() or ["It said nothing."])[-1]
        raise SettingsError(
            f"Airflow's database could not be prepared: {last}", do=f"The whole log is in {log}."
        )
    write_private(stamp, state)


def _state(home: Home) -> str:
    """What the database was made from: another Airflow, settings file or place prepares again."""
    parts = (
        version("apache-airflow").encode(),
        home.settings_file.read_bytes(),
        home.environment_file.read_bytes(),
        *(secret(home, name).encode() for name in NAMES),
    )
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _environment(home: Home) -> dict[str, str]:
    tuned = RawConfigParser(interpolation=None)
    tuned.read(home.root / "airflow.cfg")
    sources = [part.strip() for part in tuned["airlock"]["sources"].split(",")]
    return {
        "AIRFLOW_HOME": str(home.var / "airflow"),
        "AIRFLOW_CONFIG": str(home.root / "airflow.cfg"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home.root / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home.root / "plugins"),
        # By a command, and so in no environment that a task inherits.
        "AIRFLOW__CORE__FERNET_KEY_CMD": _printed(home, "fernet"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home.passwords),
        "AIRFLOW__API__SECRET_KEY_CMD": _printed(home, "api"),
        "AIRFLOW__API_AUTH__JWT_SECRET_CMD": _printed(home, "jwt"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home.database}",
        "AIRFLOW__AIRLOCK__SOURCES": ",".join(home.located(part) for part in sources),
        "AIRFLOW__AIRLOCK__KEYS": str(home.keys),
        "AIRFLOW__AIRLOCK__TRUSTED_KEYS": str(home.trusted_keys),
        "AIRFLOW__AIRLOCK__WITHHELD": ",".join(map(str, home.secrets)),
        "PYTHONPATH": f"{home.root}:{home.root / 'plugins'}",
        # Nobody is told that, or on what, this machine works.
        "DO_NOT_TRACK": "true",
        "GX_ANALYTICS_ENABLED": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def _printed(home: Home, name: str) -> str:
    """The command by which Airflow gets a secret; Fernet takes the URL-safe alphabet only."""
    file = shlex.quote(str(path_of(home.keys, name)))
    return shlex.join(["sh", "-c", f"tr -d '\\n' < {file} | tr +/ -_"])


def _shell(environment: Mapping[str, str]) -> str:
    lines = (f"{name}={shlex.quote(value)}" for name, value in environment.items())
    return "\n".join(("# Written by make prepare.", *lines))


def main() -> int:
    """Prepare this checkout."""
    home = Home.of_checkout()
    try:
        prepare(home)
    except AirlockError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Airflow is prepared in {home.var}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
