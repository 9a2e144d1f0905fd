"""Airflow's database, what `airflow_settings.yaml` puts into it, and MLflow's tables.

Runs in a process of its own, because Airflow reads its configuration when it is imported.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from airflow.models import Connection, Pool, Variable
from airflow.utils import db
from airflow.utils.session import create_session

from airlock.cli.keys import move_keys
from airlock.config.settings import Settings
from airlock.core.errors import AirlockError, SettingsError
from local.home import Home

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FIELDS = {
    "conn_type": "conn_type",
    "conn_host": "host",
    "conn_schema": "schema",
    "conn_login": "login",
    "conn_password": "password",
    "conn_port": "port",
}


def main(root: str, var: str) -> int:
    """Migrate the database and load the settings of one home."""
    home = Home(Path(root), Path(var))
    db.upgradedb()
    try:
        settings = _read(home.settings_file)
        with create_session() as session:
            for connection in settings.get("connections") or ():
                _put(session, _connection(home, connection))
            # An installation from before key files kept them there.
            move_keys(session, home.keys)
            for pool in settings.get("pools") or ():
                _put_pool(session, pool)
            for variable in settings.get("variables") or ():
                Variable.set(variable["variable_name"], variable["variable_value"], session=session)
        _make_mlflow_tables()
    except AirlockError as error:
        print(error)
        return 1
    except KeyError as error:
        print(f"{home.settings_file} lacks {error} somewhere.")
        return 1
    return 0


def _make_mlflow_tables() -> None:
    """Make them now, or the first training waits for them for seconds."""
    from airlock.registry import open_registry

    mlflow = Settings.read().mlflow()
    # A server makes its own.
    if mlflow.tracking_uri.startswith("sqlite:"):
        with open_registry(mlflow):
            pass


def _read(path: Path) -> Mapping[str, Any]:
    try:
        settings = yaml.safe_load(path.read_text())["airflow"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        settings = None
    if not isinstance(settings, Mapping):
        raise SettingsError(
            f"{path} is not a settings file.",
            do="It is YAML with one key, airflow, that holds connections, pools and variables.",
        )
    return settings


def _connection(home: Home, written: Mapping[str, Any]) -> Connection:
    if uri := written.get("conn_uri"):
        return Connection(conn_id=written["conn_id"], uri=uri)
    extra = written.get("conn_extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    located = {
        key: home.located(value) if isinstance(value, str) else value
        for key, value in extra.items()
    }
    fields = {
        ours: written[theirs] for theirs, ours in _FIELDS.items() if written.get(theirs) is not None
    }
    return Connection(conn_id=written["conn_id"], extra=json.dumps(located), **fields)


def _put(session: Session, connection: Connection) -> None:
    session.query(Connection).filter(Connection.conn_id == connection.conn_id).delete()
    session.add(connection)


def _put_pool(session: Session, pool: Mapping[str, Any]) -> None:
    Pool.create_or_update_pool(
        pool["pool_name"],
        slots=pool["pool_slot"],
        description=pool.get("pool_description") or "",
        include_deferred=False,
        session=session,
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
