"""API routes for the rows that people are asked about: the rows of a night, and what they say.

Rows are more than counts: they are for whoever may start the model's DAG for answers, which an
answer goes to. Everybody else sees how many there are (`queue`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from airlock.api.access import SIGNED_IN, LiteralResponse, Refused, Unknown, refuse_cross_site
from airlock.api.v1.overviews import overviews
from airlock.api.v1.reading import SCHEMA, Limit, read_model, tagged_dags
from airlock.catalogs.answers import Answer, give, unanswered
from airlock.catalogs.labels import classes_of
from airlock.compat.airflow import GetUserDep, SessionDep, may_start, note
from airlock.config.settings import Settings
from airlock.core.names import PROBABILITY
from airlock.core.scratch import closed_folder
from airlock.core.values import LabelReader

if TYPE_CHECKING:
    import pandas as pd

    from airlock.catalogs.archive import Archive
    from airlock.store import Store

router = APIRouter(prefix="/api/v1/models/{name}/queue/{night}", tags=["queue"])

_LONGEST = 200
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_OURS = frozenset({"model", "sequence", "row_key", "night", "version", "prediction", "why"})

After = Annotated[
    str, Query(max_length=_LONGEST, description="`next` of the page before; empty to begin.")
]


class Given(BaseModel):
    """What somebody says of one row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row_key: str = Field(min_length=1, max_length=_LONGEST)
    answer: str = Field(
        min_length=1, max_length=_LONGEST, description="One of the classes, or a number."
    )


class AnswerGiven(BaseModel):
    """What the route answers. `dag_id` is the DAG that makes labels of answers."""

    schema_: int = Field(alias="schema")
    night: str
    row_key: str
    answer: str
    dag_id: str


@router.get("", dependencies=[SIGNED_IN])
def rows(
    name: str,
    night: str,
    user: GetUserDep,
    session: SessionDep,
    limit: Limit = 100,
    after: After = "",
) -> Response:
    """The open rows of a night, as `airlock review` gives them, without those answered here."""
    with _open(name, night, user, session) as (dag_id, place, found):
        asked = found.sort_values("row_key")
        asked = asked[asked["row_key"] > after]
        part = asked.head(limit)
        last = part["row_key"].iloc[-1] if len(asked) > len(part) else None
        open_ = unanswered(place, name, night, list(found["row_key"]))
        items = [one for one in _told(part) if one["row_key"] in open_]
        whole = {
            "schema": SCHEMA,
            "night": night,
            "dag_id": dag_id,
            "classes": list(classes_of(found)),
            "open": len(open_),
            "items": items,
            "next": last,
        }
    return LiteralResponse(whole)


@router.post("/answers", dependencies=[SIGNED_IN], status_code=201, response_model=AnswerGiven)
def answer(
    name: str, night: str, given: Given, request: Request, user: GetUserDep, session: SessionDep
) -> Response:
    """Say what one row is. The same again is no error; of two people the first one answers."""
    refuse_cross_site(request)
    with _open(name, night, user, session) as (dag_id, place, found):
        if given.row_key not in set(found["row_key"]):
            raise Refused(
                409,
                "This row waits for no answer any more: a label came, or its night was scored "
                "again.",
                do="Load the list anew.",
            )
        said = Answer(
            night=night,
            row_key=given.row_key,
            answer=_meant(given.answer, classes_of(found)),
            reviewer=user.get_name(),
        )
        there = give(place, name, said)
    if there != said:
        who = "You have" if there.reviewer == said.reviewer else f"{there.reviewer} has"
        raise Refused(
            409,
            f"{who} answered this row before.",
            do="To correct it, deliver a sheet: docs/score.md.",
        )
    note("airlock.answer", dag_id=dag_id, by=user.get_name(), about=f"{name}, night of {night}")
    return LiteralResponse(
        {
            "schema": SCHEMA,
            "night": night,
            "row_key": said.row_key,
            "answer": said.answer,
            "dag_id": dag_id,
        },
        201,
    )


@contextmanager
def _open(
    name: str, night: str, user: GetUserDep, session: SessionDep
) -> Iterator[tuple[str, Store, pd.DataFrame]]:
    """The DAG for answers, the place of answers, and the night's rows without a label.

    Raises:
        Unknown: there is no such model, night, or no way to answer on the page.
        Refused: the caller may not answer.
    """
    from airlock.catalogs.review_queue import open_rows

    read_model(name, user)
    settings = Settings.read()
    place = settings.answers()
    found = tagged_dags(session, name, "answers")
    if place is None or len(found) != 1:
        raise Unknown(
            f"Answers about {name} are not taken here.",
            do="Set [airlock] answers, and give the model one DAG for answers: docs/score.md; or "
            f"use `airlock review {name} --to`.",
        )
    if not may_start(found[0], user):
        raise Refused(
            403,
            f"You may not answer: that takes the right to start {found[0]}.",
            do="Ask an administrator.",
        )
    with closed_folder("answers") as scratch:
        archive = _archive(name, Path(scratch))
        partition = archive.serving(night)
        if partition is None:
            raise Unknown(f"{name} serves no night {night}.")
        yield found[0], place, open_rows(archive, partition)


def _archive(name: str, scratch: Path) -> Archive:
    from airlock.catalogs.archive import Archive, erased
    from airlock.engine import publication
    from airlock.ledger import Moment

    store = overviews().store
    entries = overviews().entries(name)
    return Archive(
        chain=Moment(store=store, model=name, read=entries),
        load=lambda address, sha256: overviews().published(address, sha256).result,
        # What people are asked about was redacted: nothing here reaches for raw rows.
        fetch=lambda folder, *, only=None: publication.fetch(
            {"store": store}, folder, scratch, only=only
        ),
        erased=erased(entries),
    )


def _meant(answer: str, classes: Sequence[str]) -> str:
    """An answer as the model spells it.

    Raises:
        Refused: it is none of its classes, or no number.
    """
    if classes:
        if (found := LabelReader(classes)(answer)) is not None:
            return found
        what = f"The model knows {', '.join(classes[:10])}."
    else:
        # As the reader of labels takes it: one that it refuses would keep out the whole night's.
        if _NUMBER.fullmatch(answer.strip()) and math.isfinite(float(answer)):
            return answer.strip()
        what = "The answer is no number."
    # What somebody typed is not repeated.
    raise Refused(422, what, do="Correct the answer.")


def _told(asked: pd.DataFrame) -> Iterator[dict[str, Any]]:
    shown = [
        name
        for name in map(str, asked.columns)
        if name not in _OURS and not name.startswith(PROBABILITY)
    ]
    for row in asked.to_dict("records"):
        yield {
            "row_key": row["row_key"],
            "version": int(row["version"]),
            "prediction": _value(row["prediction"]),
            "why": row["why"],
            "shown": {name: _value(row[name]) for name in shown},
        }


def _value(value: Any) -> Any:
    if value is None or value != value:  # NaN
        return None
    if hasattr(value, "item"):
        value = value.item()
    return value if isinstance(value, bool | int | float | str) else str(value)
