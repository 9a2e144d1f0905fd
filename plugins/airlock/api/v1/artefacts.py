"""API routes for what a ledger names by SHA-256: records, and the pages beside them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from airlock.api.access import SIGNED_IN, Unknown, under_etag
from airlock.api.files import report_file
from airlock.api.heading import Heading
from airlock.api.v1.overviews import overviews
from airlock.api.v1.reading import SCHEMA, Read, read_model
from airlock.compat.airflow import GetUserDep
from airlock.engine.publication import Published
from airlock.ledger import NamedResult, named

_DEEPER = 2  # folders than a report of a run

router = APIRouter(prefix="/api/v1/models/{name}/artefacts/{sha256}", tags=["artefacts"])


@router.get("", dependencies=[SIGNED_IN])
def artefact(name: str, sha256: str, request: Request, user: GetUserDep) -> Response:
    """A result that the ledger names: its record, and the files that it left by their digests.

    It is what it was for ever: its digest is its ETag.
    """
    one, made = _found(read_model(name, user), sha256)
    # Nothing of it can change: whoever has it is answered before it is read.
    if f'"{sha256}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": f'"{sha256}"'})
    result = made.result
    answer = under_etag(
        request,
        {
            "schema": SCHEMA,
            "sha256": sha256,
            "entry": one.sequence,
            "stage": result.stage,
            "content": result.content,
            "made_by": result.made_by,
            "record": result.record,
            "data": [{"path": file.path, "sha256": file.sha256} for file in result.data.files],
            "report": [{"path": file.path, "sha256": file.sha256} for file in result.report.files],
        },
    )
    answer.headers["ETag"] = f'"{sha256}"'
    return answer


@router.get("/report/{path:path}", dependencies=[SIGNED_IN])
def artefact_report(name: str, sha256: str, path: str, user: GetUserDep) -> Response:
    """One file of its report, such as `index.html` or `card.html`."""
    _, made = _found(read_model(name, user), sha256)
    by, version = made.result.made_by, made.result.record.get("version")
    heading = Heading(
        dag_id=by.dag_id,
        run_id=by.run_id,
        task_id=by.task_id,
        model=name,
        version=version if isinstance(version, int) else None,
        night=str(made.result.record.get("night") or ""),
        depth=_DEEPER + path.count("/"),
    )
    return report_file(overviews().store, made.result.report, path, heading=heading)


def _found(read: Read, sha256: str) -> tuple[NamedResult, Published]:
    # Looked up rather than asked for: nothing is read but what the ledger names.
    one = next(
        (one for entry in read.entries for one in named(entry) if one.sha256 == sha256), None
    )
    if one is None:
        raise Unknown(f"No entry of the ledger of {read.name} names {sha256[:16]}.")
    return one, overviews().published(one.address, sha256)
