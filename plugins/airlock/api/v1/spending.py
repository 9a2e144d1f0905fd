"""API routes for what a model cost, month by month."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from airlock.api.access import SIGNED_IN, under_etag
from airlock.api.v1.overviews import overviews
from airlock.api.v1.reading import SCHEMA, read_model
from airlock.catalogs.usage import Total, months
from airlock.compat.airflow import GetUserDep
from airlock.core.errors import AirlockError

router = APIRouter(prefix="/api/v1/models/{name}", tags=["costs"])


@router.get("/months", dependencies=[SIGNED_IN])
def months_of_model(name: str, request: Request, user: GetUserDep) -> Response:
    """What each month took, the newest first: in money, busy time and energy, by stage."""
    read_model(name, user)
    found = []
    for month in reversed(months(overviews().store, name)):
        sheets = overviews().spending.count(name, month)
        stages = {one.stage for one in sheets}
        found.append(
            {
                "month": month,
                "total": total_view(Total.of(sheets)),
                "stages": {
                    stage: total_view(Total.of(one for one in sheets if one.stage == stage))
                    for stage in sorted(stages)
                },
            }
        )
    return under_etag(request, {"schema": SCHEMA, "model": name, "items": found})


def total_view(one: Total) -> dict[str, Any]:
    """A total as JSON. Nobody's price is null, which is not 0."""
    return {
        "in_words": one.in_words,
        "money": one.money,
        "currency": one.currency,
        "attempts": one.attempts,
        "reused": one.reused,
        "cpu_seconds": one.cpu_seconds,
        "device_seconds": one.device_seconds,
        "watt_hours": one.watt_hours,
    }


def cost_in_words(model: str, run: tuple[str, str]) -> dict[str, str]:
    """What one run took, by what it is; empty where nobody measured, or it cannot be read."""
    try:
        one = overviews().spending.of_run(model, run)
    except AirlockError:
        return {}
    if not one.attempts:
        return {}
    energy = "not measured" if one.watt_hours is None else f"{one.watt_hours:,.1f} Wh"
    return {
        "money": one.in_words,
        "CPU seconds": f"{one.cpu_seconds:,.0f}",
        "device seconds": f"{one.device_seconds:,.0f}",
        "energy": energy,
        "stages reused": f"{one.reused} of {one.attempts}",
    }
