"""Sends what waits and how late it is where Airflow sends its own figures; reconcile calls it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airlock.config.telemetry import collected, send_value
from airlock.core.errors import AirlockError
from airlock.engine import publication
from airlock.ledger import Moment, State, models
from airlock.overview.measures import Attempts, gauges, unverified
from airlock.overview.nights import latest_live

if TYPE_CHECKING:
    from airlock.engine.attempt import Attempt

log = logging.getLogger(__name__)


def send_measures(attempt: Attempt) -> None:
    """Send the gauges of every model; never raises, and does nothing where nobody collects."""
    if not collected():
        return
    store = attempt.stores["store"]
    taken = Attempts(store)

    def load(address: str, sha256: str) -> Mapping[str, Any]:
        record: Mapping[str, Any] = publication.load(store, address, expected=sha256).result.record
        return record

    for model in models(store):
        try:
            chain = Moment.of(attempt.ledger(model))
            found = list(
                gauges(
                    chain,
                    State.of(model, chain.entries()),
                    latest_live(chain.entries(), load),
                    taken.of(model, attempt.now),
                    sinks=attempt.settings.sinks,
                    now=attempt.now,
                )
            )
        except AirlockError as error:
            log.warning("Of %s no figures are sent: %s", model, error)
            found = list(unverified(model))
        for one in found:
            send_value(one.name, one.value, one.labels)
