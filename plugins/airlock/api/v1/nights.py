"""API routes for the nights of a model: who scored them, and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from airlock.api.access import SIGNED_IN, Unknown, under_etag
from airlock.api.v1.overviews import overviews
from airlock.api.v1.reading import SCHEMA, Cursor, Limit, Page, Read, page_of, read_model
from airlock.catalogs.predictions import Partition, partitions
from airlock.compat.airflow import GetUserDep
from airlock.core.errors import AirlockError
from airlock.ledger import Moment
from airlock.stages.score.record import HISTOGRAM, NightHistogram

router = APIRouter(prefix="/api/v1/models/{name}", tags=["nights"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """The predictions of one night, once each time that it was scored.

    Args:
        number: 1 for the first of the night.
        serves: whether consumers read it now.
        sha256: of the result, which `artefacts` gives.
        again: why it was scored again; "" for the usual run.
        entry: of the ledger.
    """

    night: str
    number: int
    role: str
    serves: bool
    versions: tuple[int, ...]
    rows: int
    sha256: str
    again: str
    entry: int


@router.get("/nights", dependencies=[SIGNED_IN], response_model=Page[Scored])
def nights(
    name: str, request: Request, user: GetUserDep, limit: Limit = 100, cursor: Cursor = 0
) -> Response:
    """Every scoring of every night, in order."""
    found = _scored(_partitions(read_model(name, user)))
    return under_etag(request, page_of(found, cursor=cursor, limit=limit))


@router.get("/nights/{night}", dependencies=[SIGNED_IN])
def night(name: str, night: str, request: Request, user: GetUserDep) -> Response:
    """One night: its scorings, and what was said, as counts of many rows."""
    read = read_model(name, user)
    mine = [one for one in _partitions(read) if one.night == night]
    if not mine:
        raise Unknown(f"{name} scored no night {night}.")
    whole: dict[str, Any] = {"schema": SCHEMA, "night": night, "items": []}
    for partition, one in zip(mine, _scored(mine), strict=True):
        whole["items"].append({"scored": one, "histogram": _histogram(partition)})
    return under_etag(request, whole)


def _partitions(read: Read) -> list[Partition]:
    store = overviews().store
    return partitions(Moment(store=store, model=read.name, read=read.entries))


def _scored(every: list[Partition]) -> list[Scored]:
    last = {one.night: one.number for one in every if one.role == "served"}
    return [
        Scored(
            night=one.night,
            number=one.number,
            role=one.role,
            serves=one.role == "served" and last.get(one.night) == one.number,
            versions=one.versions,
            rows=one.rows,
            sha256=one.sha256,
            again=one.because,
            entry=one.entry,
        )
        for one in every
    ]


def _histogram(one: Partition) -> NightHistogram | None:
    """What was said; None where it was routed, erased, or scored before anybody counted."""
    try:
        made = overviews().published(one.scoring, one.sha256)
        data = overviews().beside(made.result.report, HISTOGRAM)
        return None if data is None else NightHistogram.from_stored(data)
    except (AirlockError, ValueError):
        return None
