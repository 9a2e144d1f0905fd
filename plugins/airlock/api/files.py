"""Serves files to the browser: reports from the store, and the tab's own script."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import Response

import airlock.ui
from airlock.api.access import SIGNED_IN, Unknown
from airlock.api.heading import Heading
from airlock.core.content import sha256
from airlock.core.errors import Unverified
from airlock.engine.record import Folder
from airlock.store import Store

router = APIRouter(prefix="/ui")

_TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}

# A report may come from a library that builds pages out of the data: nothing in it runs, and it
# talks to nobody. Same origin only so that its own pages and styles arrive with the cookie.
_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' "
    "data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)


def report_file(
    store: Store, folder: Folder, path: str, *, heading: Heading | None = None
) -> Response:
    """One file of a report, if it is what was published.

    Args:
        heading: the lines above a page.

    Raises:
        Unknown: the report has no such file.
        Unverified: it was altered.
    """
    file = next((file for file in folder.files if file.path == path), None)
    if file is None:
        raise Unknown("The report has no such page.")
    data = store.get(f"{folder.prefix}/{file.path}")
    if sha256(data) != file.sha256:
        raise Unverified(
            f"The report's {path} was altered after it was published.",
            do="Recompute the run that made it, and find out by whom.",
        )
    if heading is not None and path.endswith(".html"):
        data = heading.over(data)
    headers = {"Content-Security-Policy": _POLICY}
    return Response(data, media_type=_type(path), headers=headers)


@router.get("/{name}", dependencies=[SIGNED_IN])
def script(name: str) -> Response:
    """One module of the tab."""
    for file in files(airlock.ui).iterdir():
        if file.name == name and name.endswith(".js"):
            return Response(file.read_bytes(), media_type="text/javascript; charset=utf-8")
    raise Unknown("The tab has no such file.")


def _type(path: str) -> str:
    # What is not known is text: a browser must not guess that it is a page.
    known = (kind for suffix, kind in _TYPES.items() if path.endswith(suffix))
    return next(known, "text/plain; charset=utf-8")
