"""One deployment in a folder, whose tasks run as Airflow runs them: a process for each try.

What a task needs of Airflow (its context, XCom, tries, a clock) is made here; everything else is
the product's own: operators, settings, stores, keys, ledger and MLflow.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from airlock.ledger import Ledger, Signer, TrustedKeys
from airlock.registry import MlflowSettings
from airlock.store import Credentials, Store, open_store
from tests.redacted import customers

MODEL = "customers"
NIGHTS = tuple(f"2026-01-{day:02d}" for day in range(5, 29))
SEED = base64.b64encode(bytes(range(32))).decode()
OTHER_SEED = base64.b64encode(bytes(range(1, 33))).decode()
ROWS = 1_500

EXPECTATIONS = {
    "contract": {
        "key": ["visit"],
        "columns": {
            "visit": {"type": "string"},
            "customer_id": {"type": "string"},
            "plan": {"type": "string"},
            "region": {"type": "string"},
            "tenure": {"type": "integer"},
            "fee": {"type": "number", "nullable": True},
            "paperless": {"type": "boolean"},
            "churned": {"type": "integer"},
        },
    },
    "expectations": [
        {
            "type": "expect_column_values_to_be_between",
            "kwargs": {"column": "tenure", "min_value": 0, "max_value": 600},
        }
    ],
}
COLUMNS = EXPECTATIONS["contract"]["columns"]  # type: ignore[index]  # a mapping of mappings
REDACTION = {
    "columns": {
        name: {"action": {"customer_id": "pseudonym", "visit": "drop"}.get(name, "keep")}
        for name in COLUMNS
    }
}
POLICY: dict[str, Any] = {
    "name": MODEL,
    "metrics": {"auroc": {"min": 0.5}},
    "first": {"auroc": {"min": 0.5}},
    "champion": [{"metric": "auroc", "margin": 0.5}],
    "holdout": {"min_rows": 50, "min_rarest_class": 5},
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A deployment.

    Args:
        folder: of everything; the files' own address too, so it never moves.
        store: address of the zone `store`; below the folder if None.
        endpoint: of an S3, where the store lies there.
        mlflow: address of the tracking server; SQLite below the folder if None.
        seed: of the signing key.
        more: environment besides.
    """

    folder: Path
    store: str | None = None
    raw: str | None = None
    endpoint: str | None = None
    mlflow: str | None = None
    seed: str | None = SEED
    more: Mapping[str, str] = field(default_factory=dict)

    def changed(self, **changes: Any) -> Site:
        return replace(self, **changes)

    # What there is

    @property
    def trusted(self) -> Path:
        return self.folder / "keys" / "trusted.json"

    @property
    def store_uri(self) -> str:
        return self.store or str(self.folder / "store")

    @property
    def raw_uri(self) -> str:
        return self.raw or str(self.folder / "raw")

    @property
    def mlflow_settings(self) -> MlflowSettings:
        if self.mlflow:
            return MlflowSettings(tracking_uri=self.mlflow)
        return MlflowSettings(
            tracking_uri=f"sqlite:///{self.folder / 'mlflow.db'}",
            artifacts=str(self.folder / "artifacts"),
        )

    @property
    def credentials(self) -> Credentials:
        return Credentials(
            access_key="test", secret_key="test", endpoint=self.endpoint, region="us-east-1"
        )

    def opened(self) -> Store:
        return open_store(self.store_uri, self.credentials)

    def ledger(self) -> Ledger:
        trusted = TrustedKeys(json.loads(self.trusted.read_text()))
        signer = Signer.from_seed(self.seed or SEED)
        return Ledger(self.opened(), MODEL, trusted=trusted, signer=signer)

    def environment(self) -> dict[str, str]:
        """What Airflow's configuration and connections say, as its environment says them."""
        signing = {"conn_type": "generic", "password": self.seed}
        zone = {"endpoint_url": self.endpoint, "region_name": "us-east-1"} if self.endpoint else {}
        mlflow: dict[str, Any] = {"uri": self.mlflow_settings.tracking_uri}
        if self.mlflow_settings.artifacts:
            mlflow["artifacts"] = self.mlflow_settings.artifacts
        connections = {
            "store": {**_login(self.endpoint), "extra": {"uri": self.store_uri, **zone}},
            "raw": {**_login(self.endpoint), "extra": {"uri": self.raw_uri, **zone}},
            "mlflow": {"conn_type": "generic", "extra": mlflow},
            "pseudonym": {"conn_type": "generic", "password": base64.b64encode(b"p" * 32).decode()},
            "split": {"conn_type": "generic", "password": base64.b64encode(b"s" * 32).decode()},
        }
        if self.seed is not None:
            connections["signing"] = signing
        return {
            **{f"AIRFLOW_CONN_AIRLOCK_{n.upper()}": json.dumps(c) for n, c in connections.items()},
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.folder / "dags"),
            "AIRFLOW__AIRLOCK__SOURCES": str(self.folder / "data"),
            "AIRFLOW__AIRLOCK__TRUSTED_KEYS": str(self.trusted),
            "AIRFLOW__AIRLOCK__PRELOAD": "False",
            "OMP_NUM_THREADS": "1",
            **self.more,
        }

    # What people do

    def deliver(self, night: str, *, rows: int = ROWS, seed: int | None = None) -> Path:
        """The business writes the rows of a night."""
        path = self.folder / "data" / f"{night}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        table_of(NIGHTS.index(night) if seed is None else seed, rows).to_csv(path, index=False)
        return path

    def rules(self, **changes: Any) -> None:
        """Somebody changes the policy."""
        (self.folder / "policy.yaml").write_text(yaml.safe_dump(POLICY | changes))

    def keys(self, *seeds: str) -> None:
        """The keys whose signatures count."""
        signers = [Signer.from_seed(seed) for seed in seeds]
        listed = {one.key_id: base64.b64encode(one.public).decode() for one in signers}
        self.trusted.parent.mkdir(parents=True, exist_ok=True)
        self.trusted.write_text(json.dumps(listed))

    def found(self) -> None:
        """An empty deployment."""
        for name in ("data", "dags", "artifacts", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "expectations.yaml").write_text(yaml.safe_dump(EXPECTATIONS))
        (self.folder / "redaction.yaml").write_text(yaml.safe_dump(REDACTION))
        self.rules()
        self.keys(SEED)

    # What happened

    def kinds(self) -> list[str]:
        """The kinds of the ledger's entries, in order, read as files."""
        return [entry["kind"] for entry in self.entries()]

    def entries(self) -> list[dict[str, Any]]:
        store = self.opened()
        found = store.list(f"ledger/{MODEL}/")
        return [json.loads(store.get(stat.key)) for stat in found]

    def slots(self, stage: str) -> list[str]:
        return [stat.key for stat in self.opened().list(f"stages/{stage}/")]

    def champion(self) -> int | None:
        state = self.ledger().state()
        return state.champion.version if state.champion else None

    def mirror(self, into: Path) -> Path:
        """A folder with all that lies in the store, for whoever reads files alone."""
        if not self.endpoint:
            return self.folder
        for zone, uri in (("store", self.store_uri), ("raw", self.raw_uri)):
            store = open_store(uri, self.credentials)
            for stat in store.list(""):
                path = into / zone / stat.key
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(store.get(stat.key))
        for name in ("keys", "mlflow.db"):
            if (self.folder / name).is_dir():
                shutil.copytree(self.folder / name, into / name, dirs_exist_ok=True)
            elif (self.folder / name).exists():
                shutil.copy(self.folder / name, into / name)
        return into


def table_of(seed: int, rows: int) -> pd.DataFrame:
    """What the business delivers for one night; no two nights are the same."""
    frame = customers(rows, seed=seed).drop(columns=["fold", "note"])
    frame.insert(0, "visit", [f"v{seed}-{number}" for number in np.arange(rows)])
    frame["customer_id"] = "C" + frame["customer_id"]
    return frame


def run_after(night: str) -> datetime:
    """When the schedule starts the run about a night."""
    day = datetime.fromisoformat(night).replace(tzinfo=UTC)
    return day + timedelta(days=1, hours=2)


def _login(endpoint: str | None) -> dict[str, str]:
    return {"conn_type": "generic"} | ({"login": "test", "password": "test"} if endpoint else {})


def clean_environment() -> dict[str, str]:
    """The environment of a process that must know nothing of a site."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
