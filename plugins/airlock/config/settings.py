"""The only reader of configuration, connections and environment.

`airflow.cfg` holds the section `[airlock]`; connections hold addresses and secrets. Relative paths
are relative to `[airlock] root`, by default the folder that holds `dags/`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airlock.config import connections, options
from airlock.config.keys import (
    PSEUDONYM,
    SIGNING,
    SPLIT,
    KeyName,
    SecretKey,
    read_key,
    secret_key,
)
from airlock.config.mlflow_settings import MlflowSettings
from airlock.config.prices import Prices

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from airlock.core.databases import Database
    from airlock.ledger import Ledger, Signer, TrustedKeys
    from airlock.signing.timestamp import Authority
    from airlock.store import Credentials, Store, Zone

_TRUSTED = "var/keys/trusted.json"
_CONNECTIONS: Mapping[Zone, str] = {"store": "airlock_store", "raw": "airlock_raw"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The section `[airlock]` of Airflow's configuration.

    Args:
        root: the project root, to which relative paths are relative.
        sources: prefixes below which a source may lie, absolute.
        trusted_keys: file with the public keys whose signatures count.
        notifier: class path of the Airflow notifier that tells somebody.
        notifier_kwargs: its arguments.
        escalation_notifier: class path of the one that is told when an approval still waits.
        escalation_kwargs: its arguments.
        roles: who has which role, as policies name them: user names of Airflow.
        accounts: ids of people's accounts, where those are not their user names.
        keys: the folder of the key files; None for `var/keys` of the project.
        withheld: files and folders that stages which decide nothing must not read, keys included.
        code: files and folders, beside the project, that Airflow's services run or are set up by.
        confine: whether the kernel is asked to see to it (Linux with Landlock).
        sealed: whether every stage signs what it leaves, and reads only what is signed.
        preload: whether the scheduler imports the heavy libraries before it forks.
        prices: what machines cost and take, for budgets and for what is told of it.
        model_packages: that models may come from.
        sinks: ids of the connections of those who are told what was decided.
        smoke_timeout, outage_hours: how long register waits for its process, a task for a service.
        mlflow_ui: address of MLflow's UI; "" where the tracking server has one, or nobody has.
        answers_uri: where the page writes what people answer; "" where they answer by sheet alone.
        prepare_memory, prepare_disk: GiB that the join of several sources may take.
    """

    root: Path
    sources: tuple[str, ...]
    trusted_keys: Path
    notifier: str
    notifier_kwargs: Mapping[str, Any]
    preload: bool
    prices: Prices = field(default_factory=Prices)
    escalation_notifier: str = "airlock.config.notify.LogNotifier"
    escalation_kwargs: Mapping[str, Any] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    keys: Path | None = None
    withheld: tuple[Path, ...] = ()
    code: tuple[Path, ...] = ()
    confine: bool = True
    sealed: bool = True
    smoke_timeout: float = 600.0
    outage_hours: float = 4.0
    prepare_memory: float = 2.0
    prepare_disk: float = 64.0
    mlflow_ui: str = ""
    answers_uri: str = ""
    model_packages: tuple[str, ...] = ("include",)
    sinks: tuple[str, ...] = ()

    @classmethod
    def read(cls) -> Settings:
        """Read them from Airflow's configuration.

        Raises:
            SettingsError: an option is not of its kind.
        """
        from airflow.configuration import conf

        # With DAG bundles from Git or S3 there is no folder beside dags/ to guess.
        named = conf.get("airlock", "root", fallback="")
        root = Path(named or Path(conf.get("core", "dags_folder")).absolute().parent).absolute()
        packages = conf.get("airlock", "model_packages", fallback="include")
        sources = conf.get("airlock", "sources", fallback="var/data, include/data")
        notifier = conf.get("airlock", "notifier", fallback="airlock.config.notify.LogNotifier")
        kwargs = conf.get("airlock", "notifier_kwargs", fallback="{}")
        escalation = conf.get("airlock", "escalation_kwargs", fallback="") or kwargs
        keys = root / conf.get("airlock", "keys", fallback="var/keys")
        withheld = str(conf.get("airlock", "withheld", fallback="")).split(",")
        return cls(
            root=root,
            sources=tuple(options.address(part.strip(), root) for part in sources.split(",")),
            trusted_keys=root / conf.get("airlock", "trusted_keys", fallback=_TRUSTED),
            notifier=notifier,
            notifier_kwargs=options.arguments("notifier_kwargs", kwargs),
            escalation_notifier=conf.get("airlock", "escalation_notifier", fallback=notifier),
            escalation_kwargs=options.arguments("escalation_kwargs", escalation),
            roles=options.roles(conf.get("airlock", "roles", fallback="{}")),
            accounts=options.accounts(conf.get("airlock", "accounts", fallback="{}")),
            keys=keys,
            withheld=(keys, *(root / one.strip() for one in withheld if one.strip())),
            code=options.code(conf),
            confine=conf.getboolean("airlock", "confine", fallback=True),
            sealed=conf.getboolean("airlock", "seal", fallback=True),
            preload=conf.getboolean("airlock", "preload", fallback=True),
            prices=Prices.read(conf),
            sinks=options.names(conf.get("airlock", "sinks", fallback="")),
            model_packages=tuple(one.strip() for one in packages.split(",") if one.strip()),
            smoke_timeout=options.amount(conf, "smoke_timeout", usual=600.0, least=10.0),
            outage_hours=options.amount(conf, "outage_hours", usual=4.0, least=0.0),
            prepare_memory=options.amount(conf, "prepare_memory", usual=2.0, least=0.125),
            mlflow_ui=conf.get("airlock", "mlflow_ui", fallback=""),
            answers_uri=conf.get("airlock", "answers", fallback="").strip(),
            prepare_disk=options.amount(conf, "prepare_disk", usual=64.0, least=0.0),
        )

    @property
    def device_hour_price(self) -> float | None:
        """What an hour of one device costs; None if nobody said."""
        return self.prices.device_hour

    def store(self, zone: Zone = "store") -> Store:
        """Open a store by the connection of its zone.

        Raises:
            SettingsError: the connection is missing or has no `uri` in its extra.
        """
        from airlock.store import open_store

        connection = connections.connection(_CONNECTIONS[zone])
        uri = connections.uri_in(connection.conn_id, connections.extra(connection))
        credentials = connections.credentials(connection, private=zone == "raw")
        return open_store(options.address(uri, self.root), credentials)

    def source(self, uri: str) -> Store:
        """Open a place that snapshot reads from, by the credentials of the zone `raw`."""
        from airlock.store import open_store

        return open_store(uri, connections.credentials(connections.connection(_CONNECTIONS["raw"])))

    def answers(self) -> Store | None:
        """Open the place of answers, by the credentials of the store; None if nobody named one.

        Whoever answers on the page needs nothing of what raw rows are read by.
        """
        from airlock.store import open_store

        if not self.answers_uri:
            return None
        connection = connections.connection(_CONNECTIONS["store"])
        return open_store(
            options.address(self.answers_uri, self.root), connections.credentials(connection)
        )

    def mlflow(self) -> MlflowSettings:
        """Where MLflow is, by the connection `airlock_mlflow`."""
        connection = connections.connection("airlock_mlflow")
        extra = connections.extra(connection)
        artifacts = extra.get("artifacts")
        return MlflowSettings(
            tracking_uri=options.address(connections.uri_in("airlock_mlflow", extra), self.root),
            artifacts=options.address(artifacts, self.root) if artifacts else None,
            username=connection.login or None,
            password=connection.password or None,
        )

    def ledger(self, model: str, *, to_write: bool = False) -> Ledger:
        """The decisions about one model; only writers need the private key."""
        from airlock.ledger import Ledger

        signer = self.signer() if to_write else None
        return Ledger(self.store(), model, trusted=self.trusted(), signer=signer)

    def checkpoints(self) -> Store | None:
        """The second place, by the connection `airlock_checkpoints`; None if there is none.

        Worth something only where the credentials of `airlock_store` cannot write.
        """
        from airlock.store import open_store

        if (connection := connections.second_place()) is None:
            return None
        uri = connections.uri_in(connection.conn_id, connections.extra(connection))
        return open_store(options.address(uri, self.root), connections.credentials(connection))

    def timestamps(self) -> Authority | None:
        """Who makes time stamps of checkpoints, by the same connection; None if nobody does."""
        from airlock.signing.timestamp import Authority

        found = connections.second_place()
        return Authority.of_extra(connections.extra(found), self.root) if found else None

    def trusted(self) -> TrustedKeys:
        """The public keys whose signatures count."""
        from airlock.ledger import TrustedKeys

        return TrustedKeys.read(self.trusted_keys)

    def signer(self) -> Signer:
        """The platform's private key, in `airlock_signing.key`; for stages that decide."""
        from airlock.ledger import Signer

        return Signer.from_seed(self._key(SIGNING))

    def database(self, conn_id: str) -> URL:
        """The address of a PostgreSQL or SQLite database that a connection names."""
        return options.database(connections.connection(conn_id), self.root)

    def source_credentials(self) -> Credentials:
        """How to sign in where snapshot reads from S3, by the connection `airlock_raw`."""
        return connections.credentials(connections.connection(_CONNECTIONS["raw"]))

    def source_database(self, conn_id: str) -> Database:
        """How a database that rows are read from is reached, by a connection."""
        return connections.database(conn_id)

    def git_commit(self) -> str | None:
        """The commit of the project's checkout, or None where there is no git."""
        command = ["git", "-C", str(self.root), "rev-parse", "HEAD"]
        try:
            return subprocess.run(
                command, capture_output=True, text=True, check=True, timeout=20
            ).stdout.strip()
        except (OSError, subprocess.SubprocessError):
            return None

    def pseudonym_key(self) -> SecretKey:
        """The key of all pseudonyms, in `airlock_pseudonym.key`."""
        return secret_key(PSEUDONYM, self._key(PSEUDONYM))

    def split_key(self) -> SecretKey:
        """The key that decides each entity's fold for good, in `airlock_split.key`."""
        return secret_key(SPLIT, self._key(SPLIT))

    def _key(self, name: KeyName) -> str:
        return read_key(name, self.keys or self.root / "var/keys", connection=connections.password)


def api_url() -> str:
    """The address of Airflow's API server, by `[api] base_url`."""
    from airflow.configuration import conf

    return str(conf.get("api", "base_url", fallback="") or "http://localhost:8080")


def api_token() -> str | None:
    """A person's own token for Airflow's API, from AIRLOCK_TOKEN; None if it is not set."""
    return os.environ.get("AIRLOCK_TOKEN") or None


def client_keys() -> tuple[Path, bool]:
    """Where a client that loads bundles lists whom it trusts, and whether that file was named.

    AIRLOCK_TRUSTED_KEYS names it, by default it is ~/.config/airlock/trusted.json. A variable that
    is set and empty is a demand that cannot be met, and no consent.
    """
    named = os.environ.get("AIRLOCK_TRUSTED_KEYS")
    if named is not None:
        return Path(named), True
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "airlock" / "trusted.json", False


def unsigned_allowed() -> bool:
    """Whether this client wants bundles that nobody vouches for: AIRLOCK_UNSIGNED=1."""
    return os.environ.get("AIRLOCK_UNSIGNED") == "1"
