"""Builds links from a record to MLflow's pages about it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from airlock.config.settings import Settings
from airlock.engine.record import Record


@dataclass(frozen=True, slots=True)
class Link:
    """An address outside Airflow."""

    label: str
    href: str


def mlflow_link(settings: Settings, record: Record) -> Link | None:
    """Where MLflow shows it; None where no MLflow has a UI, or if MLflow does not know it."""
    address = urlsplit(settings.mlflow_ui or settings.mlflow().tracking_uri)
    if address.scheme not in {"http", "https"}:
        return None
    port = f":{address.port}" if address.port else ""
    # Without the user and password that an address may hold.
    base = f"{address.scheme}://{address.hostname}{port}{address.path.rstrip('/')}/#"
    version, run = getattr(record, "version", None), getattr(record, "mlflow_run", None)
    if version is not None and (model := getattr(record, "model", None)):
        return Link(
            f"{model} version {version} in MLflow",
            f"{base}/models/{quote(model)}/versions/{version}",
        )
    return Link("The run in MLflow", f"{base}/runs/{quote(run)}") if run else None
