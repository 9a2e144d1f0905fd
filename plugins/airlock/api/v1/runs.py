"""The one route that writes: start a run, once for each key that a caller chooses.

    requests/<run id>.json      what was asked for under a key, written once

The run's id is the digest of the principal and the key. What was asked for is claimed first, by one
create-once write; then Airflow is asked for a run of that id, which its database has once. A server
that is killed in between leaves the claim, and whoever asks again gets the one run.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from airlock.api.access import SIGNED_IN, LiteralResponse, Refused, refuse_cross_site
from airlock.api.v1.overviews import overviews
from airlock.api.v1.reading import SCHEMA, read_model, tagged_dags
from airlock.compat.airflow import DagRun, GetUserDep, SessionDep, may_start, start_run
from airlock.core.content import canonical_json, digest
from airlock.reading import read_json
from airlock.store import Store

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])

_LONGEST_KEY = 255

Does = Literal["train", "score", "roll back", "score again"]


class Asked(BaseModel):
    """What a caller wants started."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Does
    model: str = Field(pattern="^[a-z][a-z0-9_]{0,62}$")
    night: date | None = Field(
        default=None, description="Of train and score; the last full day by default."
    )
    version: int | None = Field(
        default=None,
        ge=1,
        description="Of roll back: which one becomes champion again, the one before by default. Of "
        "score again: whose predictions are replaced.",
    )
    reason: str = Field(min_length=1, max_length=500, description="The ledger keeps it.")
    dag_id: str | None = Field(
        default=None, max_length=250, description="Where several DAGs train or score the model."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run. `state` is Airflow's; `replayed` says whether it was started before."""

    dag_id: str
    run_id: str
    state: str
    replayed: bool


class RunAnswer(BaseModel):
    """What the route answers."""

    schema_: int = Field(alias="schema")
    dag_id: str
    run_id: str
    state: str
    replayed: bool


Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=_LONGEST_KEY,
        pattern="^[\\x21-\\x7e]+$",
        description="Chosen by the caller: the same key and body give the same run.",
    ),
]


@router.post("", dependencies=[SIGNED_IN], status_code=201, response_model=RunAnswer)
def start(
    asked: Asked, key: Key, request: Request, user: GetUserDep, session: SessionDep
) -> Response:
    """Start a run in the caller's name; the same key and body again give the same run, with 200."""
    refuse_cross_site(request)
    read_model(asked.model, user)  # of a model that they may not read nobody starts anything
    dag_id, conf = _dag_of(session, asked), _conf(asked)
    if not may_start(dag_id, user):
        raise Refused(403, f"You may not start runs of {dag_id}.", do="Ask an administrator.")
    run_id = f"api__{digest([user.get_id(), key])[:40]}"
    claim = {"dag_id": dag_id, "conf": conf}
    if not _claimed(overviews().store, run_id, claim):
        raise Refused(
            422,
            "Something else was asked for under this Idempotency-Key.",
            do="Choose another key for another request.",
        )
    replayed = _state(session, dag_id, run_id) is not None
    if not replayed:
        replayed = not start_run(dag_id, run_id=run_id, conf=conf, by=user.get_name())
        session.expire_all()
        session.commit()
    started = Started(
        dag_id=dag_id,
        run_id=run_id,
        state=_state(session, dag_id, run_id) or "queued",
        replayed=replayed,
    )
    return LiteralResponse({"schema": SCHEMA, **asdict(started)}, 200 if replayed else 201)


def _claimed(store: Store, run_id: str, claim: dict[str, Any]) -> bool:
    """Whether this is what was first asked for under the key."""
    place, data = f"requests/{run_id}.json", canonical_json(claim)
    if store.create(place, data):
        return True
    return bool(read_json(store.get(place)) == read_json(data))


def _conf(asked: Asked) -> dict[str, Any]:
    if asked.do in {"train", "score"}:
        night = {"night": asked.night.isoformat()} if asked.night else {}
        return {**night, "reason": asked.reason}
    field = "to_version" if asked.do == "roll back" else "version"
    if asked.do == "score again" and asked.version is None:
        raise Refused(
            422, "Nobody says whose predictions are to be replaced.", do="Send version as well."
        )
    version = {field: asked.version} if asked.version is not None else {}
    return {"model": asked.model, "reason": asked.reason, **version}


def _dag_of(session: Session, asked: Asked) -> str:
    """The DAG that does it: of a pipeline the one that carries the tags of the model and its kind.

    Raises:
        Refused: there is none, or several and none is named.
    """
    if asked.do == "roll back":
        return "model_rollback"
    if asked.do == "score again":
        return "model_rescore"
    kind = "training" if asked.do == "train" else "scoring"
    found = tagged_dags(session, asked.model, kind)
    if asked.dag_id is not None:
        found = [one for one in found if one == asked.dag_id]
    if len(found) != 1:
        several = f"several: {', '.join(found)}" if found else "none"
        raise Refused(
            422,
            f"Of the DAGs for {kind} of {asked.model} there are {several}.",
            do="Name one as dag_id." if found else "Is its DAG file parsed?",
        )
    return found[0]


def _state(session: Session, dag_id: str, run_id: str) -> str | None:
    state = session.scalar(
        select(DagRun.state).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)
    )
    return None if state is None else str(getattr(state, "value", state))
