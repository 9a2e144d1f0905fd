"""API routes for the rows that people are asked about, and for what the model cost."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from airlock.api.access import SIGNED_IN, under_etag
from airlock.api.v1.overviews import overviews
from airlock.api.v1.reading import SCHEMA, Cursor, Limit, page_of, read_model
from airlock.compat.airflow import GetUserDep
from airlock.core.errors import AirlockError
from airlock.ledger import named
from airlock.reading import read_json

router = APIRouter(prefix="/api/v1/models/{name}", tags=["queue"])

USAGE = "usage.json"
"""What a stage used, beside its report."""


@router.get("/queue", dependencies=[SIGNED_IN])
def queue(name: str, request: Request, user: GetUserDep) -> Response:
    """How many rows wait for a person, night by night: counts, never rows."""
    live = read_model(name, user).overview.live
    told = live.queue if live is not None else None
    whole: dict[str, Any] = {"schema": SCHEMA, "model": name, "nights": [], "asked": 0}
    if told is not None:
        whole |= {
            "asked": told.asked,
            "open": told.open,
            "answered": told.answered,
            "overridden": told.overridden,
            "oldest": told.oldest,
            "nights": told.nights,
        }
    return under_etag(request, whole)


@router.get("/costs", dependencies=[SIGNED_IN])
def costs(
    name: str, request: Request, user: GetUserDep, limit: Limit = 100, cursor: Cursor = 0
) -> Response:
    """What each result that the ledger names used, where its stage wrote that down."""
    read = read_model(name, user)
    seen: dict[str, dict[str, Any]] = {}
    for entry in read.entries:
        for one in named(entry):
            seen.setdefault(
                one.sha256, {"entry": entry.sequence, "at": entry.at, "address": one.address}
            )
    page = page_of(list(seen.items()), cursor=cursor, limit=limit)
    items = [
        {"sha256": sha256, "entry": told["entry"], "at": told["at"], **used}
        for sha256, told in page["items"]
        if (used := _usage(told["address"], sha256)) is not None
    ]
    return under_etag(request, {**page, "items": items})


def _usage(address: str, sha256: str) -> dict[str, Any] | None:
    try:
        made = overviews().published(address, sha256)
        data = overviews().beside(made.result.report, USAGE)
        return None if data is None else {"stage": made.result.stage, "usage": read_json(data)}
    except (AirlockError, ValueError):
        return None
