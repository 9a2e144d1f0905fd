"""An S3 that fails on demand: moto's own server, with faults in front of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

KEY = "leads/2026-01-05/rows.csv"
ROWS = b"id\n" + b"".join(b"row %06d\n" % number for number in range(9_000))
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Fault = Callable[[dict[str, Any], Callable[..., Any], Wsgi], Iterable[bytes]]


@dataclass
class Faulty:
    """Moto's server behind faults: each is met by one read of an object, in order."""

    app: Wsgi
    faults: list[Fault] = field(default_factory=list)
    reads: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or "rows" not in environ["PATH_INFO"]:
            return self.app(environ, start)
        with self.lock:
            self.reads.append(environ.get("HTTP_RANGE", "whole"))
            fault = self.faults.pop(0) if self.faults else None
        return fault(environ, start, self.app) if fault else self.app(environ, start)


def refusal(status: str, code: str) -> Fault:
    """An answer in S3's own form."""

    def refuse(environ: dict[str, Any], start: Callable[..., Any], app: Wsgi) -> Iterable[bytes]:
        start(status, [("Content-Type", "application/xml")])
        return [f"<Error><Code>{code}</Code><Message>m</Message></Error>".encode()]

    return refuse


def cut(environ: dict[str, Any], start: Callable[..., Any], app: Wsgi) -> Iterator[bytes]:
    """The right header, half of the body, and the line goes dead."""
    body = b"".join(app(environ, start))
    yield body[: len(body) // 2]


def flipped(environ: dict[str, Any], start: Callable[..., Any], app: Wsgi) -> Iterable[bytes]:
    """One byte is another one."""
    body = bytearray(b"".join(app(environ, start)))
    body[-3] ^= 0x01
    return [bytes(body)]
