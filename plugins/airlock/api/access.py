"""Authorises every API route with Airflow's auth manager, and words the refusals."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.base import RequestResponseEndpoint

from airlock.compat.airflow import (
    DagAccessEntity,
    GetUserDep,
    get_auth_manager,
    get_user,
    may_answer,
    may_start,
    requires_access_dag,
)
from airlock.core.content import sha256
from airlock.core.errors import AirlockError, ObjectMissing, SpecError
from airlock.core.quoting import shown

BY_HAND = ("model_rollback", "model_rescore", "model_confirm", "model_clear")
SIGNED_IN = Depends(get_user)
READS_RUN = Depends(requires_access_dag("GET", DagAccessEntity.RUN))
READS_TASK = Depends(requires_access_dag("GET", DagAccessEntity.TASK_INSTANCE))

# All that is ever sent is one small JSON object; the server would read whatever comes.
_LONGEST_BODY = 64 << 10

_TO_DO = {
    HTTPStatus.UNAUTHORIZED: "Sign in to Airflow.",
    HTTPStatus.FORBIDDEN: "Ask an Airflow administrator for the right to read this DAG's runs.",
    HTTPStatus.NOT_FOUND: "Check the address.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Use GET; POST starts a run, at api/v1/runs alone.",
}


class Unknown(AirlockError):
    """There is no such thing, or it is not for this user: the answer does not say which."""

    def __init__(self, what: str, *, do: str = _TO_DO[HTTPStatus.NOT_FOUND]) -> None:
        super().__init__(what, do=do)


class Refused(AirlockError):
    """The request is understood, and is not done."""

    def __init__(self, status: int, what: str, *, do: str) -> None:
        super().__init__(what, do=do)
        self.status = status


class LiteralResponse(JSONResponse):
    """JSON in whose texts nothing acts that is not seen: they are shown as they are."""

    def render(self, content: Any) -> bytes:
        return super().render(shown(content))


def may_read_all(dag_ids: frozenset[str], user: GetUserDep) -> bool:
    """Whether a user may read the runs of all these DAGs; for none, who may see connections."""
    manager = get_auth_manager()
    if not dag_ids:
        return bool(manager.is_authorized_connection(method="GET", user=user))
    return dag_ids <= manager.get_authorized_dag_ids(user=user, method="GET")


def rights(user: GetUserDep, asked: Collection[str] = ()) -> dict[str, list[str]]:
    """Which DAGs the caller may start by hand, and of which answer what they ask.

    What nobody may do has no button. Whoever presses one is asked again, by Airflow.
    """
    return {
        "start": [one for one in BY_HAND if may_start(one, user)],
        "answer": [one for one in sorted(asked) if may_answer(one, user)],
    }


def refuse_cross_site(request: Request) -> None:
    """A page of another site can have a browser send a cookie along, but no header of our choice.

    Raises:
        Refused: nobody can tell whether the caller meant it.
    """
    if request.headers.get("authorization"):
        return
    origin = urlsplit(request.headers.get("origin", ""))
    if not origin.netloc or origin.netloc != request.headers.get("host"):
        raise Refused(
            403,
            "The request came with a cookie, and not from a page of this Airflow.",
            do="Send a token: Authorization: Bearer …",
        )


def under_etag(request: Request, whole: Any) -> Response:
    """The answer under its digest; an empty one to whoever has it already."""
    answer: Response = LiteralResponse(jsonable_encoder(whole))
    etag = f'"{sha256(bytes(answer.body))[:32]}"'
    if etag in request.headers.get("if-none-match", ""):
        answer = Response(status_code=304)
    answer.headers["ETag"] = etag
    return answer


def install(app: FastAPI) -> None:
    """Give every answer of an app safe headers, and every error the words {what, do}."""
    app.middleware("http")(_safe_headers)
    app.exception_handler(StarletteHTTPException)(_refused)
    app.exception_handler(RequestValidationError)(_malformed)
    app.exception_handler(AirlockError)(_not_possible)
    app.exception_handler(Exception)(_broken)


async def _safe_headers(request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = _too_long(request) or await call_next(request)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    # What one user may read, no shared cache may keep; and rights can be taken away.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _too_long(request: Request) -> Response | None:
    """The refusal of a body that would be read before anybody is asked to sign in."""
    if request.method in {"GET", "HEAD"}:
        return None
    said = request.headers.get("content-length")
    if said is None and "transfer-encoding" in request.headers:
        do = "Send Content-Length, and no chunks."
        return _answer(request, 411, "Nobody knows how long the request is.", do)
    if said is not None and not (said.isdecimal() and int(said[:20]) <= _LONGEST_BODY):
        do = f"Send at most {_LONGEST_BODY:,} bytes."
        return _answer(request, 413, "The request is too long.", do)
    return None


class ProblemDetails(LiteralResponse):
    """An error of the REST API (RFC 9457), with what the page reads of every error."""

    media_type = "application/problem+json"


def _answer(request: Request, status: int, what: str, do: str) -> JSONResponse:
    said = {"what": what, "do": do}
    if "/api/v1/" not in f"{request.scope['path']}/":
        return LiteralResponse(said, status_code=int(status))
    title = HTTPStatus(status).phrase
    about = {"type": "about:blank", "title": title, "status": int(status), "detail": what}
    return ProblemDetails({**about, **said}, status_code=int(status))


async def _refused(request: Request, error: StarletteHTTPException) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    return _answer(request, status, f"{status.phrase}.", _TO_DO.get(status, "Try again later."))


async def _malformed(request: Request, error: RequestValidationError) -> JSONResponse:
    # Where, and not what: what somebody sent is not repeated.
    where = ", ".join(".".join(map(str, one["loc"])) for one in error.errors())
    return _answer(request, 422, f"The request is not understood: {where}.", "Correct it.")


async def _not_possible(request: Request, error: AirlockError) -> JSONResponse:
    if isinstance(error, ObjectMissing):
        # Its text names the store's address, which is nothing to a reader.
        return _answer(request, 404, "It is no longer stored.", "Recompute the run that made it.")
    if isinstance(error, Refused):
        return _answer(request, error.status, error.what, error.do)
    known = 404 if isinstance(error, Unknown) else 422 if isinstance(error, SpecError) else 500
    return _answer(request, 503 if error.retry_can_help else known, error.what, error.do)


async def _broken(request: Request, __: Exception) -> JSONResponse:
    # The server logs the error itself, with its traceback.
    return _answer(request, 500, "Airlock's API failed.", "See the API server's log.")
