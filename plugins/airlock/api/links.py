"""From a record to what others say about it: MLflow and the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from airlock.config.settings import Settings
from airlock.core.errors import AirlockError
from airlock.engine.record import Record


@dataclass(frozen=True, slots=True)
class Link:
    """An address outside Airflow."""

    label: str
    href: str


def mlflow_link(settings: Settings, record: Record) -> Link | None:
    """Where MLflow shows it; None without a tracking server, or if MLflow does not know it."""
    address = urlsplit(settings.mlflow().tracking_uri)
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


def ledger_note(settings: Settings, record: Record) -> str | None:
    """What the ledger says about a record that names an entry, after verifying the whole chain."""
    sequence, model = getattr(record, "sequence", 0), getattr(record, "model", None)
    if not sequence or not model:
        return None
    try:
        entries = settings.ledger(model).entries()
    except AirlockError as error:
        return str(error)
    if sequence > len(entries):
        return f"The ledger of {model} has no entry {sequence} any more: run airlock verify."
    entry = entries[sequence - 1]
    return (
        f"Entry {sequence} of the ledger of {model}: {entry.kind.replace('_', ' ')}, "
        f"{entry.at:%Y-%m-%d %H:%M} UTC. All {len(entries)} entries verify."
    )
