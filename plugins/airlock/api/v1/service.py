"""API route for how well a model serves: nights on time, lead time, overrides."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from airlock.api.access import SIGNED_IN, under_etag
from airlock.api.v1.overviews import now, overviews
from airlock.api.v1.reading import SCHEMA, Read, read_model
from airlock.compat.airflow import GetUserDep
from airlock.ledger import Entry, Moment
from airlock.overview.service import DAYS, LeadTime, NightsOnTime, Overrides, service_of
from airlock.stages.live.record import Live

router = APIRouter(prefix="/api/v1/models/{name}", tags=["service"])

Days = Annotated[int, Query(ge=1, le=366, description="How many days it looks back.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevels:
    """What a model's users may hold it to. A share is None where nothing says what it should be."""

    schema: int
    model: str
    since: datetime
    until: datetime
    nights: NightsOnTime
    nights_share: float | None
    lead_time: LeadTime
    overrides: Overrides
    overrides_share: float | None
    rows_share: float | None


@router.get("/service", dependencies=[SIGNED_IN], response_model=ServiceLevels)
def service(name: str, request: Request, user: GetUserDep, days: Days = DAYS) -> Response:
    """Nights on time, from alarm to production, and how often people decided otherwise."""
    read: Read = read_model(name, user)
    told = levels(name, read.entries, read.overview.live, days=days)
    return under_etag(request, told)


def levels(
    name: str, entries: tuple[Entry, ...], live: Live | None, *, days: int = DAYS
) -> dict[str, Any]:
    """The same as part of another answer."""
    found = service_of(Moment(overviews().store, name, entries), live, now=now(), days=days)
    return asdict(
        ServiceLevels(
            schema=SCHEMA,
            model=name,
            # To the hour: an answer of which nothing has changed is not sent again.
            since=found.since.replace(minute=0, second=0, microsecond=0),
            until=found.until.replace(minute=0, second=0, microsecond=0),
            nights=found.nights,
            nights_share=found.nights.share,
            lead_time=found.lead_time,
            overrides=found.overrides,
            overrides_share=found.overrides.share,
            rows_share=found.overrides.row_share,
        )
    )
