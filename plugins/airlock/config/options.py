"""Converts the texts of airflow.cfg into values."""

from __future__ import annotations

import contextlib
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.config import placeholders
from airlock.core.errors import SettingsError
from airlock.reading import read_json

if TYPE_CHECKING:
    from sqlalchemy.engine import URL


def price(written: str, option: str = "device_hour_price") -> float | None:
    """A price, or what something takes; None if nobody wrote one.

    Args:
        option: that it is written in.

    Raises:
        SettingsError: it is no number above 0.
    """
    if not written:
        return None
    with contextlib.suppress(ValueError):
        if 0 < (price := float(written)) < math.inf:
            return price
    raise SettingsError(
        f"[airlock] {option} is no price.",
        do="Write a number above 0, or leave it empty.",
    )


def names(written: str) -> tuple[str, ...]:
    """Names that are separated by commas."""
    return tuple(dict.fromkeys(one.strip() for one in written.split(",") if one.strip()))


def told(conf: Any, option: str) -> bool | None:
    """A yes or a no; None if nobody said it.

    Args:
        conf: Airflow's configuration.
        option: its name.

    Raises:
        SettingsError: it is neither.
    """
    written = str(conf.get("airlock", option, fallback="")).strip().lower()
    if written in {"", "true", "false"}:
        return {"": None, "true": True, "false": False}[written]
    raise SettingsError(
        f"[airlock] {option} is neither True nor False.", do="Write one, or leave it empty."
    )


def amount(conf: Any, option: str, *, usual: float, least: float) -> float:
    """A finite number that is not below the least one that makes sense.

    Args:
        conf: Airflow's configuration.
        option: its name.
        usual: what holds if nobody wrote one.
        least: smaller ones are refused.

    Raises:
        SettingsError: it is none.
    """
    if not (written := conf.get("airlock", option, fallback="")):
        return usual
    with contextlib.suppress(ValueError):
        if least <= (number := float(written)) < math.inf:
            return number
    raise SettingsError(
        f"[airlock] {option} is no number from {least:g} on.",
        do=f"Write one, or leave it out: it is {usual:g} then.",
    )


def code(conf: Any) -> tuple[Path, ...]:
    """Where Airflow finds the code that its services run, and what sets them up.

    Args:
        conf: Airflow's configuration.
    """
    from airflow.configuration import AIRFLOW_CONFIG

    # Where Airflow keeps checkouts of DAG bundles if nobody says where.
    bundles = conf.get("dag_processor", "dag_bundle_storage_path", fallback=None)
    usual = Path(tempfile.gettempdir()) / "airflow"
    folders = [conf.get("core", one, fallback="") for one in ("dags_folder", "plugins_folder")]
    named = [AIRFLOW_CONFIG, bundles or usual, *filter(None, folders)]
    return tuple(Path(one).expanduser().absolute() for one in named)


def arguments(option: str, text: str) -> Mapping[str, Any]:
    """The arguments of a notifier, written as JSON.

    Raises:
        SettingsError: they are not, or have a placeholder where none may stand.
    """
    try:
        written = dict(read_json(text))
    except (ValueError, TypeError):
        raise SettingsError(
            f"[airlock] {option} is not JSON.",
            do='Write the notifier\'s arguments as one JSON object, such as {"to": "…"}.',
        ) from None
    placeholders.check(option, written)
    return written


def roles(text: str) -> Mapping[str, tuple[str, ...]]:
    """Who has which role, written as JSON.

    Raises:
        SettingsError: it does not say so.
    """
    try:
        return {role: tuple(map(str.strip, names)) for role, names in read_json(text).items()}
    except (ValueError, TypeError, AttributeError):
        raise SettingsError(
            "[airlock] roles does not say who has which role.",
            do='Write one JSON object, such as {"ml_leads": ["ada", "grace"]}.',
        ) from None


def accounts(text: str) -> Mapping[str, str]:
    """The account ids of people whom Airflow's auth manager calls otherwise, written as JSON.

    Raises:
        SettingsError: it is no such list, or two people share an account.
    """
    found: Any = None
    with contextlib.suppress(ValueError):
        found = read_json(text)
    if (
        isinstance(found, dict)
        and all(isinstance(one, str) and one for one in found.values())
        and len(set(found.values())) == len(found)
    ):
        return found
    raise SettingsError(
        "[airlock] accounts does not say who has which account.",
        do='Write one JSON object of user names and account ids, such as {"ada": "3"}; no two '
        "people have one account.",
    )


def database(connection: Any, root: Path) -> URL:
    """The address of the database that a connection of Airflow names.

    Args:
        connection: of type postgres, or sqlite with the file as its host.
        root: what a relative file is relative to.

    Raises:
        SettingsError: it is of another type.
    """
    from sqlalchemy.engine import URL

    if connection.conn_type == "sqlite":
        return URL.create("sqlite", database=str(root / (connection.host or "")))
    if connection.conn_type not in {"postgres", "postgresql"}:
        raise SettingsError(
            f"The connection {connection.conn_id} is neither of PostgreSQL nor of SQLite.",
            do="Name another one in the SqlOutput, or give it the type postgres or sqlite.",
        )
    return URL.create(
        # A bare `postgresql` is psycopg 3 to SQLAlchemy, which Airflow does not bring.
        "postgresql+psycopg2",
        username=connection.login or None,
        password=connection.password or None,
        host=connection.host or None,
        port=connection.port or None,
        database=connection.schema or None,
    )


def address(address: str, root: Path) -> str:
    """Make a relative path absolute; `sqlite:///var/x.db` has a relative path as well."""
    scheme, separator, path = address.partition("://")
    if not separator:
        return str(root / address)
    if scheme == "sqlite" and not path.startswith("//"):
        return f"sqlite:///{root / path.removeprefix('/')}"
    return address
