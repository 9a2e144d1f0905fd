"""API routes for the decisions about one model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter

from airlock.api.access import SIGNED_IN, Unknown, may_read_all
from airlock.compat.airflow import GetUserDep
from airlock.config.settings import Settings
from airlock.ledger import Entry, models

router = APIRouter(prefix="/models")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """One decision, its signature verified."""

    sequence: int
    kind: str
    at: datetime
    body: Mapping[str, Any]
    key_id: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """All decisions about a model, oldest first. `champion` is its version; None without one."""

    model: str
    champion: int | None
    entries: tuple[EntryView, ...]


@router.get("/{name}/ledger", dependencies=[SIGNED_IN])
def ledger(name: str, user: GetUserDep) -> LedgerView:
    """The whole chain, for whoever may read every DAG that wrote to it."""
    settings = Settings.read()
    # Looked up rather than asked for: a name from an address must not become a path.
    if name not in models(settings.store()):
        raise _unknown(name)
    chain = settings.ledger(name)
    entries = chain.entries()
    if not may_read_all(_dags(entries), user):
        raise _unknown(name)
    champion = chain.state().champion
    return LedgerView(
        model=name,
        champion=champion.version if champion else None,
        entries=tuple(_view(entry) for entry in entries),
    )


def _dags(entries: tuple[Entry, ...]) -> frozenset[str]:
    return frozenset(entry.body["run"]["dag_id"] for entry in entries if entry.kind == "run")


def _view(entry: Entry) -> EntryView:
    return EntryView(
        sequence=entry.sequence,
        kind=entry.kind,
        at=entry.at,
        body=entry.body,
        key_id=entry.key_id,
        sha256=entry.sha256,
    )


def _unknown(name: str) -> Unknown:
    return Unknown(f"There is no ledger of {name} that you may read.")
