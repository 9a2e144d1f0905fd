"""API routes for the versions of a model: all of them, and everything that led to one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from airlock.api.access import SIGNED_IN, Unknown, rights, under_etag
from airlock.api.v1.overviews import overviews
from airlock.api.v1.reading import SCHEMA, Cursor, Limit, Page, Read, page_of, read_model
from airlock.api.v1.spending import cost_in_words
from airlock.catalogs.cards import HTML
from airlock.compat.airflow import GetUserDep
from airlock.core.curves import read_curves
from airlock.core.errors import AirlockError
from airlock.engine.publication import Published
from airlock.evidence.published import published_pack
from airlock.ledger import Entry, Moment, State
from airlock.ledger.questions import run_entry, run_of
from airlock.overview.beside import Provenance, side_by_side
from airlock.overview.candidates import Candidate
from airlock.overview.champions import Reign
from airlock.overview.nights import scored_by
from airlock.reports import describe, kinds, verdict_badge
from airlock.stages.evaluate.record import CURVES
from airlock.stages.train.record import Training

router = APIRouter(prefix="/api/v1/models/{name}", tags=["versions"])

Decided = Annotated[int, Query(ge=1, description="`sequence` of a version's decision.")]

# In which order a version came to be; `airlock.hooks` may know more stages.
_LED = ("snapshot", "prepare", "validate", "redact", "train", "evaluate", "register", "gate")


@router.get("/versions", dependencies=[SIGNED_IN], response_model=Page[Candidate])
def versions(
    name: str, request: Request, user: GetUserDep, limit: Limit = 100, cursor: Cursor = 0
) -> Response:
    """Every decision of the gate, the oldest first: what was measured, and what became of it."""
    found = read_model(name, user).overview.candidates
    return under_etag(request, page_of(found, cursor=cursor, limit=limit))


@router.get("/compared", dependencies=[SIGNED_IN])
def compared(
    name: str, left: Decided, right: Decided, request: Request, user: GetUserDep
) -> Response:
    """Two candidates side by side: metrics, slices, hyperparameters, data, policy and cost."""
    read = read_model(name, user)
    made = [_made(read, sequence) for sequence in (left, right)]
    return under_etag(
        request,
        {"schema": SCHEMA, "left": left, "right": right, "parts": side_by_side(*made)},
    )


@router.get("/versions/{version}/evidence.zip", dependencies=[SIGNED_IN])
def evidence(name: str, version: int, user: GetUserDep) -> Response:
    """The evidence pack of a version, where the task after promote left one."""
    store = overviews().store
    pack = published_pack(_moment(read_model(name, user)), version)
    if pack is None:
        raise Unknown(
            f"Nobody packed the evidence of version {version} of {name}.",
            do=f"`airlock evidence {name} {version}` makes it.",
        )
    file = f'attachment; filename="evidence-{name}-{version}.zip"'
    headers = {"Content-Disposition": file, "ETag": f'"{pack.record.sha256}"'}
    return Response(pack.read({"store": store}), media_type="application/zip", headers=headers)


@router.get("/versions/{version}", dependencies=[SIGNED_IN])
def version(name: str, version: int, request: Request, user: GetUserDep) -> Response:
    """Everything that led to one version, and what came of it, in one answer."""
    read = read_model(name, user)
    judged = [one for one in read.overview.candidates if one.version == version]
    reigns = [one for one in read.overview.champions if one.version == version]
    if not judged and not reigns:
        known = sorted({one.version for one in read.overview.candidates})
        there = f" ({known[0]} to {known[-1]} exist)" if known else ""
        raise Unknown(f"There is no version {version} of {name}{there}.")
    decided = read.entries[judged[-1].sequence - 1] if judged else None
    return under_etag(
        request,
        {
            "schema": SCHEMA,
            "model": name,
            "version": version,
            "candidates": judged,
            "champions": reigns,
            "present": bool(reigns) and reigns[-1].until is None,
            "withdrawn": _is_withdrawn(read, version),
            "followed_by": _next_reign(read.overview.champions, reigns),
            "key_metric": read.overview.key_metric,
            "better": read.overview.better,
            "chapters": list(_chapters(read, decided)) if decided is not None else [],
            "answers": [_answer(one) for one in _answers(read, decided)],
            "nights": scored_by(_moment(read), version),
            "may": rights(user),
            "evidence": _has_evidence(read, version),
            "costs": _costs(read, decided) if decided is not None else None,
            "cost": cost_in_words(name, run_of(decided)) if decided is not None else {},
        },
    )


def _next_reign(champions: Sequence[Reign], mine: Sequence[Reign]) -> Reign | None:
    """What ended the last time that a version was champion."""
    return next((after for one, after in pairwise(champions) if mine and one is mine[-1]), None)


def _made(read: Read, sequence: int) -> Provenance:
    """What led to one decision; what cannot be read is left out."""
    if not any(one.sequence == sequence for one in read.overview.candidates):
        raise Unknown(f"Entry {sequence} of {read.name} decided about no candidate.")
    decided = read.entries[sequence - 1]
    records = {}
    for stage, named in _results(read, decided):
        try:
            made = overviews().published(named["address"], named["sha256"])
            records[stage] = kinds()[stage].from_json(made.result.record)
        except AirlockError:
            continue
    return Provenance(records=records, cost=cost_in_words(read.name, run_of(decided)))


def _is_withdrawn(read: Read, version: int) -> bool:
    """Whether it was rolled back, and nobody has cleared it since."""
    gone = State.of(read.name, read.entries).rolled_back
    made = (one.body for one in read.entries if one.kind == "decided")
    return any(one["version"] == version and one["bundle"] in gone for one in made)


def _costs(read: Read, decided: Entry) -> Any:
    """What a wrong decision costs, as whoever chose the threshold said; None if nobody did."""
    training = _made(read, decided.sequence).records.get("train")
    if not isinstance(training, Training):
        return None
    return (training.training.get("threshold") or {}).get("costs")


def _has_evidence(read: Read, version: int) -> bool:
    try:
        return published_pack(_moment(read), version) is not None
    except AirlockError:
        return False


def _moment(read: Read) -> Moment:
    return Moment(store=overviews().store, model=read.name, read=read.entries)


def _chapters(read: Read, decided: Entry) -> Iterator[dict[str, Any]]:
    """What each stage left, as the ledger names it."""
    dag_id, run_id = run_of(decided)
    for stage, one in _results(read, decided):
        told = _told(stage, one["address"], one["sha256"])
        yield {"stage": stage, "dag_id": dag_id, "run_id": run_id, **told}


def _results(read: Read, decided: Entry) -> list[tuple[str, dict[str, str]]]:
    """What the ledger names of a candidate's run, by stage; of several sources each."""
    run = run_entry(read.entries, decided)
    results = dict(run.body["results"]) if run is not None else {}
    if (gate := _gate(read, decided)) is not None:
        results["gate"] = {"address": gate[0], "sha256": gate[1]}
    words = sorted(results, key=lambda word: (_LED.index(word) if word in _LED else 99, word))
    stages = [(word.partition("@")[0], results[word]) for word in words]
    return [(stage, one) for stage, one in stages if stage in kinds()]


def _gate(read: Read, decided: Entry) -> tuple[str, str] | None:
    """Address and SHA-256 of what the gate left of a decision; None where nobody recorded it."""
    for entry in read.entries[decided.sequence :]:
        if entry.kind == "recorded" and entry.body.get("stage") == "gate":
            address, sha256 = entry.body["address"], entry.body["sha256"]
            try:
                made = overviews().published(address, sha256)
            except AirlockError:
                return None
            if made.result.record.get("sequence") == decided.sequence:
                return address, sha256
    return None


def _told(stage: str, address: str, sha256: str) -> dict[str, Any]:
    try:
        made = overviews().published(address, sha256)
        record = kinds()[stage].from_json(made.result.record)
    except AirlockError as error:
        return {"sha256": sha256, "missing": f"{error}"}
    page, badge = describe(record), verdict_badge(record)
    return {
        "sha256": sha256,
        "missing": None,
        "headline": page.headline,
        "verdict": badge.text,
        "tone": badge.tone,
        "figures": [asdict(one) for one in page.figures],
        "facts": list(record.facts()),
        "made_by": made.result.made_by.task_id,
        "card": any(file.path == HTML for file in made.result.report.files),
        "curves": _curves(made) if stage == "evaluate" else None,
    }


def _curves(made: Published) -> Any:
    try:
        data = overviews().beside(made.result.report, CURVES)
        return None if data is None else read_curves(data)
    except (AirlockError, ValueError):
        return None


def _answers(read: Read, decided: Entry | None) -> list[Entry]:
    if decided is None:
        return []
    return [
        one
        for one in read.entries
        if one.kind == "approved" and one.body.get("decided_sequence") == decided.sequence
    ]


def _answer(entry: Entry) -> dict[str, Any]:
    body = entry.body
    return {
        "entry": entry.sequence,
        "at": entry.at,
        "by": body.get("by"),
        "approved": body["approved"],
        "reason": body.get("reason"),
    }
