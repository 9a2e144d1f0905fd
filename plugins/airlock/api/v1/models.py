"""API routes for models as a whole: which there are, who is champion, what needs a person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from airlock.api.access import SIGNED_IN, Unknown, may_read_all, rights, under_etag
from airlock.api.v1.overviews import Known, now, overviews
from airlock.api.v1.reading import SCHEMA
from airlock.api.v1.service import levels
from airlock.api.v1.spending import total_view
from airlock.catalogs.dead_letters import dead_letters
from airlock.compat.airflow import GetUserDep
from airlock.ledger import Moment
from airlock.overview.candidates import Candidate
from airlock.overview.champions import Reign
from airlock.overview.model import ModelOverview, OnTrial
from airlock.overview.needs import Need
from airlock.overview.nights import NightOverview
from airlock.stages.evaluate.record import Interval

_MOVES = frozenset({"since", "until"})
_PATIENCE_S = 0.5
_TREND = 30  # candidates and nights of a model's line in the list

router = APIRouter(prefix="/api/v1/models", tags=["models"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One candidate's key metric. `fate` says what became of it."""

    version: int
    night: str | None
    fate: str
    figure: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A model's line in the list.

    Args:
        champion: None before there is one.
        last: the last candidate; None before one came to the gate.
        trend: the key metric of the last candidates, the oldest first.
        night: the last scored one; None before one was.
        spent: in this calendar month (UTC); None where it is not counted yet, or nobody measured.
        broken: why the ledger does not verify; then nothing else of the model is told.
    """

    model: str
    entries: int
    champion: Reign | None
    last: Candidate | None
    key_metric: str | None
    higher_is_better: bool
    trend: tuple[Point, ...]
    night: NightOverview | None
    trial: OnTrial | None
    needs: tuple[Need, ...]
    spent: dict[str, Any] | None = None
    broken: str | None = None


@router.get("", dependencies=[SIGNED_IN])
def models(request: Request, user: GetUserDep) -> Response:
    """All models that the caller may read, those that need a person first."""
    at = now()
    known = overviews().all(now=at, within=_PATIENCE_S)
    readable = [
        _summary(name, one, month=f"{at:%Y-%m}")
        for name, one in known.items()
        if one is not None and may_read_all(one.dags, user)
    ]
    readable.sort(key=lambda one: (not one.needs, one.model))
    # Whose they are nobody knows before they are verified: they are counted, not named.
    unread = sum(one is None for one in known.values())
    asked = {need.dag_id for one in readable for need in one.needs if need.kind == "approval"}
    whole = {"schema": SCHEMA, "models": readable, "unread": unread, "may": rights(user, asked)}
    return under_etag(request, whole)


@router.get("/{name}", dependencies=[SIGNED_IN])
def model(name: str, request: Request, user: GetUserDep) -> Response:
    """One model: champions, candidates and nights, how it serves, what it needs, who was not told.

    `dead_letters` are messages to trackers and other receivers that were given up: `sink`,
    `message`, `tries`, `at` and `why`. `airlock outbox retry` tries them again.
    """
    at = now()
    known = overviews().of(name, now=at)
    if known is None or not may_read_all(known.dags, user):
        raise _unknown(name)
    whole: dict[str, Any] = {"schema": SCHEMA, "broken": None}
    if known.overview is None:
        assert known.broken is not None
        whole |= {"model": name, "broken": known.broken.sentence}
    else:
        whole |= asdict(known.overview)
        asked = {need.dag_id for need in known.overview.needs if need.kind == "approval"}
        whole["may"] = rights(user, asked)
        entries = overviews().entries(name)[: known.overview.entries]
        serves = levels(name, entries, known.overview.live)
        # Without the ends of its window, which move every minute: an open page that does not
        # change is answered without a body.
        whole["service"] = {word: serves[word] for word in serves if word not in _MOVES}
        chain = Moment(store=overviews().store, model=name, read=entries)
        whole["dead_letters"] = [asdict(one) for one in dead_letters(chain)]
    return under_etag(request, whole)


def _summary(name: str, known: Known, *, month: str) -> Summary:
    if known.overview is None:
        assert known.broken is not None
        return Summary(
            model=name,
            entries=0,
            champion=None,
            last=None,
            key_metric=None,
            higher_is_better=True,
            trend=(),
            night=None,
            trial=None,
            needs=(known.broken,),
            broken=known.broken.sentence,
        )
    one, total = known.overview, overviews().spending.known(name, month)
    return Summary(
        model=name,
        entries=one.entries,
        champion=one.champions[-1] if one.champions else None,
        last=one.candidates[-1] if one.candidates else None,
        key_metric=one.key_metric,
        higher_is_better=one.better.get(one.key_metric or "", True),
        trend=_trend(one),
        night=one.nights[-1] if one.nights else None,
        trial=one.trial,
        needs=one.needs,
        spent=total_view(total) if total is not None and total.attempts else None,
    )


def _trend(overview: ModelOverview) -> tuple[Point, ...]:
    return tuple(
        Point(
            version=one.version,
            night=one.night,
            fate=one.fate,
            figure=one.figures.get(overview.key_metric or ""),
        )
        for one in overview.candidates[-_TREND:]
    )


def _unknown(name: str) -> Unknown:
    return Unknown(f"There is no model {name} that you may read.")
