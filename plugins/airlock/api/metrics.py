"""The route for a Prometheus: figures about the models that its user may read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from fastapi import APIRouter
from fastapi.responses import Response

from airlock.api.access import SIGNED_IN, may_read_all
from airlock.api.v1.overviews import Known, now, overviews
from airlock.catalogs.usage import NOBODY
from airlock.compat.airflow import GetUserDep
from airlock.config.settings import Settings
from airlock.core.errors import LedgerError, Unverified
from airlock.ledger import Moment, State
from airlock.overview.exposition import CONTENT_TYPE, exposition
from airlock.overview.measures import Attempts, MetricSample, counters, gauges, unverified

_PATIENCE_S = 5.0

router = APIRouter(tags=["metrics"])
_ONE_AT_A_TIME = threading.Lock()


@router.get("/metrics", dependencies=[SIGNED_IN])
def metrics(user: GetUserDep) -> Response:
    """What waits, how late it is and what it takes, in Prometheus' text format."""
    at = now()
    found: list[MetricSample] = []
    # Two scrapes at once would read everything twice.
    with _ONE_AT_A_TIME:
        for name, known in overviews().all(now=at, within=_PATIENCE_S).items():
            if known is not None and may_read_all(known.dags, user):
                found += _of_model(name, known, at)
        if may_read_all(frozenset(), user):
            found += counters(NOBODY, _attempts().of(NOBODY, at))
    return Response(exposition(found), media_type=CONTENT_TYPE)


def _of_model(name: str, known: Known, at: datetime) -> Iterator[MetricSample]:
    if known.overview is None:
        yield from unverified(name)
        return
    try:
        entries = overviews().entries(name)[: known.overview.entries]
        taken = _attempts().of(name, at)
        chain = Moment(overviews().store, name, entries)
        state = State.of(name, entries)
        sinks = _sinks()
        yield from list(gauges(chain, state, known.overview.live, taken, sinks=sinks, now=at))
        yield from counters(name, taken)
    except (LedgerError, Unverified):
        # One model that cannot be read must not hide the others.
        yield from unverified(name)


@lru_cache(maxsize=1)
def _attempts() -> Attempts:
    return Attempts(overviews().store)


@lru_cache(maxsize=1)
def _sinks() -> tuple[str, ...]:
    return Settings.read().sinks
