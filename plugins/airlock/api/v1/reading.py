"""What every reading route of version 1 does: find the model, cut a page, name the schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from airlock.api.access import Unknown, may_read_all
from airlock.api.v1.overviews import now, overviews
from airlock.compat.airflow import DagTag, GetUserDep
from airlock.core.errors import BrokenChain
from airlock.ledger import Entry
from airlock.overview.model import ModelOverview

SCHEMA = 1
"""Raised when a field changes its meaning or goes; a new one does not raise it."""

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
Cursor = Annotated[int, Query(ge=0, description="`next` of the page before; 0 to begin.")]


class Page(BaseModel, Generic[T]):
    """A part of a list. `next` is the cursor of the next one; None at the end."""

    schema_: int = Field(alias="schema")
    items: list[T]
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One model, verified, for somebody who may read it."""

    name: str
    overview: ModelOverview
    entries: tuple[Entry, ...]


def read_model(name: str, user: GetUserDep) -> Read:
    """A model that the caller may read.

    Raises:
        Unknown: there is none of that name, or it is not for them: the answer does not say which.
        BrokenChain: its ledger does not verify.
    """
    known = overviews().of(name, now=now())
    if known is None or not may_read_all(known.dags, user):
        raise Unknown(f"There is no model {name} that you may read.")
    if known.overview is None:
        assert known.broken is not None
        raise BrokenChain(known.broken.sentence, do=f"`airlock verify {name} --deep` says more.")
    entries = overviews().entries(name)[: known.overview.entries]
    return Read(name=name, overview=known.overview, entries=entries)


def page_of(items: Sequence[T], *, cursor: int, limit: int) -> dict[str, Any]:
    """A part of a list that only grows at its end, and where the next one begins.

    Args:
        cursor: how many came before.
    """
    part = items[cursor : cursor + limit]
    after = cursor + len(part)
    return {"schema": SCHEMA, "items": list(part), "next": after if after < len(items) else None}


def tagged_dags(session: Session, model: str, kind: str) -> list[str]:
    """The DAGs that carry the tags of a model and of what they do, in alphabetical order."""
    tagged = [
        set(session.scalars(select(DagTag.dag_id).where(DagTag.name == name)))
        for name in (model, kind)
    ]
    return sorted(tagged[0] & tagged[1])
