"""Withdraws the champion in favour of an earlier one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime

from airlock.core.errors import AirlockError
from airlock.engine import publication
from airlock.engine.record import Origin
from airlock.ledger import Champion, Ledger
from airlock.ledger.withdrawal import target, withdraw
from airlock.registry import MlflowSettings, point_alias
from airlock.stages.rollback.record import Rollback
from airlock.store import Store

__all__ = ["rollback", "scored_nights", "target"]


def scored_nights(store: Store, model: str, bundle: str) -> Iterable[str]:
    """The nights with predictions of one bundle, in order, so that somebody can score them again.

    A result that cannot be read is left out: going back must not wait for it.

    Args:
        bundle: digest of the bundle that made the predictions.
    """
    nights = set()
    for stage, name in (("score", "bundle"), ("route", "rival_bundle")):
        for stat in store.list(f"stages/{stage}/"):
            with contextlib.suppress(AirlockError):
                record = publication.load(store, stat.key).result.record
                # A rival that answered no row left no part behind.
                answered = stage == "score" or bool(record.get("parts"))
                if answered and (record.get("model"), record.get(name)) == (model, bundle):
                    nights.add(str(record.get("night")))
    return sorted(nights)


def rollback(
    *,
    ledger: Ledger,
    to_version: int | None,
    by: str,
    reason: str,
    origin: Origin,
    verify: Callable[[Champion], None],
    scored: Callable[[Champion], Iterable[str]],
    mlflow: MlflowSettings,
    now: datetime,
) -> Rollback:
    """Append the entry and the incident, and let MLflow's alias follow; MLflow may be away.

    Args:
        to_version: see `target`.
        by: the person who asked for it.
        origin: the run. One run rolls back once: its retries find the entry.
        verify: raises `Unverified` unless every file of the older bundle is as it was.
        scored: the nights with predictions of a champion; asked about the one that is withdrawn.
        now: the time that the entry carries, UTC.

    Raises:
        SpecError: there is nobody to go back to.
        Conflict: somebody else changed the champion meanwhile.
    """
    entry = withdraw(
        ledger,
        ledger.state(),
        to_version=to_version,
        entry_id=f"rolled_back/{origin.dag_id}/{origin.run_id}",
        by=by,
        reason=reason,
        verify=verify,
        scored=scored,
        now=now,
    )
    return Rollback(
        model=ledger.model,
        from_version=entry.body["from_version"],
        to_version=entry.body["champion"]["version"],
        by=entry.body["by"],
        reason=entry.body["reason"],
        sequence=entry.sequence,
        nights=tuple(entry.body.get("nights", ())),
        alias_follows=point_alias(ledger, mlflow),
    )
