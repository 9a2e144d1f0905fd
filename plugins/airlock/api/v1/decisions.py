"""API routes for what was decided about a model: the entries of its ledger, and as a file."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from airlock.api.access import SIGNED_IN, under_etag
from airlock.api.v1.reading import SCHEMA, Cursor, Limit, Page, page_of, read_model
from airlock.compat.airflow import GetUserDep
from airlock.ledger import Entry

router = APIRouter(prefix="/api/v1/models/{name}", tags=["decisions"])

Kind = Annotated[str | None, Query(max_length=40, description="Such as `promoted`.")]
Person = Annotated[str | None, Query(max_length=200, description="Who said it.")]
Version = Annotated[int | None, Query(ge=1, description="That it is about.")]


class DecisionView(BaseModel):
    """One entry of the ledger, its signature verified."""

    sequence: int
    kind: str
    at: datetime
    by: str | None
    versions: list[int]
    body: dict[str, Any]
    key_id: str
    sha256: str


@router.get("/decisions", dependencies=[SIGNED_IN], response_model=Page[DecisionView])
def decisions(
    name: str,
    request: Request,
    user: GetUserDep,
    kind: Kind = None,
    by: Person = None,
    version: Version = None,
    limit: Limit = 100,
    cursor: Cursor = 0,
) -> Response:
    """The entries of the ledger, the oldest first, all of them verified."""
    read = read_model(name, user)
    chosen = [
        entry
        for entry in read.entries
        if kind in {None, entry.kind} and by in {None, person(entry)}
        if version is None or version in versions(entry)
    ]
    page = page_of(chosen, cursor=cursor, limit=limit)
    return under_etag(request, {**page, "items": [_view(one) for one in page["items"]]})


@router.get("/ledger.json", dependencies=[SIGNED_IN])
def ledger_file(name: str, request: Request, user: GetUserDep) -> Response:
    """The whole ledger as a file: each entry as it was signed."""
    read = read_model(name, user)
    whole = {"schema": SCHEMA, "model": name, "entries": [_signed(one) for one in read.entries]}
    answer = under_etag(request, whole)
    answer.headers["Content-Disposition"] = f'attachment; filename="ledger-{name}.json"'
    return answer


def person(entry: Entry) -> str | None:
    """Who said what an entry says; None where nobody did."""
    said = entry.body.get("break_glass") or entry.body
    by = said.get("by")
    return by if isinstance(by, str) else None


def versions(entry: Entry) -> set[int]:
    """The versions that an entry is about."""
    body = entry.body
    found = [body.get("version"), body.get("from_version"), *(body.get("versions") or ())]
    found.append((body.get("champion") or {}).get("version"))
    found.append(((body.get("promotion") or {}).get("champion") or {}).get("version"))
    return {one for one in found if isinstance(one, int)}


def _view(entry: Entry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence,
        "kind": entry.kind,
        "at": entry.at,
        "by": person(entry),
        "versions": sorted(versions(entry)),
        "body": entry.body,
        "key_id": entry.key_id,
        "sha256": entry.sha256,
    }


def _signed(entry: Entry) -> dict[str, Any]:
    return {**asdict(entry), "sha256": entry.sha256}
