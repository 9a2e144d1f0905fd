"""Keeps the clients of other people where Airlock's own requests are kept: see `addresses`.

PyGithub, jira and python-gitlab all speak through `requests`. This adapter stands below them: it
connects to the very address that it looked at, follows no redirect, believes no proxy of the
environment, reads a bounded answer, and ends in time; whatever they would do themselves.
"""

from __future__ import annotations

import io
import time
from typing import Any
from urllib.parse import SplitResult, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from airlock.sinks.addresses import Address, resolved
from airlock.sinks.sink import SECONDS, NotTaken

_MOST = 8_000_000
"""Bytes of one answer: a page of a hundred long tickets is far below it."""


class Guarded(HTTPAdapter):
    """One attempt's way to one receiver.

    Args:
        address: where it is.
        also: hosts that the receiver has besides, such as one for uploads.
        seconds: for all requests together.
    """

    def __init__(
        self, address: Address, *, also: frozenset[str] = frozenset(), seconds: float = SECONDS
    ) -> None:
        super().__init__(max_retries=0)
        self.address = address
        self.hosts = also | {urlsplit(address.url).hostname or ""}
        self.ends = time.monotonic() + seconds

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Send one request there.

        Raises:
            NotTaken: it leads elsewhere, or there was no answer that can be used.
        """
        parts, own = urlsplit(request.url or ""), urlsplit(self.address.url)
        if (parts.scheme, _port(parts)) != (own.scheme, _port(own)) or (
            parts.hostname not in self.hosts
        ):
            raise NotTaken("its client was led to another host")
        left = self.ends - time.monotonic()
        if left <= 0:
            raise NotTaken("it took too long")
        # The address that is connected to is no name.
        request.headers["Host"] = parts.netloc
        try:
            answer = super().send(request, stream=True, timeout=left, verify=True, proxies=None)
            body = self._read(answer)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise NotTaken(f"it gave no answer ({type(error).__name__})") from None
        if 300 <= answer.status_code < 400:
            raise NotTaken(f"it answered {answer.status_code}, and no redirect is followed")
        if answer.status_code in {202, 429} or answer.status_code >= 500:
            # Clients would wait and ask again, in our task's time.
            raise NotTaken(f"it answered {answer.status_code}")
        answer.raw = io.BytesIO(body)
        answer.headers.pop("Content-Encoding", None)
        return answer

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        """Connect to the address that was looked at; the certificate is the name's."""
        found: Any = super().build_connection_pool_key_attributes(request, verify, cert)
        host, pool = found
        name = str(host["host"])
        port = _port(urlsplit(request.url or ""))
        at = resolved(name, port, private=self.address.private)
        if host["scheme"] == "https":
            pool |= {"server_hostname": name, "assert_hostname": name}
        return {**host, "host": at}, pool

    def _read(self, answer: requests.Response) -> bytes:
        read = bytearray()
        for piece in answer.raw.stream(65_536, decode_content=True):
            read += piece
            if len(read) > _MOST or time.monotonic() > self.ends:
                raise NotTaken("its answer is too long")
        return bytes(read)


def guarded(address: Address, *, also: frozenset[str] = frozenset()) -> requests.Session:
    """A session for one attempt, which has no other way out."""
    session = requests.Session()
    session.trust_env = False
    session.adapters.clear()
    session.mount(f"{urlsplit(address.url).scheme}://", Guarded(address, also=also))
    return session


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)
